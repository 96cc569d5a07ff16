using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Identity;

namespace Weir.Shared.Queue;

/// <summary>Why a request waits; a closed list (architecture, D8).</summary>
public enum WaitKind
{
    /// <summary>Not looked at yet.</summary>
    New,

    /// <summary>No worker of the configuration can take this builder.</summary>
    NoMatchingWorker,

    /// <summary>Workers match, none of them is connected.</summary>
    WorkersMissing,

    /// <summary>All matching workers are full.</summary>
    SlotsFull,

    /// <summary>The matching workers are paused.</summary>
    WorkersPaused,

    /// <summary>The matching workers are connected and away: outside their windows, or wanted by their owners.</summary>
    WorkersAway,

    /// <summary>It would probably not end before the windows of the matching workers close.</summary>
    WouldNotFit,

    /// <summary>Its builder, its project or everything is paused.</summary>
    PausedBy,

    /// <summary>Its retry waits until a moment.</summary>
    NotBefore,

    /// <summary>Its builder is no longer in the configuration.</summary>
    BuilderRetired,

    /// <summary>It cannot be completed: a required property is missing.</summary>
    SetAside,

    /// <summary>Every engine that runs is limited to other builders.</summary>
    NoEngine,

    /// <summary>Workers could take it, and are connected to engines that are limited to other builders; they come over when they are idle.</summary>
    WorkersElsewhere,

    /// <summary>A lock that it needs is held.</summary>
    LockHeld,

    /// <summary>As many builds of its project run as may.</summary>
    CapReached,

    /// <summary>A lock that it needs is free, and kept for those who stand before it in its line.</summary>
    LockLine,

    /// <summary>A directory that its builder shares with others is on a worker that it may not use, or could be on none that all may use.</summary>
    DirectoryElsewhere,

    /// <summary>A revision is to come before its builder begins anything: it waits until builders are idle, or is held back and changes how the builder takes locks.</summary>
    RevisionToCome,
}

/// <summary>Why a request waits, since when, in one sentence.</summary>
public sealed record WaitReason(WaitKind Kind, string Text, DateTimeOffset Since)
{
    /// <summary>What blocks it, where one thing does.</summary>
    public WaitBlocker? Blocker { get; init; }

    /// <summary>When that ends, where it is known.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>When it will probably start, as far as usual durations tell; null: nobody knows. Worked out when it is read.</summary>
    public DateTimeOffset? ExpectedStartAt { get; init; }
}

/// <summary>What blocks a request.</summary>
/// <param name="Kind">build, lock, worker, pause, master or revision.</param>
/// <param name="Id">Its id.</param>
public sealed record WaitBlocker(string Kind, long Id)
{
    public const string Build = "build";
    public const string Lock = "lock";
    public const string Worker = "worker";
    public const string Pause = "pause";
    public const string Master = "master";
    public const string Revision = "revision";
}

