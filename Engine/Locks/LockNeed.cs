namespace Weir.Engine.Locks;

/// <summary>Where units are counted: a lock of all masters (worker 0), or the one that a worker has of its own.</summary>
/// <param name="Lock">The lock.</param>
/// <param name="Worker">Whose.</param>
/// <param name="Within">What a build holds of it and lets the builds use that it waits for; 0: the lock itself.</param>
public readonly record struct LockPlace(long Lock, long Worker, long Within = 0);

/// <summary>What somebody wants of a lock at a place, which has so many units in all.</summary>
public sealed record LockNeed(LockPlace Place, int Capacity, int Units, bool Exclusive)
{
    /// <summary>The named things that the units are; null: they have no names.</summary>
    public LockPool? Pool { get; init; }

    /// <summary>All of which each of them must have.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>There is as much, held by whomever.</summary>
    public bool IsPossible => Exclusive || (Pool?.With(Labels).Count() ?? Capacity) >= Units;
}

/// <summary>A running build that waits at a step: everything the step needs, asked for at once. Running builds stand in the order in which they came.</summary>
public sealed record LockWaiter(long Build, DateTimeOffset AskedAt, IReadOnlyList<LockNeed> Needs)
{
    /// <summary>The worker that it runs on.</summary>
    public long Worker { get; init; }

    /// <summary>Between those who asked at one moment.</summary>
    public long Order { get; init; }
}

/// <summary>What stands in somebody's way: a build that holds a lock, or one who stands before him for it.</summary>
/// <param name="Place">The lock.</param>
/// <param name="Holder">The build that holds it; null: nobody who holds it, but the order of the line.</param>
public readonly record struct LockBlocker(LockPlace Place, long? Holder);
