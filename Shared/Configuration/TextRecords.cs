using Weir.Shared.Identity;

namespace Weir.Shared.Configuration;

/// <summary>A whole text of the configuration: one file of a part, in its newest good content.</summary>
public sealed record ConfigurationText
{
    /// <summary>Its name, as messages give it: <c>weir.yaml</c>, <c>ci/builders.yaml</c>.</summary>
    public required string Name { get; init; }
    public required PartOrigin Origin { get; init; }
    public required string Text { get; init; }

    /// <summary>Another one as soon as a character is another.</summary>
    public required string ETag { get; init; }

    /// <summary>Where it lies: the watched path, or a repository with branch and folder.</summary>
    public string? Place { get; init; }

    /// <summary>Why it cannot be edited here, and where it can; null: it can be edited here.</summary>
    public string? WhyNot { get; init; }
    public bool IsEditable => WhyNot is null;
}

/// <summary>What shall become of a text of the store.</summary>
public sealed record TextEdit
{
    public required string Name { get; init; }

    /// <summary>The whole text; one with nothing but white space in it takes the text out of the configuration.</summary>
    public required string Text { get; init; }

    /// <summary>The <see cref="ConfigurationText.ETag"/> of what was edited; null: there must be no such text yet. <c>*</c>: whatever stands there.</summary>
    public string? ETag { get; init; }
    public string? Reason { get; init; }

    /// <summary>When it shall come in force.</summary>
    public ApplyTerms Terms { get; init; } = ApplyTerms.None;

    /// <summary>Says what would come of it; nothing is stored.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What came of an edit of a text, or would come of it.</summary>
public sealed record TextAnswer(EditOutcome Outcome) : EditAnswer(Outcome)
{
    /// <summary>What is wrong with it, or with the configuration that it would be part of.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; init; } = [];

    /// <summary>What somebody else has made of it meanwhile; null: removed it.</summary>
    public ConfigurationText? Standing { get; init; }
}

/// <summary>Reads and edits whole texts of the configuration.</summary>
public interface ITextActions
{
    /// <summary>All texts in the order of the configuration.</summary>
    Task<IReadOnlyList<ConfigurationText>> List(CancellationToken cancellation);

    /// <summary>Null: there is no such text.</summary>
    Task<ConfigurationText?> Find(string name, CancellationToken cancellation);

    /// <summary>Writes or removes a text of the store, checks the whole, and puts it in force as one revision. All other texts stay.</summary>
    Task<TextAnswer> Save(TextEdit edit, Actor by, CancellationToken cancellation);
}