/// <summary>One build request.</summary>
public sealed record RequestSummary
{
    public required long Id { get; init; }
    public required long BuildsetId { get; init; }
    public required long BuilderId { get; init; }
    public required string BuilderName { get; init; }
    public required int Priority { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public required string Reason { get; init; }
    public bool WaitedFor { get; init; }
    public DateTimeOffset? ClaimedAt { get; init; }
    public long? ClaimedByMasterId { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public BuildResult? Results { get; init; }

    /// <summary>It was cancelled because of this one: a newer request that builds what it would have built.</summary>
    public long? SupersededBy { get; init; }

    /// <summary>So many older ones were cancelled because of it; their changes are among those of its builds.</summary>
    public int Supersedes { get; init; }
    public string? Branch { get; init; }
    public string? Revision { get; init; }

    /// <summary>Set while it waits.</summary>
    public WaitReason? Waiting { get; init; }

    /// <summary>Its builds, oldest first; filled in details.</summary>
    public IReadOnlyList<BuildSummary> Builds { get; init; } = [];
}

/// <summary>One buildset, as lists show it.</summary>
public sealed record BuildsetSummary
{
    public required long Id { get; init; }
    public required string Reason { get; init; }
    public string? Scheduler { get; init; }
    public string? ExternalId { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public BuildResult? Results { get; init; }
    public long? ParentBuildId { get; init; }
    public string? ParentRelationship { get; init; }
    public long? RebuiltBuildId { get; init; }
    public long? ConfigRevision { get; init; }
    public required IReadOnlyList<SourceStampRecord> SourceStamps { get; init; }

    /// <summary>The first failure ends the rest of it.</summary>
    public bool FailFast { get; init; }

    /// <summary>Each request with its builds.</summary>
    public required IReadOnlyList<RequestSummary> Requests { get; init; }
}

/// <summary>One buildset with what set it in motion.</summary>
public sealed record BuildsetDetail(BuildsetSummary Buildset, IReadOnlyList<ChangeRecord> Changes, IReadOnlyList<PropertyRecord> Properties);

/// <summary>Which part of the queue is wanted: of a builder or of all, behind the request that the part before ended with.</summary>
public sealed record QueueWish
{
    public string? Builder { get; init; }
    public long? After { get; init; }
    public int Limit { get; init; } = 200;
}

/// <summary>One cause for which requests wait, and how many do.</summary>
public sealed record WaitCause(WaitKind Kind, string Text, DateTimeOffset Since, int Requests);

/// <summary>A part of the queue. <see cref="Total"/> and <see cref="Causes"/> (the most frequent first) are those of all that the wish means; <see cref="Before"/> of them stand before this part.</summary>
public sealed record QueuePart(IReadOnlyList<RequestSummary> Requests, int Total, int Before, IReadOnlyList<WaitCause> Causes, long? Next);

/// <summary>Which buildsets a list wants. Newest first; <see cref="Before"/> is the key of the page before.</summary>
public sealed record BuildsetFilter
{
    public bool? Complete { get; init; }
    public string? Scheduler { get; init; }
    public long? Before { get; init; }
    public int Limit { get; init; } = 50;
}

/// <summary>Reads the queue, requests and buildsets.</summary>
public interface IQueueQueries
{
    Task<QueuePart> Part(QueueWish wish, CancellationToken cancellation);
    Task<Page<BuildsetSummary>> Buildsets(BuildsetFilter filter, CancellationToken cancellation);

    /// <summary>Every waiting request, in the order in which they will be considered.</summary>
    Task<IReadOnlyList<RequestSummary>> Waiting(int limit, CancellationToken cancellation);
    Task<RequestSummary?> Request(long id, CancellationToken cancellation);
    Task<Page<RequestSummary>> Requests(long? builderId, bool? complete, long? before, int limit, CancellationToken cancellation);
    Task<Page<BuildsetSummary>> Buildsets(bool? complete, long? before, int limit, CancellationToken cancellation);
    Task<BuildsetDetail?> Buildset(long id, CancellationToken cancellation);
    Task<SourceStampRecord?> SourceStamp(long id, CancellationToken cancellation);
}

/// <summary>What a person may do with a request or a buildset.</summary>
public interface IQueueActions
{
    /// <summary>A waiting request ends as cancelled; for a claimed one its build is asked to stop.</summary>
    Task<ActionOutcome> Cancel(long requestId, string? reason, Actor by, CancellationToken cancellation);

    /// <summary>Cancels all open requests of the buildset.</summary>
    Task<ActionOutcome> CancelBuildset(long buildsetId, string? reason, Actor by, CancellationToken cancellation);
    Task<ActionOutcome> SetPriority(long requestId, int priority, Actor by, CancellationToken cancellation);

    /// <summary>To the front of the queue: its priority becomes higher than that of all others that wait.</summary>
    Task<ActionOutcome> MoveUp(long requestId, string? reason, Actor by, CancellationToken cancellation);
}
