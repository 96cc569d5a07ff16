using Weir.Engine.Configuration;

namespace Weir.Engine.Locks;

/// <summary>A lock as the store knows it: its numbers are those of the revision in force, or the last that had it.</summary>
public sealed record LockDefinition(long Id, string Name, bool OfWorkers, int Capacity, IReadOnlyDictionary<string, int> PerWorker)
{
    /// <summary>Its named things; null: its units have no names.</summary>
    public LockPool? Pool { get; init; }

    /// <summary>So much of it, wanted by a build on a worker.</summary>
    public LockNeed Need(int units, bool exclusive, long workerId, string workerName, IReadOnlyList<string>? labels = null) =>
        new(new(Id, OfWorkers ? workerId : 0), OfWorkers ? LockCapacity.At(Capacity, PerWorker, workerName) : Capacity, units, exclusive) { Pool = Pool, Labels = labels ?? [] };
}
