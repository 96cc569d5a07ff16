using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration;

/// <summary>Which entry of the configuration a worker's name belongs to: its own, else the first pattern that fits.</summary>
public static class WorkerPatterns
{
    public static WorkerConfiguration? Find(WeirConfiguration configuration, string workerName) =>
        configuration.Workers.FirstOrDefault(w => w.Name == workerName)
        ?? configuration.Workers.FirstOrDefault(w => w.Name.Contains('*', StringComparison.Ordinal) && WorkerMatching.Matches(new WorkerSelector { Names = [w.Name] }, workerName, []));
}
