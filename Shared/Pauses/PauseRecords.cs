using Weir.Shared.Identity;

namespace Weir.Shared.Pauses;

/// <summary>What can be paused.</summary>
public enum PauseKind
{
    /// <summary>It is given no builds.</summary>
    Worker,

    /// <summary>Its requests wait.</summary>
    Builder,

    /// <summary>It fires nothing; what was due is caught up with afterwards.</summary>
    Scheduler,

    /// <summary>The requests of all its builders wait.</summary>
    Project,

    /// <summary>No build is begun at all.</summary>
    Everything,
}

/// <summary>One thing that can be paused; everything has no name.</summary>
public sealed record PauseSubject(PauseKind Kind, string Name)
{
    public static PauseSubject Everything { get; } = new(PauseKind.Everything, "");

    /// <summary><c>builder lib</c>, <c>everything</c>.</summary>
    public string InWords => Kind == PauseKind.Everything ? "everything" : $"{Kind.ToString().ToLowerInvariant()} {Name}";
}

/// <summary>A pause: nothing new is begun, what runs goes on. It holds until somebody ends it, or until its time is over.</summary>
public sealed record PauseRecord
{
    public required long Id { get; init; }
    public required PauseKind Kind { get; init; }

    /// <summary>The name of what is paused; empty: everything.</summary>
    public required string Subject { get; init; }
    public string InWords => new PauseSubject(Kind, Subject).InWords;
    public required string By { get; init; }
    public string? Reason { get; init; }
    public required DateTimeOffset Since { get; init; }

    /// <summary>When it ends by itself; null: never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Null: it holds.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Null, where it has ended: by its own time.</summary>
    public string? EndedBy { get; init; }
}

/// <summary>A pause of one or more things, all at once or none.</summary>
public sealed record NewPause(IReadOnlyList<PauseSubject> Subjects, string? Reason = null, DateTimeOffset? Until = null);

/// <summary>What a pause would do, as things are now.</summary>
/// <param name="Builders">The builders of which nothing would be begun any more: they, their project or all their workers are paused.</param>
/// <param name="Waiting">How many requests of theirs wait.</param>
/// <param name="Running">How many builds of theirs, or on the workers, go on.</param>
/// <param name="Schedulers">The schedulers that would not fire.</param>
public sealed record PausePreview(IReadOnlyList<string> Builders, int Waiting, int Running, IReadOnlyList<string> Schedulers);

/// <summary>Reads pauses.</summary>
public interface IPauseQueries
{
    /// <summary>Those that hold, oldest first.</summary>
    Task<IReadOnlyList<PauseRecord>> InForce(CancellationToken cancellation);

    /// <summary>Those that have ended, newest first, at most so many.</summary>
    Task<IReadOnlyList<PauseRecord>> Ended(int limit, CancellationToken cancellation);
    Task<PauseRecord?> Find(long id, CancellationToken cancellation);

    /// <summary>Everything that can be paused now, by kind and name; so many at most.</summary>
    Task<IReadOnlyList<PauseSubject>> Subjects(CancellationToken cancellation);
    Task<PausePreview> Preview(IReadOnlyList<PauseSubject> subjects, CancellationToken cancellation);
}

/// <summary>Begins and ends pauses.</summary>
public interface IPauseActions
{
    /// <summary>What is paused already is so with the new reason and time from now on. Answers the last pause's number.</summary>
    Task<ActionOutcome> Begin(NewPause pause, Actor by, CancellationToken cancellation);

    /// <summary>What is not paused is left alone.</summary>
    Task<ActionOutcome> End(IReadOnlyList<PauseSubject> subjects, Actor by, CancellationToken cancellation);
}
