using System.Text.Json;

namespace Weir.Shared.Configuration;

/// <summary>How a field of a form is entered.</summary>
public enum FormControl
{
    /// <summary>One line of text.</summary>
    Line,

    /// <summary>Text of many lines.</summary>
    Area,

    /// <summary>A list: each line is one of it.</summary>
    Lines,

    /// <summary>true, false, or nothing said.</summary>
    Flag,
    Number,

    /// <summary>One of <see cref="FormField.Words"/>, or nothing said.</summary>
    Word,

    /// <summary>Fields that belong together: <see cref="FormField.Fields"/>.</summary>
    Group,

    /// <summary>Any number of <see cref="FormField.Items"/>, which can be added, taken away and moved.</summary>
    Items,
}

/// <summary>A key of the configuration as a field of a form.</summary>
public sealed record FormField
{
    /// <summary>Its name in the configuration, which is what the field is called; empty: the one value of an item.</summary>
    public required string Key { get; init; }

    /// <summary>The name under which it is posted: <c>keep.days</c>, <c>steps[2].run</c>.</summary>
    public required string Path { get; init; }
    public required FormControl Control { get; init; }
    public string Description { get; init; } = "";

    /// <summary>What holds when nothing is said.</summary>
    public string? Default { get; init; }
    public bool Required { get; init; }

    /// <summary>What stands in it, as it was typed or as it would be.</summary>
    public string Value { get; init; } = "";
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The section whose names may stand here; null: it names nothing of the configuration.</summary>
    public string? NamesOf { get; init; }
    public IReadOnlyList<FormField> Fields { get; init; } = [];
    public IReadOnlyList<FormItem> Items { get; init; } = [];

    /// <summary>Of items: each has a name of its own.</summary>
    public bool Named { get; init; }

    /// <summary>Of items that are of several kinds: these.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>What an item is called: a step, a window.</summary>
    public string ItemWord { get; init; } = "";

    /// <summary>Of windows of the week, over which a grid is shown: one that says nothing yet, for the grid to make more of. Its place is -1.</summary>
    public FormItem? Blank { get; init; }

    /// <summary>What is wrong with it.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Whether anything is said in it.</summary>
    public bool IsSaid => Value.Length > 0 || Items.Count > 0 || Fields.Any(f => f.IsSaid);

    /// <summary>Whether something is wrong with it, or in it.</summary>
    public bool IsWrong => Problems.Count > 0 || Fields.Any(f => f.IsWrong) || Items.Any(i => i.IsWrong);
}

/// <summary>One of a field's items.</summary>
/// <param name="Path">Its place in the form: <c>steps[2]</c>.</param>
/// <param name="Name">The name of a named one, as it was typed.</param>
/// <param name="Kind">Which of the kinds it is; null where there is only one.</param>
/// <param name="Fields">Its fields; of one that is a single value, one without a key.</param>
public sealed record FormItem(string Path, string? Name, string? Kind, IReadOnlyList<FormField> Fields)
{
    /// <summary>What is wrong with its name.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    public bool IsWrong => Problems.Count > 0 || Fields.Any(f => f.IsWrong);

    /// <summary>The name under which the item itself is posted, with its kind.</summary>
    public static string Mark(string path) => path + ".:item";

    /// <summary>The name under which an item's name is posted.</summary>
    public static string NameOf(string path) => path + ".:name";
}

/// <summary>A section of the configuration that forms know.</summary>
/// <param name="Key">Its key in the configuration: <c>changeSources</c>.</param>
/// <param name="One">One of its things, with its article.</param>
/// <param name="Description">What they are.</param>
/// <param name="Types">The types that its things may be of; empty: there is but one.</param>
public sealed record FormSection(string Key, string One, string Description, IReadOnlyList<string> Types);

/// <summary>A thing of the configuration as a form.</summary>
public sealed record ThingForm
{
    public required FormSection Section { get; init; }

    /// <summary>Of a section with types: which one.</summary>
    public string? Type { get; init; }
    public required string Description { get; init; }
    public required IReadOnlyList<FormField> Fields { get; init; }

    /// <summary>What is wrong and belongs to no field.</summary>
    public IReadOnlyList<ThingProblem> Problems { get; init; } = [];

    /// <summary>The name under which the type is posted.</summary>
    public const string TypeField = ":type";
}

/// <summary>Makes forms of the format's own table of keys, so that a form has every key that the configuration has, with the same words.</summary>
public interface IThingForms
{
    IReadOnlyList<FormSection> Sections { get; }

    /// <summary>The form of a thing as it stands; null: an empty one. Of a section with types <paramref name="type"/> says which, where the value does not.</summary>
    ThingForm Of(string section, JsonElement? value, string? type = null);

    /// <summary>The form as it was posted, after an operation: <c>add steps run</c>, <c>remove steps[2]</c>, <c>up steps[2]</c>, <c>down steps[2]</c>, <c>copy steps[2]</c>, <c>type nightly</c>. What was typed stays, right or wrong.</summary>
    ThingForm Posted(string section, IReadOnlyDictionary<string, string> fields, string? operation = null, IReadOnlyList<ThingProblem>? problems = null);

    /// <summary>What the form says, as it is written in a configuration; and what no configuration can say: a name that stands twice, or none.</summary>
    (JsonElement Value, IReadOnlyList<ThingProblem> Problems) Read(ThingForm form);
}
