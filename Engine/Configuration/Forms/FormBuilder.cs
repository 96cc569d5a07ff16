using System.Globalization;
using Weir.Engine.Configuration.Format;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Forms;

/// <summary>Walks the keys of a shape beside what stands in them, and makes the fields of a form. Each complaint goes to the field it is about.</summary>
internal sealed class FormBuilder(IReadOnlyList<ThingProblem> problems)
{
    private readonly HashSet<ThingProblem> placed = [];

    /// <summary>The complaints that no field has taken.</summary>
    public IReadOnlyList<ThingProblem> Unplaced => [.. problems.Where(p => !placed.Contains(p))];

    /// <param name="shape">The keys.</param>
    /// <param name="source">What is to stand in them.</param>
    /// <param name="path">Where the fields stand in the form, by the numbers of items.</param>
    /// <param name="place">Where they stand in the configuration, by the names of items.</param>
    public IReadOnlyList<FormField> Fields(Shape shape, FormSource source, string path = "", string place = "") =>
        [.. shape.Available.Where(k => k.Kind is not WordKind { Words.Count: 1 } || k.Name != "type").Select(k => Field(k, source.Child(k.Name), Below(path, k.Name), Below(place, k.Name)))];

    private FormField Field(Key key, FormSource source, string path, string place)
    {
        var field = Bare(key.Kind!, source, path, place) with { Key = key.Name, Description = key.Description, Default = key.Default, Required = key.Required };
        return key.NamesOf is { } section && field.Control is FormControl.Line or FormControl.Lines ? field with { NamesOf = section } : field;
    }

    private FormField Bare(Kind kind, FormSource source, string path, string place)
    {
        var field = new FormField { Key = "", Path = path, Control = FormControl.Line };
        if (kind is ShapeKind { Shape: var shape })
            return field with { Control = FormControl.Group, Fields = Fields(shape, source, path, place), Problems = Exactly(place) };
        if (ItemKinds.Of(kind) is { } kinds)
        {
            return field with
            {
                Control = FormControl.Items,
                Named = kinds.Named,
                Kinds = kinds.Kinds,
                ItemWord = kinds.Word,
                Items = [.. source.Items(kinds).Select((item, i) => Item(kinds, item, i, path, place))],
                Problems = Exactly(place),
                Blank = kind is ListKind { Item: ShapeKind { Shape: var item } } && ReferenceEquals(item, WorkerFormat.Window) ? Item(kinds, (null, null, new WrittenSource(null, isThere: false)), -1, path, "-") : null,
            };
        }
        var text = source.Text(kind);
        return field with { Control = Control(kind, text), Value = text, Words = kind is WordKind words ? words.Words : [], Problems = Within(place) };
    }

    private FormItem Item(ItemKinds kinds, (string? Name, string? Kind, FormSource Source) item, int index, string list, string place)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{list}[{index}]");
        var itsPlace = item.Name is null ? string.Create(CultureInfo.InvariantCulture, $"{place}[{index}]") : Below(place, item.Name);
        return kinds.Shape(item.Kind) is { } shape
            ? new(path, item.Name, item.Kind, Fields(shape, item.Source, path, itsPlace)) { Problems = [.. Exactly(path), .. Exactly(itsPlace)] }
            : new(path, item.Name, item.Kind, [Bare(kinds.Value!, item.Source, path, itsPlace)]) { Problems = Exactly(path) };
    }

    private static FormControl Control(Kind kind, string text) => kind switch
    {
        FlagKind => FormControl.Flag,
        NumberKind => FormControl.Number,
        WordKind => FormControl.Word,
        ListKind => FormControl.Lines,
        EitherKind or TextKind { Template: true, MaxLength: > 4096 } => text.Length > 0 && !text.Contains('\n', StringComparison.Ordinal) && text.Length < 60 ? FormControl.Line : FormControl.Area,
        _ => text.Contains('\n', StringComparison.Ordinal) ? FormControl.Area : FormControl.Line,
    };

    private IReadOnlyList<string> Exactly(string place) => Take(p => p == place);

    private IReadOnlyList<string> Within(string place) => Take(p => p == place || (p.StartsWith(place, StringComparison.Ordinal) && p[place.Length] is '[' or '.'));

    private IReadOnlyList<string> Take(Func<string, bool> isHere)
    {
        var here = problems.Where(p => p.Path is { Length: > 0 } path && isHere(path) && !placed.Contains(p)).ToList();
        placed.UnionWith(here);
        return [.. here.Select(p => p.Message)];
    }

    private static string Below(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
