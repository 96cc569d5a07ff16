using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration;

/// <summary>Which workers a builder may use.</summary>
public static class WorkerMatching
{
    /// <summary>True if the worker has one of the selector's names (or patterns), or all of its tags; an empty selector takes any.</summary>
    public static bool Matches(WorkerSelector selector, string name, IReadOnlyCollection<string> tags)
    {
        if (selector.Names.Count == 0 && selector.Tags.Count == 0)
            return true;
        return selector.Names.Any(pattern => MatchesName(pattern, name)) || (selector.Tags.Count > 0 && selector.Tags.All(tags.Contains));
    }

    /// <summary>The same for a worker of the configuration; the selector may name one that the configuration knows by a pattern only.</summary>
    public static bool MayUse(WorkerSelector selector, WorkerConfiguration worker) =>
        Matches(selector, worker.Name, worker.Tags) || (worker.Name.Contains('*', StringComparison.Ordinal) && selector.Names.Any(n => MatchesName(worker.Name, n)));

    /// <summary>A name, or a pattern in which each <c>*</c> stands for any characters, also none.</summary>
    public static bool MatchesName(string pattern, string name) => NamePattern.Holds(pattern, name);
}
