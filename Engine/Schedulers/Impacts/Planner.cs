using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers.Impacts;

/// <summary>What runs, waits, is held and is due at a moment.</summary>
internal sealed record OpenWork
{
    public IReadOnlyList<(string Builder, long Revision, int Builds)> Running { get; init; } = [];
    public IReadOnlyList<(string Builder, int Requests)> Waiting { get; init; } = [];

    /// <summary>The names of the properties of requests, where builders of the new configuration require some: how many requests of a builder have just these.</summary>
    public IReadOnlyList<(string Builder, string[] Properties, int Requests)> Given { get; init; } = [];
    public IReadOnlyList<(string Worker, int Builds)> OnWorkers { get; init; } = [];
    public IReadOnlyList<(string Lock, int Builds)> Held { get; init; } = [];

    /// <summary>The workers that have shared directories.</summary>
    public IReadOnlyDictionary<string, string> Homes { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<DueSchedule> Due { get; init; } = [];

    /// <summary>How long builds usually take, of builders that have requests waiting and may use a worker whose windows change.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Usual { get; init; } = new Dictionary<string, TimeSpan>();
    public required DateTimeOffset Now { get; init; }
}

/// <summary>A scheduler as the store has it: when it is due, when it fired last, and whether it is switched on.</summary>
internal sealed record DueSchedule(string Scheduler, DateTimeOffset? DueAt, DateTimeOffset? LastFiredAt, bool Enabled);

/// <summary>
/// Says what a configuration does to what is open, compared with the one in force. Pure. It asks the rules by which configurations are applied: the names by which rows are
/// kept and renamed, the required properties of the dispatcher, the timetables of the scheduler's timers.
/// </summary>
internal static class Planner
{
    public static Impact Of(WeirConfiguration before, WeirConfiguration after, OpenWork open, bool cancelsWaiting = false) => new()
    {
        Builders = Builders(before, after, open, cancelsWaiting),
        Workers = [.. Touched(before.Workers, after.Workers).SelectMany(t => Workers(t, after, open))],
        Locks = [.. Touched(before.Locks, after.Locks).Select(t => new LockImpact(t.Name, t.Change, open.Held.Where(h => h.Lock == t.Until).Sum(h => h.Builds), t.Before?.Capacity, t.After?.Capacity) { FormerName = t.FormerName })],
        Directories = DirectoryPlan.Of(before, after, open),
        Schedules = Schedules(before, after, open),
        Unserved = [.. WindowFit.Unserved(after, open)],
    };

    private sealed record Thing<T>(string Name, DifferenceKind Change, T? Before, T? After) where T : class, IRenamable
    {
        /// <summary>Its name until now.</summary>
        public string Until => Before?.Name ?? Name;

        /// <summary>The same, if it is another.</summary>
        public string? FormerName => Change == DifferenceKind.Renamed ? Until : null;
    }

    // What is there now, and what is gone. Only one that says so itself has been another before: rows go by that.
    private static IEnumerable<Thing<T>> Touched<T>(IReadOnlyList<T> before, IReadOnlyList<T> after) where T : class, IRenamable
    {
        var (old, current) = (before.ToDictionary(t => t.Name), after.ToDictionary(t => t.Name));
        var renamed = Renamed(before, after);
        var former = renamed.Values.Select(t => t.Name).ToHashSet();
        return after.Select(t => renamed.TryGetValue(t.Name, out var was) ? new Thing<T>(t.Name, DifferenceKind.Renamed, was, t)
                : !old.TryGetValue(t.Name, out var same) ? new(t.Name, DifferenceKind.Added, null, t)
                : Written(same) != Written(t) ? new(t.Name, DifferenceKind.Changed, same, t) : null)
            .OfType<Thing<T>>()
            .Concat(before.Where(t => !current.ContainsKey(t.Name) && !former.Contains(t.Name)).Select(t => new Thing<T>(t.Name, DifferenceKind.Removed, t, null)));
    }

    // New name → what it was.
    internal static Dictionary<string, T> Renamed<T>(IReadOnlyList<T> before, IReadOnlyList<T> after) where T : class, IRenamable
    {
        var (old, current) = (before.ToDictionary(t => t.Name), after.Select(t => t.Name).ToHashSet());
        return after.Where(t => t.Was is { } was && !old.ContainsKey(t.Name) && old.ContainsKey(was) && !current.Contains(was)).ToDictionary(t => t.Name, t => old[t.Was!]);
    }

    // That it says what it was once, or does not say so any more, changes nothing.
    private static string Written<T>(T thing) where T : class, IRenamable
    {
        if (thing.Was is null)
            return ConfigurationJson.Write(thing);
        var json = System.Text.Json.Nodes.JsonNode.Parse(ConfigurationJson.Write(thing))!.AsObject();
        json.Remove(nameof(IRenamable.Was));
        return ConfigurationJson.Write(json);
    }

