using System.Collections.Immutable;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Timetables;
using Weir.Engine.Locks;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Workers;

namespace Weir.Engine.Queue;

/// <summary>A build that runs, as a forecast sees it.</summary>
/// <param name="Id">Its number; of one that was only foretold, its request's, negative.</param>
/// <param name="Worker">The worker that it runs on.</param>
/// <param name="Project">Its project; empty: it has none.</param>
/// <param name="Ends">When it will probably end; null: nobody knows.</param>
public sealed record ForecastBuild(long Id, long Worker, string Project, DateTimeOffset? Ends)
{
    /// <summary>The build that waits for it.</summary>
    public long? Parent { get; init; }

    /// <summary>It has given its slot up.</summary>
    public bool Released { get; init; }
}

/// <summary>
/// When waiting requests will probably start. What decides (<see cref="Dispatching"/>) is asked again and again, each time for the moment at which something will have changed, with all that will have started and ended
/// until then; so whatever the rules are, what is foretold follows them. Pure. It says nothing where it would have to guess: behind a build of which nobody knows how long it takes, or a pause without an end. Steps are not
/// looked into: a lock that a step holds counts as held until its build ends, and one that a step will want is not seen.
/// </summary>
public sealed class StartForecast
{
    /// <summary>What changes within such a part of the time until then counts as one moment: so a look far ahead takes hundreds of decisions, and not as many as there are builds.</summary>
    private const double Grain = 0.02;

    /// <summary>Nobody plans further ahead.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(60);

    private readonly DateTimeOffset now;
    private readonly IReadOnlyDictionary<long, AvailabilityConfiguration> windows;
    private readonly Dictionary<long, LentSlot> lent;
    private readonly Dictionary<long, ImmutableArray<int>> matching = [];
    private readonly Dictionary<long, DateTimeOffset> starts = [];
    private readonly Dictionary<long, ForecastBuild> running;
    private DispatchState state;

    private StartForecast(DispatchState state, IEnumerable<ForecastBuild> running, IReadOnlyDictionary<long, AvailabilityConfiguration>? windows)
    {
        now = state.Now;
        this.windows = windows ?? new Dictionary<long, AvailabilityConfiguration>();
        this.running = running.ToDictionary(r => r.Id);
        lent = state.Requests.Where(r => r.Lent is not null).ToDictionary(r => r.Id, r => r.Lent!);
        // Whichever engine begins it.
        this.state = state with
        {
            Matching = Matching,
            Workers = [.. state.Workers.Select(w => w with { Mine = true })],
            Builders = [.. state.Builders.Select(b => b.Engines is { Count: > 0 } ? b with { Engines = null } : b)],
        };
    }

    /// <param name="state">What a decision of now rests on.</param>
    /// <param name="running">All builds that run.</param>
    /// <param name="windows">Of workers that are not always open, by worker.</param>
    /// <param name="goesOn">Asked before each look further ahead.</param>
    /// <returns>By request; one that is not there may start at once, or nobody knows.</returns>
    public static IReadOnlyDictionary<long, DateTimeOffset> Of(
        DispatchState state, IEnumerable<ForecastBuild> running, IReadOnlyDictionary<long, AvailabilityConfiguration>? windows = null, Func<bool>? goesOn = null)
    {
        var forecast = new StartForecast(state, running, windows);
        forecast.Begin();
        while (forecast.state.Requests.Count > 0 && goesOn?.Invoke() != false && forecast.Next() is { } next)
        {
            forecast.Reach(next);
            forecast.Begin();
        }
        return forecast.starts;
    }

    // What is decided at the moment that was reached happens at once.
    private void Begin()
    {
        var decision = Dispatching.Decide(state);
        var builders = state.Builders.ToDictionary(b => b.Id);
        var (projects, caps) = (state.Running.ToDictionary(), state.Capped.ToDictionary(c => c.Project, c => c.Builds));
        var homes = state.Homes.ToDictionary();
        var held = new List<(long, long, string, IReadOnlyList<LockNeed>)>();
        foreach (var (request, worker) in decision.Starts)
        {
            var builder = builders[request.BuilderId];
            if (state.Now > now)
                starts[request.Id] = state.Now;
            running[-request.Id] = new(-request.Id, worker.Id, builder.Project ?? "", state.Now + builder.Usual) { Parent = state.Triggered.FirstOrDefault(t => t.Request == request.Id)?.Build };
            projects[builder.Project ?? ""] = projects.GetValueOrDefault(builder.Project ?? "") + 1;
            if (builder is { Cap: not null, Project: { } capped } && request.CapLender is null)
                caps[capped] = caps.GetValueOrDefault(capped) + 1;
            foreach (var name in builder.Shared?.All ?? [])
                homes.TryAdd(name, new(worker.Id, worker.Name));
            if (builder.Locks.Count > 0)
                held.Add((-request.Id, worker.Id, worker.Name, [.. builder.Locks.Select(l => l.On(worker, state.Locks, request.BuildsetId))]));
        }
        // What runs was read a moment after the queue: one of these may have ended in between.
        foreach (var build in decision.Slots.Where(running.ContainsKey))
            running[build] = running[build] with { Released = false };
        var begun = decision.Starts.Select(s => s.Request.Id).ToHashSet();
        var units = decision.Starts.Select(s => s.Request.CapLender).OfType<long>().ToHashSet();
        state = state with
        {
            Requests = [.. state.Requests.Where(r => !begun.Contains(r.Id)).Select(r => r.CapLender is { } lender && units.Contains(lender) ? r with { CapLender = null } : r)],
            Running = projects,
            Capped = [.. caps.Select(c => (c.Key, c.Value))],
            Homes = homes,
            Locks = held.Count + decision.Grants.Count == 0 ? state.Locks : state.Locks.Given(decision.Grants.Select(g => g.Build).ToHashSet(), held),
            Triggered = begun.Count == 0 ? state.Triggered : [.. state.Triggered.Select(t => t.Request is { } request && begun.Contains(request) ? t with { Request = null, Builder = null, Child = -request } : t)],
            Asking = [.. state.Asking.Where(a => !decision.Slots.Contains(a.Build))],
        };
        CountSlots();
    }

