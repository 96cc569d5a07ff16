using Weir.Shared.Configuration;

namespace Weir.Shared.Locks;

/// <summary>A lock with those who hold it and those who wait for it.</summary>
public sealed record LockRecord
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    /// <summary>The shared directory for which it stands; null: it is a lock.</summary>
    public string? Directory => SharedDirectories.Of(Name);

    /// <summary>Of a shared directory: the worker that has it; null: none yet.</summary>
    public string? Home { get; init; }
    public required LockScope Scope { get; init; }
    public required int Capacity { get; init; }

    /// <summary>Of scope worker: workers, or patterns of them, with a capacity of their own.</summary>
    public IReadOnlyDictionary<string, int> PerWorker { get; init; } = new Dictionary<string, int>();

    /// <summary>The named things that its units are, each with its labels; empty: they have no names.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Pool { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>No longer in the configuration; builds that began before still use it.</summary>
    public bool Retired { get; init; }

    /// <summary>Longest first.</summary>
    public IReadOnlyList<LockHolder> Holders { get; init; } = [];

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<LockWaiting> Waiters { get; init; } = [];
}

/// <summary>Who holds some units of a lock, or all of it (exclusive).</summary>
/// <param name="BuildId">The build.</param>
/// <param name="Builder">Its builder.</param>
/// <param name="Number">Its number.</param>
/// <param name="Worker">The worker it runs on.</param>
/// <param name="UntilStep">The step with whose end it is free; null: the build's end.</param>
/// <param name="Units">How many units.</param>
/// <param name="Exclusive">All of it.</param>
/// <param name="Since">Since when.</param>
/// <param name="Through">The build of whose holding this is a part (<c>whole #3</c>); null: it has units of its own.</param>
public sealed record LockHolder(long BuildId, string Builder, int Number, string Worker, string? UntilStep, int Units, bool Exclusive, DateTimeOffset Since, string? Through = null)
{
    /// <summary>Which, of named things.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}

/// <summary>Who waits for a lock: a step of a running build, or a request that could start but for it.</summary>
/// <param name="BuildId">The build; null: a request.</param>
/// <param name="RequestId">The request; null: a build.</param>
/// <param name="Builder">The builder.</param>
/// <param name="Number">The build's number.</param>
/// <param name="Step">The build's step.</param>
/// <param name="Worker">The worker that the build runs on; a request has none yet.</param>
/// <param name="Units">How many units.</param>
/// <param name="Exclusive">All of it.</param>
/// <param name="Since">Since when.</param>
public sealed record LockWaiting(long? BuildId, long? RequestId, string Builder, int? Number, string? Step, string? Worker, int Units, bool Exclusive, DateTimeOffset Since)
{
    /// <summary>Of named things: what each of them must have.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}

/// <summary>Reads locks.</summary>
public interface ILockQueries
{
    /// <summary>All locks of the configuration, and those that open builds still hold, by name.</summary>
    Task<IReadOnlyList<LockRecord>> List(CancellationToken cancellation);

    /// <summary>Builds that wait for one another for ever, in words: there are none, unless something is wrong with Weir.</summary>
    Task<IReadOnlyList<string>> Standstills(CancellationToken cancellation);
}
