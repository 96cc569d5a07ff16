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
        Workers = [.. Touched(before.Workers, after.Workers, w => w.Name).SelectMany(t => Workers(t.Name, t.Change, after, open))],
        Locks = [.. Touched(before.Locks, after.Locks, l => l.Name).Select(t => new LockImpact(t.Name, t.Change, open.Held.Where(h => h.Lock == t.Name).Sum(h => h.Builds), t.Before?.Capacity, t.After?.Capacity))],
        Schedules = Schedules(before, after, open),
        Unserved = [.. WindowFit.Unserved(after, open)],
    };

    private sealed record Thing<T>(string Name, DifferenceKind Change, T? Before, T? After) where T : class;

    // What is there now, and what is gone. Only one that says so itself has been another before: rows go by that.
    private static IEnumerable<Thing<T>> Touched<T>(IReadOnlyList<T> before, IReadOnlyList<T> after, Func<T, string> name, Func<T, string?>? formerly = null) where T : class
    {
        var (old, current) = (before.ToDictionary(name), after.ToDictionary(name));
        var renamed = after.Where(t => formerly?.Invoke(t) is { } was && !old.ContainsKey(name(t)) && old.ContainsKey(was) && !current.ContainsKey(was)).ToDictionary(name, t => old[formerly!(t)!]);
        var former = renamed.Values.Select(name).ToHashSet();
        return after.Select(t => renamed.TryGetValue(name(t), out var was) ? new Thing<T>(name(t), DifferenceKind.Renamed, was, t)
                : !old.TryGetValue(name(t), out var same) ? new(name(t), DifferenceKind.Added, null, t)
                : ConfigurationJson.Write(same) != ConfigurationJson.Write(t) ? new(name(t), DifferenceKind.Changed, same, t) : null)
            .OfType<Thing<T>>()
            .Concat(before.Where(t => !current.ContainsKey(name(t)) && !former.Contains(name(t))).Select(t => new Thing<T>(name(t), DifferenceKind.Removed, t, null)));
    }

    private static IReadOnlyList<BuilderImpact> Builders(WeirConfiguration before, WeirConfiguration after, OpenWork open, bool cancelsWaiting)
    {
        var running = open.Running.ToLookup(r => r.Builder);
        var waiting = open.Waiting.ToDictionary(w => w.Builder, w => w.Requests);
        var given = open.Given.ToLookup(g => g.Builder);
        var touched = Touched(before.Builders, after.Builders, b => b.Name, b => b.Was).ToList();
        // A builder that is as it was may lose its workers all the same.
        var (known, old) = (touched.Select(t => t.Name).ToHashSet(), before.Builders.ToDictionary(b => b.Name));
        var orphans = after.Builders.Where(b => !known.Contains(b.Name) && Reachable(old[b.Name], before) && !Reachable(b, after)).Select(b => new Thing<BuilderConfiguration>(b.Name, DifferenceKind.Changed, old[b.Name], b));
        return [.. touched.Concat(orphans).Select(thing =>
        {
            var its = thing.Before?.Name ?? thing.Name;
            var missing = thing.After is { } builder && BuilderNeeds.Required(builder) is { Count: > 0 } required
                ? given[its].Select(g => (Lacks: required.FirstOrDefault(p => !g.Properties.Contains(p)), g.Requests)).Where(m => m.Lacks is not null).ToList() : [];
            return new BuilderImpact
            {
                Name = thing.Name,
                Change = thing.Change,
                FormerName = thing.Change == DifferenceKind.Renamed ? its : null,
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
    private static IEnumerable<WorkerImpact> Workers(string name, DifferenceKind change, WeirConfiguration after, OpenWork open)
    {
        if (!name.Contains('*', StringComparison.Ordinal))
            return [new(name, Kind(name), open.OnWorkers.Where(w => w.Worker == name).Sum(w => w.Builds))];
        return open.OnWorkers.Where(w => WorkerMatching.MatchesName(name, w.Worker)).Select(w => new WorkerImpact(w.Worker, Kind(w.Worker), w.Builds));

        DifferenceKind Kind(string worker) => change == DifferenceKind.Removed && WorkerPatterns.Find(after, worker) is not null ? DifferenceKind.Changed : change;
    }

    private static IReadOnlyList<ScheduleImpact> Schedules(WeirConfiguration before, WeirConfiguration after, OpenWork open)
    {
        var rows = open.Due.ToDictionary(d => d.Scheduler);
        var old = before.Schedulers.OfType<TimedConfiguration>().ToDictionary(s => s.Name);
        var current = after.Schedulers.OfType<TimedConfiguration>().ToDictionary(s => s.Name);
        return [.. old.Keys.Union(current.Keys).Select(name =>
        {
            var row = rows.GetValueOrDefault(name);
            var was = old.GetValueOrDefault(name);
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
