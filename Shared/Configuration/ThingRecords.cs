using System.Text.Json;
using Weir.Shared.Identity;

namespace Weir.Shared.Configuration;

/// <summary>Where a thing of the configuration is written.</summary>
/// <param name="Part">The part that defines it.</param>
/// <param name="Origin">Where that part comes from.</param>
/// <param name="Line">The line of its name, from 1.</param>
/// <param name="Commit">Of a part out of a repository: the commit that is in force.</param>
public sealed record ThingPlace(string Part, PartOrigin Origin, int Line, string? Commit = null);

/// <summary>A thing in the list of its section.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where it is written.</param>
/// <param name="WhyNot">Why it cannot be edited here, and where it can; null: it can be edited here.</param>
public sealed record ThingName(string Name, ThingPlace Place, string? WhyNot)
{
    public bool IsEditable => WhyNot is null;
}

/// <summary>One builder, scheduler, worker … as it is written, in the newest good configuration.</summary>
public sealed record Thing
{
    /// <summary>A key of the configuration that is a map by name: <c>builders</c>, <c>changeSources</c> …</summary>
    public required string Section { get; init; }
    public required string Name { get; init; }

    /// <summary>As it is written, in the order of writing: no defaults filled in, <c>20m</c> is a text; what aliases stand for is in their place.</summary>
    public required JsonElement Value { get; init; }

    /// <summary>Another one as soon as the value is another; comments and style do not count.</summary>
    public required string ETag { get; init; }
    public required ThingPlace Place { get; init; }

    /// <summary>Its lines as they were written, comments included.</summary>
    public required string Text { get; init; }

    /// <summary>Why it cannot be edited here, and where it can; null: it can be edited here.</summary>
    public string? WhyNot { get; init; }
    public bool IsEditable => WhyNot is null;

    /// <summary>Of a builder with templates or a matrix: the builders that it makes, with all that they take.</summary>
    public IReadOnlyList<MadeThing> Made { get; init; } = [];
}

/// <summary>A builder as a template or a matrix makes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">It as YAML, with what it takes from templates and the values of its combination.</param>
public sealed record MadeThing(string Name, string Text);

/// <summary>What shall become of a thing.</summary>
public sealed record ThingEdit
{
    public required string Section { get; init; }

    /// <summary>The name it has now, or shall have when it is new.</summary>
    public required string Name { get; init; }

    /// <summary>The whole thing as it shall be written; null: it is removed (its history stays, and the same name revives it).</summary>
    public JsonElement? Value { get; init; }

    /// <summary>Another name that it shall have from now on; its history goes with it. Null: it keeps its name.</summary>
    public string? NewName { get; init; }

    /// <summary>The <see cref="Thing.ETag"/> of what was edited; null: there must be no such thing yet. <c>*</c>: whatever stands there.</summary>
    public string? ETag { get; init; }

    /// <summary>For a new thing: the part of the store that shall define it; null: <c>forms</c>.</summary>
    public string? Part { get; init; }
    public string? Reason { get; init; }

    /// <summary>When it shall come in force.</summary>
    public ApplyTerms Terms { get; init; } = ApplyTerms.None;

    /// <summary>Says what would come of it; nothing is stored.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What is wrong with an edit.</summary>
/// <param name="Path">Where inside the thing: <c>steps[2].timeout</c>, <c>name</c> for its name; empty: the thing as a whole. Null: elsewhere in the configuration.</param>
/// <param name="Message">What was expected.</param>
/// <param name="Where">Its place in the text as it would be written.</param>
public sealed record ThingProblem(string? Path, string Message, ConfigurationProblem Where);

/// <summary>What came of an edit of a thing, or would come of it.</summary>
public sealed record ThingAnswer(EditOutcome Outcome) : EditAnswer(Outcome)
{
    /// <summary>What is wrong with it.</summary>
    public IReadOnlyList<ThingProblem> Problems { get; init; } = [];

    /// <summary>What stands in its place now; null: nothing.</summary>
    public Thing? Standing { get; init; }

    /// <summary>Of a dry run with a worker: when it would be available; null: always.</summary>
    public AvailabilityConfiguration? Availability { get; init; }

    /// <summary>The same for the days to come.</summary>
    public IReadOnlyList<Workers.OutlookDay> Days { get; init; } = [];
}

/// <summary>Reads and edits single things of the configuration. What is edited is the text of the part that defines it: only the thing's own lines change.</summary>
public interface IThingActions
{
    /// <summary>The sections that things are of, in the order of the manual.</summary>
    IReadOnlyList<string> Sections { get; }

    /// <summary>The things of a section in the order of the configuration; null: there is no such section.</summary>
    Task<IReadOnlyList<ThingName>?> List(string section, CancellationToken cancellation);

    /// <summary>The things of all sections, read at once.</summary>
    Task<IReadOnlyDictionary<string, IReadOnlyList<ThingName>>> All(CancellationToken cancellation);

    /// <summary>Null: there is no such thing. By the name of a builder that a matrix makes the builder with the matrix is found.</summary>
    Task<Thing?> Find(string section, string name, CancellationToken cancellation);

    /// <summary>Writes, removes or renames a thing, checks the whole, and puts it in force as one revision.</summary>
    Task<ThingAnswer> Save(ThingEdit edit, Actor by, CancellationToken cancellation);
}
