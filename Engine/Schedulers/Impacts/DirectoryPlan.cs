using Weir.Engine.Configuration;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers.Impacts;

/// <summary>What a configuration does to shared directories that lie on workers: they go, are called otherwise, or lie where some who share them may not be. Pure, by the rules of the dispatcher: nothing moves by itself.</summary>
internal static class DirectoryPlan
{
    public static IReadOnlyList<DirectoryImpact> Of(WeirConfiguration before, WeirConfiguration after, OpenWork open)
    {
        if (open.Homes.Count == 0)
            return [];
        var renamed = Planner.Renamed(before.SharedDirectories, after.SharedDirectories);
        var workers = Planner.Renamed(before.Workers, after.Workers).ToDictionary(r => r.Value.Name, r => r.Key);
        var (was, now) = (DirectoryGroups.Of(before), DirectoryGroups.Of(after));
        var former = renamed.ToDictionary(r => r.Value.Name, r => r.Key);
        var homes = open.Homes.ToDictionary(h => former.GetValueOrDefault(h.Key, h.Key), h => workers.GetValueOrDefault(h.Value, h.Value));
        var impacts = new List<DirectoryImpact>();
        foreach (var (until, home) in open.Homes)
        {
            var name = former.GetValueOrDefault(until, until);
            var holders = open.Held.Where(h => h.Lock == SharedDirectories.Lock(until)).Sum(h => h.Builds);
            if (after.SharedDirectories.All(d => d.Name != name))
            {
                impacts.Add(new(until, DifferenceKind.Removed, home, holders));
                continue;
            }
            var (stays, lost) = (homes[name], Lost(name, homes, now, after));
            if (former.ContainsKey(until))
                impacts.Add(new(name, DifferenceKind.Renamed, stays, holders) { FormerName = until, Lost = lost });
            else if (lost is not null && Lost(until, open.Homes, was, before) is null)
                impacts.Add(new(name, DifferenceKind.Changed, stays, holders) { Lost = lost });
        }
        return [.. impacts.OrderBy(i => i.Name, StringComparer.Ordinal)];
    }

    // Why builders that share it cannot run where it is.
    private static string? Lost(string directory, IReadOnlyDictionary<string, string> homes, IReadOnlyList<DirectoryGroup> groups, WeirConfiguration model)
    {
        var home = homes[directory];
        if (groups.FirstOrDefault(g => g.Directories.Contains(directory)) is not { } group)
            return null;
        if (WorkerPatterns.Find(model, home) is not { } worker)
            return "is no longer in the configuration";
        var sharing = group.Builders.Where(b => DirectoryGroups.Used(b).Contains(directory)).ToList();
        if (sharing.Where(b => !WorkerMatching.Matches(b.Workers, home, worker.Tags)).Select(b => b.Name).ToList() is { Count: > 0 } kept)
            return $"may not run {string.Join(", ", kept)}";
        return sharing.SelectMany(DirectoryGroups.Used).FirstOrDefault(d => homes.TryGetValue(d, out var other) && other != home) is { } apart ? $"does not have {apart}, which is on {homes[apart]} and is used with it" : null;
    }
}
