using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Shared.Workers;

/// <summary>The state of a worker as scheduling and people see it.</summary>
public enum WorkerState
{
    Available,
    Away,
    Paused,
    Stopping,
    Missing,
}

/// <summary>One worker.</summary>
public sealed record WorkerRecord
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required WorkerState State { get; init; }
    public string? StateReason { get; init; }

    /// <summary>When it will be available again or, if it is available, no longer, as far as is known now.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>When the next of what bears on its state changes by itself.</summary>
    public DateTimeOffset? NextChangeAt { get; init; }

    /// <summary>Its windows; null: it is always open.</summary>
    public AvailabilityConfiguration? Availability { get; init; }

    /// <summary>When it was last connected or, while connected, last heard of.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }
    public DateTimeOffset? ConnectedAt { get; init; }

    /// <summary>The master that holds its session.</summary>
    public string? MasterName { get; init; }
    public long? MasterId { get; init; }
    public long Session { get; init; }
    public int MaxBuilds { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public bool Configured { get; init; }
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>What the worker said of itself: version, os, architecture, cores, host. JSON object.</summary>
    public string Info { get; init; } = "{}";
    /// <summary>What it cannot do because it is of an earlier release, each to be read after "a worker that": nothing that needs it is begun on it.</summary>
    public IReadOnlyList<string> Lacks { get; init; } = [];

    /// <summary>The shared directories that it has, as it said last.</summary>
    public IReadOnlyList<Protocol.SharedDirectoryState> Directories { get; init; } = [];
    public IReadOnlyList<BuildSummary> Running { get; init; } = [];

    /// <summary>Names of the builders that may use it.</summary>
    public IReadOnlyList<string> Builders { get; init; } = [];

    /// <summary>Their numbers.</summary>
    public IReadOnlyList<long> BuilderIds { get; init; } = [];
}

/// <summary>Reads workers.</summary>
public interface IWorkerQueries
{
    Task<IReadOnlyList<WorkerRecord>> List(CancellationToken cancellation);
    Task<WorkerRecord?> Find(string name, CancellationToken cancellation);
    Task<WorkerRecord?> Find(long id, CancellationToken cancellation);

    /// <summary>When it is open in the days to come, and how it was used in the weeks behind. Null: there is no such worker.</summary>
    Task<WorkerOutlook?> Outlook(long id, CancellationToken cancellation);

    /// <summary>What of the days to come, today's first, a rule would leave open.</summary>
    Task<IReadOnlyList<OutlookDay>> Days(AvailabilityConfiguration rule, CancellationToken cancellation);
}

/// <summary>What an admin may do with workers.</summary>
public interface IWorkerActions
{
    /// <summary>Makes (or replaces) the token with which a worker of this name connects.</summary>
    Task<(ActionOutcome Outcome, MadeWorkerToken? Made)> AddToken(string name, NewWorkerToken token, Actor by, CancellationToken cancellation);
}

/// <summary>A worker's token as the store takes it: hashed.</summary>
/// <param name="Hash">SHA-256 of its text.</param>
/// <param name="Seal">Its text, readable by masters with pages alone; kept with the answer where the actor gave a key.</param>
public sealed record NewWorkerToken(byte[] Hash, string? Seal = null);

/// <summary>The worker whose token was made; with the seal under which the text was kept, which is another's if the same request was done before.</summary>
public sealed record MadeWorkerToken(long WorkerId, string? Seal);
