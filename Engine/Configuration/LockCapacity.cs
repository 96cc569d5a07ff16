using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration;

/// <summary>How many units a lock has.</summary>
internal static class LockCapacity
{
    /// <summary>On a worker (whose name counts only for scope worker). A name in full goes before a pattern, a longer pattern before a shorter one.</summary>
    public static int At(int capacity, IReadOnlyDictionary<string, int> perWorker, string worker)
    {
        if (perWorker.Count == 0)
            return capacity;
        if (perWorker.TryGetValue(worker, out var own))
            return own;
        var pattern = perWorker.Keys.Where(p => WorkerMatching.MatchesName(p, worker)).OrderByDescending(p => p.Length).ThenBy(p => p, StringComparer.Ordinal).FirstOrDefault();
        return pattern is null ? capacity : perWorker[pattern];
    }

    /// <summary>What it can be on the workers that a name, or a pattern of names, means.</summary>
    public static IEnumerable<int> Possible(LockConfiguration held, string workers) => workers.Contains('*', StringComparison.Ordinal)
        ? held.PerWorker.Where(p => WorkerMatching.MatchesName(workers, p.Key) || WorkerMatching.MatchesName(p.Key, workers)).Select(p => p.Value).Append(held.Capacity)
        : [At(held.Capacity, held.PerWorker, workers)];
}
