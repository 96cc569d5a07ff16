using Weir.Engine.Locks;
using Weir.Shared.Configuration;

namespace Weir.Engine.Queue;

/// <summary>
/// Looks whether open builds wait for one another for ever: the largest set of those that wait, each for something that only others of the set could give. The configuration's check excludes it, so one that is found is a bug.
/// Pure; what it is not sure of counts as what will end.
/// </summary>
internal sealed class Standstill
{
    private readonly DispatchState state;
    private readonly Func<DispatchBuilder, IReadOnlyList<DispatchWorker>> able;
    private readonly Dictionary<long, DispatchBuilder> builders;
    private readonly Dictionary<long, LockWaiter> waiters;
    private readonly ILookup<long, TriggerWait> parents;
    private readonly Dictionary<long, TriggerWait> requests;
    private readonly Dictionary<long, SlotWaiter> asking;
    private readonly HashSet<long> stuck;

    private Standstill(DispatchState state, Func<DispatchBuilder, IReadOnlyList<DispatchWorker>> able)
    {
        (this.state, this.able) = (state, able);
        builders = state.Builders.ToDictionary(b => b.Id);
        waiters = state.Locks.Waiters.ToDictionary(w => w.Build);
        parents = state.Triggered.ToLookup(t => t.Build);
        requests = state.Triggered.Where(t => t.Request is not null).DistinctBy(t => t.Request).ToDictionary(t => -t.Request!.Value);
        asking = state.Asking.ToDictionary(a => a.Build);
        stuck = [.. waiters.Keys, .. parents.Select(p => p.Key), .. requests.Keys, .. asking.Keys];
    }

    /// <summary>The circle in words; null: there is none.</summary>
    public static string? Find(DispatchState state, Func<DispatchBuilder, IReadOnlyList<DispatchWorker>> able)
    {
        var search = new Standstill(state, able);
        var table = state.Locks.Table(search.stuck.Contains);
        while (search.stuck.RemoveWhere(c => !search.IsStuck(c, table)) > 0)
            table = state.Locks.Table(search.stuck.Contains);
        return search.stuck.Count == 0 ? null : search.InWords(table);
    }

    private bool IsStuck(long claim, LockTable table)
    {
        if (waiters.TryGetValue(claim, out var waiter))
            return waiter.Needs.Any(n => !table.Fits(n));
        if (asking.TryGetValue(claim, out var slot))
            return slot.Lender is null && state.Workers.FirstOrDefault(w => w.Id == slot.Worker) is { } own && IsFull(own);
        if (requests.TryGetValue(claim, out var request))
            return Places(request) is { Count: > 0 } places && places.All(w => !HasRoom(request, w) || Builder(request)!.Locks.Any(l => !table.Fits(l.On(w, state.Locks, request.Buildset))));
        // It waits for all that it has set off; where not all were read, those that were not may end.
        var its = parents[claim].ToList();
        return its.Count(t => t.Request is not null) < TriggerWaits.MostRequests && its.Any(t => stuck.Contains(t.Child ?? -t.Request!.Value));
    }

    private DispatchBuilder? Builder(TriggerWait request) => builders.GetValueOrDefault(request.Builder!.Value) is { Retired: false } known ? known : null;

    private IReadOnlyList<DispatchWorker> Places(TriggerWait request) => Builder(request) is { } builder ? able(builder) : [];

    // If all that is not stuck had ended. The slot of who waits for it may be lent to it.
    private bool HasRoom(TriggerWait request, DispatchWorker worker)
    {
        return !IsFull(worker) || (request.Worker == worker.Id && !request.Released && !parents[request.Build].Any(t => t.Child is { } child && There(worker).Contains(child)));
    }

    private bool IsFull(DispatchWorker worker)
    {
        var there = There(worker);
        return there.Count - Parents(worker).Count(p => parents[p].Any(t => t.Child is { } child && there.Contains(child))) >= worker.Slots;
    }

    // Those that are stuck and have a slot on the worker.
    private List<long> There(DispatchWorker worker) => [.. waiters.Values.Where(w => w.Worker == worker.Id && stuck.Contains(w.Build)).Select(w => w.Build).Concat(Parents(worker))];

    private IEnumerable<long> Parents(DispatchWorker worker) => parents.Where(p => p.First() is { Released: false } first && first.Worker == worker.Id && stuck.Contains(p.Key)).Select(p => p.Key);

    private string InWords(LockTable table)
    {
        var way = new List<(long Claim, string Why)>();
        for (var claim = stuck.Where(c => c > 0).Min(); way.TrueForAll(w => w.Claim != claim);)
        {
            var (next, why) = Next(claim, table);
            way.Add((claim, why));
            claim = next;
            if (way.FindIndex(w => w.Claim == claim) is var from and >= 0)
                return string.Join("; ", way[from..].Select(w => w.Why)) + ".";
        }
        return string.Join("; ", way.Select(w => w.Why)) + ".";
    }

    private (long Next, string Why) Next(long claim, LockTable table)
    {
        if (waiters.TryGetValue(claim, out var waiter))
        {
            var need = waiter.Needs.First(n => !table.Fits(n));
            var holder = table.Holders(need).Order().First();
            return (holder, $"{Name(claim)} waits at a step for {SharedDirectories.InWords(state.Locks.NameOf(need.Place.Lock))}, which {(holder == claim ? "it" : Name(holder))} holds");
        }
        if (asking.TryGetValue(claim, out var slot))
        {
            var its = state.Workers.First(w => w.Id == slot.Worker);
            var on = There(its).Order().First();
            return (on, $"{Name(claim)} waits for a slot on {its.Name}, where {Name(on)} is");
        }
        if (!requests.TryGetValue(claim, out var request))
        {
            var child = parents[claim].Select(t => t.Child ?? -t.Request!.Value).Where(stuck.Contains).Order().First();
            return (child, $"{Name(claim)} waits for {Name(child)}, which it has set off");
        }
        var worker = Places(request)[0];
        if (Builder(request)!.Locks.FirstOrDefault(l => !table.Fits(l.On(worker, state.Locks, request.Buildset))) is { } wanted)
        {
            var holder = table.Holders(wanted.On(worker, state.Locks, request.Buildset)).Order().First();
            return (holder, $"{Name(claim)} waits for the lock {wanted.Lock.Name}, which {Name(holder)} holds");
        }
        var there = There(worker).Order().First();
        return (there, $"{Name(claim)} waits for a slot on {worker.Name}, where {Name(there)} is");
    }

    private string Name(long claim) => claim > 0 ? state.Locks.BuildName(claim) : FormattableString.Invariant($"request {-claim}{(Builder(requests[claim]) is { } builder ? " of " + builder.Name : "")}");
}
