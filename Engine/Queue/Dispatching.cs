using Weir.Engine.Configuration;
using Weir.Engine.Locks;
using Weir.Shared.Queue;
using Weir.Shared.Workers;

namespace Weir.Engine.Queue;

/// <summary>
/// Decides which waiting request starts on which worker, which running build gets the locks that its step waits for, and says why each other request waits. Pure: records in, records out.
/// </summary>
public sealed class Dispatching
{
    private readonly DispatchState state;
    private readonly Dictionary<long, DispatchBuilder> builders;
    private readonly Dictionary<long, int> free;
    private readonly HashSet<long> lent = [];
    private readonly LockLine line;
    private readonly Queue<LockWaiter> running;
    private readonly List<(WaitingRequest, DispatchWorker)> starts = [];
    private readonly List<LockWaiter> grants = [];
    private readonly List<Wait> waits = [];
    private readonly HashSet<long> held = [];
    private readonly FairOrder order;
    private readonly CapUse caps;

    private Dispatching(DispatchState state)
    {
        this.state = state;
        builders = state.Builders.ToDictionary(b => b.Id);
        free = state.Workers.ToDictionary(w => w.Id, w => w.FreeSlots);
        var waiters = state.Locks.Waiters;
        line = new(state.Locks.Table(), waiters);
        running = new(waiters);
        order = new(state, builders);
        caps = new(state.Capped);
    }

    public static DispatchDecision Decide(DispatchState state)
    {
        var decision = new Dispatching(state);
        while (decision.order.Next() is { } request)
        {
            // The first of a builder that has to wait speaks for all behind it.
            if (decision.held.Contains(request.BuilderId) && request is { Lent: null, CapLender: null })
                continue;
            // Running builds stand by their arrival, requests in the queue's order; between the two it counts who was there first.
            decision.Serve(state.Waits.GetValueOrDefault(request.BuilderId)?.LineSince ?? DateTimeOffset.MaxValue);
            if (decision.Place(request) is { } wait)
                decision.Add(wait);
        }
        decision.Serve(DateTimeOffset.MaxValue);
        return new(decision.starts, decision.grants, decision.waits);
    }

    private void Serve(DateTimeOffset until)
    {
        while (running.TryPeek(out var next) && next.AskedAt <= until)
        {
            running.Dequeue();
            if (line.Ask(next).Count == 0)
                grants.Add(next);
        }
    }

    private void Add(Wait wait)
    {
        if (wait.IsOfRequest || held.Add(wait.Builder))
            waits.Add(wait);
    }

    // Null: it starts, or it is another engine's affair.
    private Wait? Place(WaitingRequest request)
    {
        if (!builders.TryGetValue(request.BuilderId, out var builder) || builder.Retired)
            return new(request.Id, request.BuilderId, WaitKind.BuilderRetired, "Its builder is no longer in the configuration.");
        if (builder.RequiredProperties.FirstOrDefault(p => !request.Properties.Contains(p)) is { } missing)
            return new(request.Id, builder.Id, WaitKind.SetAside, $"Set aside: the property {missing} is required and has no value.");
        if (builder.Paused is { } pause)
            return new(request.Id, builder.Id, WaitKind.PausedBy, WaitWords.Paused(pause), new(WaitBlocker.Pause, pause.Id)) { Until = pause.Until };
        if (request.NotBefore is { } notBefore && notBefore > state.Now)
            return new(request.Id, builder.Id, WaitKind.NotBefore, "Its next attempt waits a moment, since the last one was lost.") { Until = notBefore };
        if (builder.Engines is { Count: 0 })
            return new(request.Id, builder.Id, WaitKind.NoEngine, builder.NobodyText);
        // Somebody else begins it, and says what it waits for.
        if (builder.Engines is { } engines && !engines.Contains(state.Self))
        {
            held.Add(builder.Id);
            return null;
        }
        var matching = state.Matching?.Invoke(builder) ?? [.. state.Workers.Where(w => WorkerMatching.Matches(builder.Workers, w.Name, w.Tags))];
        var able = builder.Needs.Count == 0 ? matching : [.. matching.Where(w => !WaitTexts.Lacks(w, builder).Any())];
        return able.Count == 0 && matching.Count > 0 ? WaitTexts.NobodyIsAble(request, builder, matching) : Start(request, builder, able);
    }

    private Wait? Start(WaitingRequest request, DispatchBuilder builder, IReadOnlyList<DispatchWorker> able)
    {
        // Most often all are busy, and there is nothing to sort.
        var ready = able.Where(w => w.Verdict.State == WorkerState.Available && (free[w.Id] > 0 || IsLent(request, w)) && w.Fits(builder, state.Now) && (w.Mine || builder.Engines?.Contains(w.Engine.Id) != false)).ToList();
        if (ready.Count == 0)
            return WaitTexts.Explain(request, builder, able, free, state.Now);
        if (builder is { Cap: { } cap, Project: { } project } && !caps.HasRoom(project, cap, request.CapLender))
            return WaitTexts.AtItsCap(request, project, cap);
        var places = Placement.Order(builder, request, ready, free).Select(w => (Worker: w, Needs: Needs(builder, w))).Where(w => Possible(w.Needs)).ToList();
        foreach (var (worker, needs) in places.Where(p => line.Look(p.Needs).Count == 0).Take(1))
        {
            line.Take(-request.Id, needs);
            if (IsLent(request, worker))
                lent.Add(request.Lent!.Build);
            else
                free[worker.Id]--;
            if (builder is { Cap: not null, Project: { } of })
                caps.Take(of, request.CapLender);
            // On another engine's worker that engine starts it; slot and locks are not for others.
            if (!worker.Mine)
                return new(request.Id, builder.Id, WaitKind.New, "Another master is about to start it.");
            starts.Add((request, worker));
            order.Started(request);
            return null;
        }
        if (places.Count == 0)
            return WaitTexts.Explain(request, builder, able, free, state.Now);
        // All that is missing are its locks: it has its place from now on, of a lock of workers on one of them.
        var wanted = places[0].Needs;
        var wait = WaitTexts.Locked(request, line.Look(wanted), state.Locks);
        line.Keep(wanted);
        return wait;
    }

    private bool IsLent(WaitingRequest request, DispatchWorker worker) => request.Lent is { } slot && slot.Worker == worker.Id && !lent.Contains(slot.Build);

    // A lock may have been made smaller than what its users want; on such a worker they cannot start.
    private static bool Possible(IReadOnlyList<LockNeed> needs) => needs.All(n => n.Exclusive || n.Units <= n.Capacity);

    private static LockNeed[] Needs(DispatchBuilder builder, DispatchWorker worker) => builder.Locks.Count == 0 ? [] : [.. builder.Locks.Select(l => l.On(worker))];
}
