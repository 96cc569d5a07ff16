using System.Text.Json.Serialization;

namespace Weir.Shared.Configuration;

/// <summary>The outcomes of an edit of the configuration: of one thing, or of a whole text.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EditOutcome>))]
public enum EditOutcome
{
    /// <summary>A revision was made and is in force, or is to come; of a dry run: it would be.</summary>
    Accepted,

    /// <summary>It already stands so.</summary>
    Unchanged,

    /// <summary>Something is wrong with it: the answer's problems.</summary>
    Refused,

    /// <summary>Somebody else changed it since it was read, or made or removed it; what stands there now is in the answer (null: nothing).</summary>
    ChangedMeanwhile,

    /// <summary>It belongs to a file or to a repository; <see cref="EditAnswer.Why"/> says to which.</summary>
    ReadOnly,

    /// <summary>There is no such thing, section or part; <see cref="EditAnswer.Why"/> says what.</summary>
    Missing,

    /// <summary>Asked at a master of pages, and no engine has done it yet: <see cref="EditAnswer.Order"/>.</summary>
    Ordered,

    /// <summary>The actor's key was used for another request.</summary>
    KeyReused,
}

/// <summary>What came of an edit, or would come of it.</summary>
public abstract record EditAnswer(EditOutcome Outcome)
{
    /// <summary>The revision that was made, or that holds the same already.</summary>
    public long? RevisionId { get; init; }

    /// <summary>Why that revision is not in force yet, though it is good; null: it is.</summary>
    public string? HeldBecause { get; init; }

    /// <summary>What that revision is.</summary>
    public RevisionState State { get; init; } = RevisionState.InForce;

    /// <summary>The etag of what was edited as it stands afterwards; null: it is gone.</summary>
    public string? ETag { get; init; }
    public string? Why { get; init; }
    public long? Order { get; init; }

    /// <summary>What the edit changes of the configuration, thing by thing, and as <c>diff -u</c> writes it.</summary>
    public IReadOnlyList<ConfigurationDifference> Changes { get; init; } = [];

    /// <summary>The same as text; of a text that was changed meanwhile: from what stands there to what was given.</summary>
    public string Text { get; init; } = "";

    /// <summary>Of a form's dry run: what it would do to what runs, waits and is due, in words.</summary>
    public IReadOnlyList<string> Impact { get; init; } = [];
}