    private static IReadOnlyList<BuilderImpact> Builders(WeirConfiguration before, WeirConfiguration after, OpenWork open, bool cancelsWaiting)
    {
        var running = open.Running.ToLookup(r => r.Builder);
        var waiting = open.Waiting.ToDictionary(w => w.Builder, w => w.Requests);
        var given = open.Given.ToLookup(g => g.Builder);
        var touched = Touched(before.Builders, after.Builders).ToList();
        // A builder that is as it was may lose its workers all the same.
        var (known, old) = (touched.Select(t => t.Name).ToHashSet(), before.Builders.ToDictionary(b => b.Name));
        var orphans = after.Builders.Where(b => !known.Contains(b.Name) && Reachable(old[b.Name], before) && !Reachable(b, after)).Select(b => new Thing<BuilderConfiguration>(b.Name, DifferenceKind.Changed, old[b.Name], b));
        return [.. touched.Concat(orphans).Select(thing =>
        {
            var its = thing.Until;
            var missing = thing.After is { } builder && BuilderNeeds.Required(builder) is { Count: > 0 } required
                ? given[its].Select(g => (Lacks: required.FirstOrDefault(p => !g.Properties.Contains(p)), g.Requests)).Where(m => m.Lacks is not null).ToList() : [];
            return new BuilderImpact
            {
                Name = thing.Name,
                Change = thing.Change,
                FormerName = thing.FormerName,
                Running = running[its].ToDictionary(r => r.Revision, r => r.Builds),
                Waiting = waiting.GetValueOrDefault(its),
                CancelsWaiting = cancelsWaiting && thing.Change == DifferenceKind.Removed,
                SetAside = missing.Sum(m => m.Requests),
                Missing = missing.Count > 0 ? missing[0].Lacks : null,
                LosesWorkers = thing is { Before: { } was, After: { } now } && Reachable(was, before) && !Reachable(now, after),
            };
        })];
    }

    private static bool Reachable(BuilderConfiguration builder, WeirConfiguration model) => model.Workers.Any(w => WorkerMatching.MayUse(builder.Workers, w));

    // A pattern stands for the workers that it matches; one of them stays when another entry matches it as well.
    private static IEnumerable<WorkerImpact> Workers(Thing<WorkerConfiguration> thing, WeirConfiguration after, OpenWork open)
    {
        var (name, change) = (thing.Name, thing.Change);
        if (!name.Contains('*', StringComparison.Ordinal))
            return [new(name, Kind(name), open.OnWorkers.Where(w => w.Worker == thing.Until).Sum(w => w.Builds)) { FormerName = thing.FormerName }];
        return open.OnWorkers.Where(w => WorkerMatching.MatchesName(name, w.Worker)).Select(w => new WorkerImpact(w.Worker, Kind(w.Worker), w.Builds));

        DifferenceKind Kind(string worker) => change == DifferenceKind.Removed && WorkerPatterns.Find(after, worker) is not null ? DifferenceKind.Changed : change;
    }

    private static IReadOnlyList<ScheduleImpact> Schedules(WeirConfiguration before, WeirConfiguration after, OpenWork open)
    {
        var rows = open.Due.ToDictionary(d => d.Scheduler);
        var old = before.Schedulers.OfType<TimedConfiguration>().ToDictionary(s => s.Name);
        var current = after.Schedulers.OfType<TimedConfiguration>().ToDictionary(s => s.Name);
        var renamed = Renamed(before.Schedulers, after.Schedulers);
        return [.. old.Keys.Except(renamed.Values.Select(s => s.Name)).Union(current.Keys).Select(name =>
        {
            var until = renamed.GetValueOrDefault(name)?.Name ?? name;
            var row = rows.GetValueOrDefault(until);
            var was = old.GetValueOrDefault(until);
            return new ScheduleImpact(name, was is null ? null : row?.DueAt, current.TryGetValue(name, out var scheduler) ? Next(scheduler, was, row, open.Now) : null);
        }).Where(s => s.Before != s.After)];
    }

    // As ScheduleSync puts the timers right.
    private static DateTimeOffset? Next(TimedConfiguration scheduler, TimedConfiguration? was, DueSchedule? row, DateTimeOffset now)
    {
        // A switch on the page holds until the configuration says something new about it.
        var enabled = was is not null && was.Enabled == scheduler.Enabled ? row?.Enabled ?? scheduler.Enabled : scheduler.Enabled;
        if (!enabled)
            return null;
        return (scheduler, was) switch
        {
            (PeriodicConfiguration periodic, PeriodicConfiguration same) when periodic.Every == same.Every && row?.DueAt is { } due => due,
            (PeriodicConfiguration periodic, _) => row?.LastFiredAt is { } last ? last + periodic.Every : row?.DueAt is { } due && due < now ? due : now,
            (NightlyConfiguration nightly, NightlyConfiguration same) when Schedulers.Schedules.Rule(nightly) == Schedulers.Schedules.Rule(same) && row?.DueAt is { } due => due,
            (NightlyConfiguration nightly, _) => Schedulers.Schedules.Of(nightly).Next(now),
            _ => null,
        };
    }
}
