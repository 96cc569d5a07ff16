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
    private readonly Dictionary<long, DispatchWorker[]> matching = [];
    private readonly LockLine line;
    private readonly Queue<LockWaiter> running;
    private readonly List<(WaitingRequest, DispatchWorker)> starts = [];
    private readonly List<LockWaiter> grants = [];
    private readonly List<Wait> waits = [];

    private Dispatching(DispatchState state)
    {
        this.state = state;
        builders = state.Builders.ToDictionary(b => b.Id);
        free = state.Workers.ToDictionary(w => w.Id, w => w.FreeSlots);
        var waiters = state.Locks.Waiters;
        line = new(state.Locks.Table(), waiters);
        running = new(waiters);
    }

    /// <summary>Priority first, then age.</summary>
    public static IEnumerable<WaitingRequest> InOrder(IEnumerable<WaitingRequest> requests) =>
        requests.OrderByDescending(r => r.Priority).ThenBy(r => r.SubmittedAt).ThenBy(r => r.Id);

    public static DispatchDecision Decide(DispatchState state)
    {
        var decision = new Dispatching(state);
        foreach (var request in InOrder(state.Requests))
        {
            // Running builds stand by their arrival, requests in the queue's order; between the two it counts who was there first.
            decision.Serve(request.LineSince);
            decision.Place(request);
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

    private void Place(WaitingRequest request)
    {
        if (!builders.TryGetValue(request.BuilderId, out var builder) || builder.Retired)
        {
            waits.Add(new(request.Id, WaitKind.BuilderRetired, "Its builder is no longer in the configuration."));
            return;
        }
        if (builder.RequiredProperties.FirstOrDefault(p => !request.Properties.Contains(p)) is { } missing)
        {
            waits.Add(new(request.Id, WaitKind.SetAside, $"Set aside: the property {missing} is required and has no value."));
            return;
        }
        if (builder.PausedText is { } paused)
        {
            waits.Add(new(request.Id, WaitKind.PausedBy, paused));
            return;
        }
        if (request.NotBefore is { } notBefore && notBefore > state.Now)
        {
            waits.Add(new(request.Id, WaitKind.NotBefore, "Its next attempt waits a moment, since the last one was lost."));
            return;
        }
        if (builder.Engines is { Count: 0 })
        {
            waits.Add(new(request.Id, WaitKind.NoEngine, builder.NobodyText));
            return;
        }
        // Somebody else begins it, and says what it waits for.
        if (builder.Engines is { } engines && !engines.Contains(state.Self))
            return;
        if (!matching.TryGetValue(builder.Id, out var able))
            matching[builder.Id] = able = [.. state.Workers.Where(w => WorkerMatching.Matches(builder.Workers, w.Name, w.Tags))];
        if (able.Length > 0 && able.All(w => WaitTexts.Lacks(w, builder).Any()))
            waits.Add(WaitTexts.NobodyIsAble(request, builder, able));
        else
            Start(request, builder, [.. able.Where(w => !WaitTexts.Lacks(w, builder).Any())]);
    }

    private void Start(WaitingRequest request, DispatchBuilder builder, DispatchWorker[] able)
    {
        var ready = able.Where(w => w.Verdict.State == WorkerState.Available && free[w.Id] > 0 && w.Fits(builder, state.Now)).OrderByDescending(w => w.Mine).ThenByDescending(w => free[w.Id])
            .Select(w => (Worker: w, Needs: Needs(builder, w))).Where(w => Possible(w.Needs)).ToArray();
        foreach (var (worker, needs) in ready)
        {
            if (line.Look(needs).Count > 0)
                continue;
            // On another engine's worker that engine starts it; what it will hold is not for others.
            line.Take(-request.Id, needs);
            if (!worker.Mine)
                break;
            free[worker.Id]--;
            starts.Add((request, worker));
            return;
        }
        // All that is missing are its locks: it has its place from now on, of a lock of workers on one of them.
        if (ready.FirstOrDefault() is { Needs: { Length: > 0 } wanted } && line.Look(wanted) is { Count: > 0 } blockers)
        {
            line.Keep(wanted);
            waits.Add(WaitTexts.Locked(request, blockers, state.Locks));
            return;
        }
        waits.Add(WaitTexts.Explain(request, builder, able, free, state.Now));
    }

    // A lock may have been made smaller than what its users want; on such a worker they cannot start.
    private static bool Possible(IReadOnlyList<LockNeed> needs) => needs.All(n => n.Exclusive || n.Units <= n.Capacity);

    private static LockNeed[] Needs(DispatchBuilder builder, DispatchWorker worker) => builder.Locks.Count == 0 ? [] : [.. builder.Locks.Select(l => l.On(worker))];
}
