using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration;

/// <summary>Shared directories that must be on one worker, since builders use several of them, with all builders that use one of these.</summary>
/// <param name="Directories">Their names, in order.</param>
/// <param name="Builders">Those builders.</param>
public sealed record DirectoryGroup(IReadOnlyList<string> Directories, IReadOnlyList<BuilderConfiguration> Builders)
{
    /// <summary>Whether all of its builders may use a worker.</summary>
    public bool MayUse(string worker, IReadOnlyCollection<string> tags) => Builders.All(b => WorkerMatching.Matches(b.Workers, worker, tags));
}

/// <summary>Which shared directories and builders belong together.</summary>
public static class DirectoryGroups
{
    /// <summary>The directories that a builder's steps use.</summary>
    public static IReadOnlyList<string> Used(BuilderConfiguration builder) => [.. builder.Steps.SelectMany(s => s.Locks).Select(l => SharedDirectories.Of(l.Name)).OfType<string>().Distinct()];

    public static IReadOnlyList<DirectoryGroup> Of(WeirConfiguration model)
    {
        var groups = new List<(HashSet<string> Directories, List<BuilderConfiguration> Builders)>();
        foreach (var builder in model.Builders)
        {
            if (Used(builder) is not { Count: > 0 } its)
                continue;
            var met = groups.Where(g => g.Directories.Overlaps(its)).ToList();
            groups.RemoveAll(met.Contains);
            groups.Add(([.. its, .. met.SelectMany(g => g.Directories)], [.. met.SelectMany(g => g.Builders), builder]));
        }
        return [.. groups.Select(g => new DirectoryGroup([.. g.Directories.Order(StringComparer.Ordinal)], g.Builders))];
    }

    /// <summary>Workers of the configuration, or patterns of them, that all builders of a group may use; empty: there can be none.</summary>
    public static IReadOnlyList<string> Homes(DirectoryGroup group, WeirConfiguration model)
    {
        // A pattern also stands for the names that builders give in full.
        var named = group.Builders.SelectMany(b => b.Workers.Names).Where(n => !IsPattern(n)).SelectMany(n => model.Workers.Where(w => IsPattern(w.Name) && WorkerMatching.MatchesName(w.Name, n)).Select(w => (Name: n, w.Tags)));
        return [.. model.Workers.Select(w => (w.Name, w.Tags)).Concat(named).DistinctBy(w => w.Name).Where(w => group.Builders.All(b => MayBe(b.Workers, w.Name, w.Tags))).Select(w => w.Name)];
    }

    private static bool IsPattern(string name) => name.Contains('*', StringComparison.Ordinal);

    // Of two patterns each may mean workers that the other means as well.
    private static bool MayBe(WorkerSelector selector, string worker, IReadOnlyList<string> tags) =>
        WorkerMatching.Matches(selector, worker, tags) || (IsPattern(worker) && selector.Names.Any(n => IsPattern(n) && WorkerMatching.MatchesName(worker, n)));
}
