using Weir.Shared.Identity;

namespace Weir.Shared.Masters;

/// <summary>The life of a master.</summary>
public enum MasterState
{
    Starting,
    Active,
    Draining,
    Stopped,
    Dead,
}

/// <summary>One master.</summary>
public sealed record MasterRecord
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required IReadOnlyList<string> Roles { get; init; }
    public required string Version { get; init; }
    public required MasterState State { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset HeartbeatAt { get; init; }
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>An engine that begins builds of some builders only: their names and patterns …</summary>
    public IReadOnlyList<string> OnlyBuilders { get; init; } = [];

    /// <summary>… and tags, one of which they carry. Both empty: of all.</summary>
    public IReadOnlyList<string> OnlyTags { get; init; } = [];
    public string? Host { get; init; }
    public int OwnedBuilds { get; init; }
    public int Workers { get; init; }

    /// <summary>It was told to go, and has not gone yet.</summary>
    public MasterDrain? Drain { get; init; }
}

/// <summary>How a master was told to go.</summary>
public sealed record MasterDrain
{
    public required DateTimeOffset RequestedAt { get; init; }
    public required string By { get; init; }
    public string? Reason { get; init; }

    /// <summary>It waits for nothing.</summary>
    public bool Quick { get; init; }

    /// <summary>When it stops waiting; null: never.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The builds that it still drives, the oldest first; twenty at most.</summary>
    public IReadOnlyList<AwaitedBuild> WaitsFor { get; init; } = [];
}

/// <summary>A build for which a master waits before it goes.</summary>
public sealed record AwaitedBuild(long Id, string Builder, int Number, string? Worker);

/// <summary>How a master shall go.</summary>
public sealed record ShutdownOrder
{
    public string? Reason { get; init; }

    /// <summary>At once: commands that run go on at their workers, and are taken over by another engine, or by this one when it comes back.</summary>
    public bool Quick { get; init; }

    /// <summary>After so long it goes at once; null: never.</summary>
    public TimeSpan? Within { get; init; }
}

/// <summary>What admins do with masters.</summary>
public interface IMasterActions
{
    /// <summary>Tells a master to drain and go. When this returns, no claim of that master can follow any more. Asked again while it drains, the newer order counts.</summary>
    Task<ActionOutcome> Shutdown(long id, ShutdownOrder order, Actor by, CancellationToken cancellation);

    /// <summary>Takes it back, as long as the master is there.</summary>
    Task<ActionOutcome> CancelShutdown(long id, Actor by, CancellationToken cancellation);

    /// <summary>A master that is stopped or dead will not come back: lists leave it out. When it comes back all the same it is listed again.</summary>
    Task<ActionOutcome> Retire(long id, Actor by, CancellationToken cancellation);
}

/// <summary>Reads masters.</summary>
public interface IMasterQueries
{
    Task<IReadOnlyList<MasterRecord>> List(CancellationToken cancellation);
    Task<MasterRecord?> Find(long id, CancellationToken cancellation);
}
