using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>
/// Where the builders that share directories may be, for <see cref="LockOrder"/>: a group of directories is on one worker, whichever that becomes, so each possibility is looked at by itself. Workers that the same builders
/// may use are alike: of these only as many are told apart as there are groups.
/// </summary>
internal static class DirectoryHomes
{
    /// <summary>With more possibilities the rest of the groups are on all their workers at once, for <see cref="LockOrder"/>: that refuses rather more than it must.</summary>
    public const int Most = 256;

    /// <summary>By builder, the workers (as <see cref="LockOrder"/> names them) on which it may be; one way for each possibility.</summary>
    /// <param name="model">The configuration.</param>
    /// <param name="workers">By builder, all that it may use by itself.</param>
    /// <param name="apart">Workers that are like no other: builds that began earlier are there.</param>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Of(WeirConfiguration model, IReadOnlyDictionary<string, string[]> workers, IReadOnlySet<string> apart)
    {
        var waitedFor = model.Builders.SelectMany(b => b.Steps).OfType<TriggerStepConfiguration>().Where(t => t.Wait).SelectMany(t => t.Targets).Select(t => t.Builder).ToHashSet();
        var groups = DirectoryGroups.Of(model).Where(g => g.Builders.Any(b => waitedFor.Contains(b.Name) || Depends(b))).ToList();
        var ways = new List<Dictionary<string, string>> { new() };
        foreach (var group in groups)
        {
            var homes = group.Builders.Select(b => workers[b.Name].AsEnumerable()).Aggregate((a, b) => a.Intersect(b))
                .GroupBy(w => (string.Join(',', workers.Where(b => b.Value.Contains(w)).Select(b => b.Key)), apart.Contains(w) ? w : ""))
                .SelectMany(alike => alike.Take(groups.Count)).ToList();
            if (homes.Count > 0 && ways.Count * homes.Count <= Most)
                ways = [.. ways.SelectMany(way => homes.Select(home => With(way, group, home)))];
        }
        return ways;
    }

    private static Dictionary<string, string> With(Dictionary<string, string> way, DirectoryGroup group, string home)
    {
        var all = new Dictionary<string, string>(way);
        foreach (var builder in group.Builders)
            all[builder.Name] = home;
        return all;
    }

    // Elsewhere it makes no difference on which worker they are.
    private static bool Depends(BuilderConfiguration builder) => builder.Locks.Count > 0 || builder.Steps.Any(s => s is TriggerStepConfiguration { Wait: true } || s.Locks.Any(l => SharedDirectories.Of(l.Name) is null));
}