    // The next moment at which something will have changed, as far as is known.
    private DateTimeOffset? Next()
    {
        var ends = running.Values.Select(r => r.Ends).OfType<DateTimeOffset>().Where(IsToCome).ToList();
        var turns = state.Workers.Where(w => w.Connected).Select(w => w.Verdict.Until).Concat(state.Builders.Select(b => b.Paused?.Until)).Concat(state.Requests.Select(r => r.NotBefore)).OfType<DateTimeOffset>().Where(IsToCome).ToList();
        if (ends.Count + turns.Count == 0)
            return null;
        var first = ends.Concat(turns).Min();
        var last = first + ((first - now) * Grain);
        // A window is not slept through.
        var turn = turns.Where(t => t > first).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
        return ends.Where(e => e <= last && e < turn).Append(first).Max();

        bool IsToCome(DateTimeOffset moment) => moment > state.Now && moment < now + Horizon;
    }

    private void Reach(DateTimeOffset moment)
    {
        var ended = running.Values.Where(r => r.Ends <= moment).ToDictionary(r => r.Id);
        var caps = state.Capped.ToDictionary(c => c.Project, c => c.Builds);
        var projects = state.Running.ToDictionary();
        foreach (var build in ended.Values)
        {
            running.Remove(build.Id);
            projects[build.Project] = Math.Max(0, projects.GetValueOrDefault(build.Project) - 1);
            // Of builds that wait for one another only the last counts (CapUse).
            if (caps.TryGetValue(build.Project, out var used) && !Counts(build.Parent, build.Project) && !running.Values.Any(r => r.Parent == build.Id && r.Project == build.Project))
                caps[build.Project] = Math.Max(0, used - 1);
        }
        state = state with
        {
            Now = moment,
            Running = projects,
            Capped = [.. caps.Select(c => (c.Key, c.Value))],
            Locks = ended.Count == 0 ? state.Locks : state.Locks.Without(ended.Keys),
            Triggered = [.. state.Triggered.Where(t => !ended.ContainsKey(t.Build) && (t.Child is not { } child || !ended.ContainsKey(child)))],
            Asking = [.. state.Asking.Where(a => !ended.ContainsKey(a.Build))],
            Builders = [.. state.Builders.Select(b => b.Paused?.Until <= moment ? b with { Paused = null } : b)],
            Workers = [.. state.Workers.Select(w => w.Verdict.Until <= moment ? Turned(w, moment) : w)],
        };
        CountSlots();
    }

    // With its child gone a build counts for its project's cap again, if no other child of its does.
    private bool Counts(long? parent, string project) => parent is { } id && running.TryGetValue(id, out var its) && its.Project == project && !running.Values.Any(r => r.Parent == id && r.Project == project);

    // It opens or closes, or what kept it is over. From then on its windows alone count: of anything else nobody knows yet.
    private DispatchWorker Turned(DispatchWorker worker, DateTimeOffset moment)
    {
        if (!windows.TryGetValue(worker.Id, out var rule))
            return worker with { Verdict = worker.Verdict.State == WorkerState.Available ? Closed(null) : WorkerVerdict.Available, FitsUntil = null };
        var stretch = OpeningHours.Of(rule).StretchAt(moment);
        if (stretch.From > moment)
            return worker with { Verdict = Closed(stretch.From), FitsUntil = null };
        DateTimeOffset? closes = stretch.Until < DateTimeOffset.MaxValue ? stretch.Until : null;
        return worker with { Verdict = WorkerVerdict.Available with { Until = closes }, FitsUntil = rule.LastStart == LastStart.Fits ? closes : null };

        static WorkerVerdict Closed(DateTimeOffset? until) => new(WorkerState.Away, "away, outside its windows", null, until < DateTimeOffset.MaxValue ? until : null, null);
    }

    // A build that waits for another on its own worker and that other one have one slot together.
    private void CountSlots()
    {
        var inUse = running.Values.Where(r => r.Parent is { } parent && running.TryGetValue(parent, out var its) && its.Worker == r.Worker && !its.Released).Select(r => r.Parent!.Value).ToHashSet();
        var taken = running.Values.Where(r => !r.Released && !inUse.Contains(r.Id)).CountBy(r => r.Worker).ToDictionary();
        state = state with
        {
            Workers = [.. state.Workers.Select(w => w.Slots - taken.GetValueOrDefault(w.Id) is var free && free == w.FreeSlots ? w : w with { FreeSlots = free })],
            Requests = lent.Count == 0 ? state.Requests : [.. state.Requests.Select(r => lent.TryGetValue(r.Id, out var slot) ? r with { Lent = running.ContainsKey(slot.Build) && !inUse.Contains(slot.Build) ? slot : null } : r)],
        };
    }

    // Workers change, but neither their names nor their order.
    private IReadOnlyList<DispatchWorker> Matching(DispatchBuilder builder)
    {
        if (!matching.TryGetValue(builder.Id, out var places))
            matching[builder.Id] = places = [.. state.Workers.Index().Where(w => WorkerMatching.Matches(builder.Workers, w.Item.Name, w.Item.Tags)).Select(w => w.Index)];
        return [.. places.Select(p => state.Workers[p])];
    }
}
