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
    private readonly HashSet<long> waitedFor;
    private readonly LockLine line;
    private readonly List<LockWaiter> running;
    private readonly List<(WaitingRequest, DispatchWorker)> starts = [];
    private readonly List<LockWaiter> grants = [];
    private readonly List<long> slots = [];
    private readonly List<Wait> waits = [];
    private readonly HashSet<long> held = [];
    private readonly FairOrder order;
    private readonly CapUse caps;
    private readonly Homes homes;

    private Dispatching(DispatchState state)
    {
        this.state = state;
        builders = state.Builders.ToDictionary(b => b.Id);
        free = state.Workers.ToDictionary(w => w.Id, w => w.FreeSlots);
        var waiters = state.Locks.Waiters;
        waitedFor = [.. state.Triggered.Select(t => t.Request).OfType<long>()];
        homes = new(state.Homes);
        // Wherever its directories are or will be: rather let one pass too many than none.
        var (claims, others) = TriggerWaits.Of(state, waiters, b => Able(b, Matching(b)));
        line = new(state.Locks.Table(), claims, others);
        running = [.. waiters];
        order = new(state, builders);
        caps = new(state.Capped);
        GiveSlotsBack();
    }

    public static DispatchDecision Decide(DispatchState state)
    {
        var decision = new Dispatching(state);
        while (decision.order.Next() is { } request)
        {
            // The first of a builder that has to wait speaks for all behind it; but not for who may pass where it may not.
            if (decision.held.Contains(request.BuilderId) && request is { Lent: null, CapLender: null } && !decision.waitedFor.Contains(request.Id))
                continue;
            if (decision.Place(request) is { } wait)
                decision.Add(wait);
        }
        decision.Serve(decision.running);
        return new(decision.starts, decision.grants, decision.waits) { Slots = decision.slots };
    }

    /// <summary>Builds that wait for one another for ever, in words; null: there are none.</summary>
    public static string? Standstill(DispatchState state)
    {
        var decision = new Dispatching(state);
        return Queue.Standstill.Find(state, decision.Usable);
    }

    // Before anything begins: who runs goes before who waits. Where nothing begins any more, since the worker is no longer configured, nobody has to be asked.
    private void GiveSlotsBack()
    {
        foreach (var waiter in state.Asking)
        {
            var isKnown = free.TryGetValue(waiter.Worker, out var room);
            if (isKnown && room > 0)
                free[waiter.Worker]--;
            else if (isKnown && (waiter.Lender is not { } lender || !lent.Add(lender)))
                continue;
            slots.Add(waiter.Build);
        }
    }

    private void Serve(IEnumerable<LockWaiter> those) => grants.AddRange(those.Where(w => line.Ask(w).Count == 0));

    // Running builds stand by their arrival, requests in the queue's order; between the two it counts who was there first, and only among those who want the same: whoever wants something else, and has just come, does not
    // let a running build pass by a request that has its place. A request has its builder's place, but not since before it came.
    private void ServeRivals(WaitingRequest request, DispatchBuilder builder)
    {
        if (running.Count == 0 || builder.Locks.Count == 0)
            return;
        var since = state.Waits.GetValueOrDefault(builder.Id)?.LineSince is not { } its ? DateTimeOffset.MaxValue : its > request.SubmittedAt ? its : request.SubmittedAt;
        var wanted = builder.Locks.Select(l => l.Lock.Id).ToHashSet();
        var rivals = new Stack<LockWaiter>();
        for (var i = running.Count - 1; i >= 0; i--)
        {
            var waiter = running[i];
            if (waiter.AskedAt > since || !waiter.Needs.Any(n => wanted.Contains(n.Place.Lock)))
                continue;
            rivals.Push(waiter);
            wanted.UnionWith(waiter.Needs.Select(n => n.Place.Lock));
            running.RemoveAt(i);
        }
        Serve(rivals);
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
            return new(request.Id, request.BuilderId, WaitKind.BuilderRetired, "Set aside: its builder is no longer in the configuration. It waits until one of this name is back, or somebody cancels it.");
        if (builder.RequiredProperties.FirstOrDefault(p => !request.Properties.Contains(p)) is { } missing)
            return new(request.Id, builder.Id, WaitKind.SetAside, $"Set aside: the property {missing} is required and has no value.");
        if (builder.Paused is { } pause)
            return new(request.Id, builder.Id, WaitKind.PausedBy, WaitWords.Paused(pause), new(WaitBlocker.Pause, pause.Id)) { Until = pause.Until };
        if (request.NotBefore is { } notBefore && notBefore > state.Now)
            return new(request.Id, builder.Id, WaitKind.NotBefore, "Its next attempt waits a moment, since the last one was lost.") { Until = notBefore };
        // Else it would be held back for ever where one build follows the other; but those who wait for this one must end.
        if (builder.RevisionToCome is { } revision && !waitedFor.Contains(request.Id))
            return new(request.Id, builder.Id, WaitKind.RevisionToCome, $"It begins under revision {revision}, which {builder.RevisionUntil}.", new(WaitBlocker.Revision, revision));
        if (builder.Engines is { Count: 0 })
            return new(request.Id, builder.Id, WaitKind.NoEngine, builder.NobodyText);
        // Somebody else begins it, and says what it waits for.
        if (builder.Engines is { } engines && !engines.Contains(state.Self))
        {
            held.Add(builder.Id);
            return null;
        }
        var matching = Matching(builder);
        var able = Able(builder, matching);
        if (able.Count == 0)
            return matching.Count > 0 ? WaitTexts.NobodyIsAble(request, builder, matching) : Start(request, builder, able);
        var there = homes.Among(builder, able);
        if (there.Count > 0)
            return Start(request, builder, there);
        // The one that has it may be of an earlier release.
        return homes.Among(builder, matching) is { Count: > 0 } unable ? WaitTexts.NobodyIsAble(request, builder, unable) : homes.Missing(request, builder);
    }

    private IReadOnlyList<DispatchWorker> Matching(DispatchBuilder builder) => state.Matching?.Invoke(builder) ?? [.. state.Workers.Where(w => WorkerMatching.Matches(builder.Workers, w.Name, w.Tags))];

    private IReadOnlyList<DispatchWorker> Usable(DispatchBuilder builder) => homes.Among(builder, Able(builder, Matching(builder)));

    private static IReadOnlyList<DispatchWorker> Able(DispatchBuilder builder, IReadOnlyList<DispatchWorker> matching) => builder.Needs.Count == 0 ? matching : [.. matching.Where(w => !WaitTexts.Lacks(w, builder).Any())];

    private Wait? Start(WaitingRequest request, DispatchBuilder builder, IReadOnlyList<DispatchWorker> able)
    {
        // Most often all are busy, and there is nothing to sort.
        var ready = able.Where(w => w.Verdict.State == WorkerState.Available && HasRoom(request, w) && w.Fits(builder, state.Now) && (w.Mine || builder.Engines?.Contains(w.Engine.Id) != false) && IsPossible(request, builder, w)).ToList();
        if (ready.Count == 0)
            return WaitTexts.Explain(request, builder, able, w => HasRoom(request, w), state.Now);
        if (builder is { Cap: { } cap, Project: { } project } && !caps.HasRoom(project, cap, request.CapLender))
            return WaitTexts.AtItsCap(request, project, cap);
        ServeRivals(request, builder);
        var places = Placement.Order(builder, request, ready, free).Select(w => (Worker: w, Needs: Needs(request, builder, w))).ToList();
        foreach (var (worker, needs) in places.Where(p => line.Look(p.Needs, request.Id).Count == 0).Take(1))
        {
            line.Take(request.Id, needs);
            if (IsLent(request, worker))
                lent.Add(request.Lent!.Build);
            else
                free[worker.Id]--;
            homes.Settle(builder, worker);
            order.Started(request);
            if (builder is { Cap: not null, Project: { } of })
                caps.Take(of, request.CapLender);
            // On another engine's worker that engine starts it; slot and locks are not for others.
            if (!worker.Mine)
                return new(request.Id, builder.Id, WaitKind.New, "Another master is about to start it.");
            starts.Add((request, worker));
            return null;
        }
        // All that is missing are its locks: it has its place from now on, of a lock of workers on one of them.
        var wanted = places[0].Needs;
        var wait = WaitTexts.Locked(request, line.Look(wanted, request.Id), state.Locks);
        line.Keep(wanted, request.Id);
        return wait;
    }

    private bool HasRoom(WaitingRequest request, DispatchWorker worker) => free[worker.Id] > 0 || IsLent(request, worker);

    private bool IsLent(WaitingRequest request, DispatchWorker worker) => request.Lent is { } slot && slot.Worker == worker.Id && !lent.Contains(slot.Build);

    // A lock may have been made smaller than what its users want; on such a worker they cannot start.
    private bool IsPossible(WaitingRequest request, DispatchBuilder builder, DispatchWorker worker) => builder.Locks.Count == 0 || Needs(request, builder, worker).All(n => n.IsPossible);

    private LockNeed[] Needs(WaitingRequest request, DispatchBuilder builder, DispatchWorker worker) => builder.Locks.Count == 0 ? [] : [.. builder.Locks.Select(l => l.On(worker, state.Locks, request.BuildsetId))];
}
