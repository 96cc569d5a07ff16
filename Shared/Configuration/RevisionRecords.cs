using Weir.Shared.Identity;

namespace Weir.Shared.Configuration;

/// <summary>The states of a revision.</summary>
public enum RevisionState
{
    Checked,
    InForce,

    /// <summary>Followed by another; or refused, and taken back since (it has problems then).</summary>
    Superseded,
    Refused,

    /// <summary>Good, and not in force yet: its builds and ones that began before could wait for each other for ever. It comes in force by itself when these have ended, unless another follows.</summary>
    HeldBack,

    /// <summary>Good, and not in force yet: somebody wants it to wait until builders are idle. See <see cref="RevisionRecord.Idle"/>.</summary>
    WaitingForIdle,
}

/// <summary>One revision of the configuration.</summary>
public sealed record RevisionRecord
{
    public required long Id { get; init; }
    public required string Hash { get; init; }
    public long? ParentId { get; init; }
    public required string Author { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string Reason { get; init; }
    public required RevisionState State { get; init; }

    /// <summary>The parts with their text; empty in lists.</summary>
    public IReadOnlyList<ConfigurationPart> Parts { get; init; } = [];

    /// <summary>The difference from its parent as unified text; null in lists.</summary>
    public string? Difference { get; init; }

    /// <summary>What differs from its parent, thing by thing; null in lists, and when it was refused.</summary>
    public IReadOnlyList<ConfigurationDifference>? Things { get; init; }

    /// <summary>The same in a few words: <c>builder lib-linux changed, 2 workers added</c>. Null when unknown or refused.</summary>
    public string? Summary { get; init; }
    public IReadOnlyList<ConfigurationProblem> Problems { get; init; } = [];

    /// <summary>Why it is held back, or was; null: it never was.</summary>
    public string? HeldBecause { get; init; }

    /// <summary>Set while it waits for builders to be idle, also if it is held back besides.</summary>
    public IdleWait? Idle { get; init; }

    /// <summary>It is good, and not in force yet.</summary>
    public bool IsToCome => State is RevisionState.HeldBack or RevisionState.WaitingForIdle;
}

/// <summary>For what a revision waits that is to come in force when builders are idle.</summary>
/// <param name="Builders">These; of an empty list all.</param>
/// <param name="Deadline">How long; null: for as long as it takes.</param>
/// <param name="AtDeadline">What becomes of it then.</param>
public sealed record IdleWait(IReadOnlyList<string> Builders, DateTimeOffset? Deadline, AtDeadline AtDeadline)
{
    /// <summary>The builds that run there, the oldest first, and of many the first few; empty in lists.</summary>
    public IReadOnlyList<RunningBuild> Running { get; init; } = [];
}

/// <summary>A build that runs.</summary>
public sealed record RunningBuild(long Id, string Builder, int Number);

/// <summary>One file of the configuration: its name as messages show it, and its text.</summary>
public sealed record ConfigurationPart(string Name, string Text)
{
    public PartOrigin Origin { get; init; }

    /// <summary>Of a repository: its name under <c>parts</c>.</summary>
    public string? From { get; init; }

    /// <summary>Of a repository: the commit of which this is the text.</summary>
    public string? Commit { get; init; }
}

/// <summary>What is wrong with a configuration, and where: part, line and column (from 1), path, what was expected.</summary>
public sealed record ConfigurationProblem(string Part, int Line, int Column, string Path, string Message)
{
    public override string ToString() => $"{(Part.Length > 0 || Line > 0 ? $"{Part}:{Line}:{Column}: " : "")}{(Path.Length == 0 ? "" : Path + ": ")}{Message}";
}

/// <summary>What came of checking or applying. <see cref="RevisionId"/> is set when a revision was made or the content is that of an existing one.</summary>
public sealed record ApplyResult(bool Accepted, long? RevisionId, bool Changed, IReadOnlyList<ConfigurationProblem> Problems)
{
    /// <summary>The actor's key was used for another request; nothing was changed.</summary>
    public bool KeyReused { get; init; }

    /// <summary>Why it is not in force yet, though it is good; null: it is.</summary>
    public string? HeldBecause { get; init; }

    /// <summary>Of an accepted one: what the revision is now.</summary>
    public RevisionState State { get; init; } = RevisionState.InForce;

    /// <summary>It was ordered of the engines, and none has put it in force yet; the number of the order.</summary>
    public long? Order { get; init; }
}

/// <summary>Reads revisions.</summary>
public interface IConfigurationQueries
{
    Task<RevisionRecord?> InForce(CancellationToken cancellation);
    Task<long?> InForceId(CancellationToken cancellation);

    /// <summary>The newest attempt, refused or not, so that a page can say that the file on disk is broken.</summary>
    Task<RevisionRecord?> Newest(CancellationToken cancellation);

    /// <summary>The one that is good and not in force yet.</summary>
    Task<RevisionRecord?> ToCome(CancellationToken cancellation);
    Task<Page<RevisionRecord>> List(long? before, int limit, CancellationToken cancellation);
    Task<RevisionRecord?> Find(long id, CancellationToken cancellation);

    /// <summary>Any two revisions that were in force or checked; null if one of them does not exist or was refused.</summary>
    Task<RevisionComparison?> Compare(long from, long to, CancellationToken cancellation);

    /// <summary>The last revisions in which a named thing (<c>builder</c>, <c>scheduler</c>, …) was added, changed, renamed or removed, newest first.</summary>
    Task<IReadOnlyList<ThingRevision>> Of(string section, string name, int limit, CancellationToken cancellation);
}

/// <summary>Lists revisions by any of their fields in bounded work, for scripts.</summary>
public interface IRevisionLists
{
    Task<ListAnswer<RevisionRecord>> Revisions(ListQuery query, CancellationToken cancellation);
}

/// <summary>Checks and applies configurations.</summary>
public interface IConfigurationActions
{
    /// <summary>Checks only; nothing is stored. The parts stand for the store's own, or for the watched file's where names of these are among them; all others are as they are.</summary>
    Task<IReadOnlyList<ConfigurationProblem>> Check(IReadOnlyList<ConfigurationPart> parts, CancellationToken cancellation);

    /// <summary>The parts replace the store's own (those of watched files, of repositories and of forms stay). Checks, and if all is well makes a revision and puts it in force in one transaction; a bad one changes nothing in force and is kept as refused. One that could come to a circle with builds still open is held back until they have ended, and one that shall come when builders are idle waits for that.</summary>
    Task<ApplyResult> Apply(IReadOnlyList<ConfigurationPart> parts, string reason, ApplyTerms terms, Actor by, CancellationToken cancellation);

    /// <summary>Takes a whole part out of the configuration: <c>file</c>, <c>store</c> or <c>forms</c>. What a watched file says counts again when it changes. The result is null unless that was tried.</summary>
    Task<(ActionOutcome Outcome, ApplyResult? Result)> RemovePart(string name, string? reason, Actor by, CancellationToken cancellation);
}
