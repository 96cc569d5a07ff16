using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration;

/// <summary>Finds the part of the configuration that speaks of a worker.</summary>
public static class WorkerPatterns
{
    /// <summary>The entry of exactly this name, else the most specific pattern (the longest) that matches it; null if the configuration does not know such a worker.</summary>
    public static WorkerConfiguration? Find(WeirConfiguration configuration, string workerName) =>
        configuration.Workers.FirstOrDefault(w => w.Name == workerName)
        ?? configuration.Workers.Where(w => w.Name.Contains('*', StringComparison.Ordinal) && WorkerMatching.MatchesName(w.Name, workerName))
            .OrderByDescending(w => w.Name.Length).ThenBy(w => w.Name, StringComparer.Ordinal).FirstOrDefault();
}
