using Weir.Engine.Locks;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;
using Weir.Shared.Queue;
using Weir.Shared.Workers;

namespace Weir.Engine.Queue;

/// <summary>Why a request waits, in one sentence.</summary>
internal static class WaitTexts
{
    /// <summary>What a worker of an earlier release cannot do for a builder.</summary>
    public static IEnumerable<string> Lacks(DispatchWorker worker, DispatchBuilder builder) => worker.Abilities is { } abilities ? builder.Needs.Except(abilities) : [];

    public static Wait NobodyIsAble(WaitingRequest request, DispatchBuilder builder, IReadOnlyList<DispatchWorker> matching)
    {
        var lacking = matching.SelectMany(w => Lacks(w, builder)).Distinct().Order(StringComparer.Ordinal).Select(WorkerAbilities.InWords);
        return new(request.Id, request.BuilderId, WaitKind.NoMatchingWorker, $"It needs a worker that {string.Join(" and ", lacking)}; {WaitWords.Within(WaitWords.AreOf(matching))} of an earlier release.");
    }

    /// <param name="request">The request.</param>
    /// <param name="project">Its project.</param>
    /// <param name="cap">So many of its builds may run, and do.</param>
    public static Wait AtItsCap(WaitingRequest request, string project, int cap) =>
        new(request.Id, request.BuilderId, WaitKind.CapReached, FormattableString.Invariant($"The project {project} has {cap} {(cap == 1 ? "build" : "builds")} running, which is its cap."));

    /// <param name="request">The request.</param>
    /// <param name="blockers">What is in its way, not empty.</param>
    /// <param name="locks">Names of locks and builds.</param>
    public static Wait Locked(WaitingRequest request, IReadOnlyList<LockBlocker> blockers, LockState locks)
    {
        var held = blockers.Where(b => b.Holder is not null).GroupBy(b => b.Place).FirstOrDefault();
        if (held is null)
            return new(request.Id, request.BuilderId, WaitKind.LockLine, $"Others stand before it for {InWords(blockers[0].Place, locks)}.", new(WaitBlocker.Lock, blockers[0].Place.Lock)) { Lock = blockers[0].Place.Lock };
        // A holder that is about to start in this very moment has no name yet.
        var name = InWords(held.Key, locks) is var words ? char.ToUpperInvariant(words[0]) + words[1..] : "";
        var known = held.Select(b => b.Holder!.Value).Where(h => h > 0).Order().ToList();
        return known.Count == 0
            ? new(request.Id, request.BuilderId, WaitKind.LockHeld, $"{name} goes to a build that starts now.", new(WaitBlocker.Lock, held.Key.Lock)) { IsPassing = true }
            : new(request.Id, request.BuilderId, WaitKind.LockHeld, $"{name} is held by {locks.BuildName(known[0])}{(known.Count > 1 ? $" and {known.Count - 1} more" : "")}.", new(WaitBlocker.Build, known[0])) { Lock = held.Key.Lock };
    }

    // What a build lets others use is said with its name.
    private static string InWords(LockPlace place, LockState locks) => place.Within == 0 ? SharedDirectories.InWords(locks.NameOf(place.Lock)) : $"what {locks.BuildName(place.Within)} holds of {SharedDirectories.InWords(locks.NameOf(place.Lock))}";

    /// <summary>Workers are sifted one reason after the other; the one that takes the last of them is said.</summary>
    /// <param name="request">The request.</param>
    /// <param name="builder">Its builder.</param>
    /// <param name="able">The workers that match and can do what is needed.</param>
    /// <param name="hasRoom">Whether it would have a slot there, after what was decided so far.</param>
    /// <param name="now">The moment.</param>
    public static Wait Explain(WaitingRequest request, DispatchBuilder builder, IReadOnlyList<DispatchWorker> able, Predicate<DispatchWorker> hasRoom, DateTimeOffset now)
    {
        if (able.Count == 0)
            return new(request.Id, request.BuilderId, WaitKind.NoMatchingWorker, "No worker of the configuration can take it.");
        if (builder.Locks.FirstOrDefault(l => able.All(w => IsTooSmall(l, w))) is { } tooSmall)
            return new(request.Id, request.BuilderId, WaitKind.LockHeld, $"It wants {tooSmall.Units}{(tooSmall.Labels.Count == 0 ? " units" : "")} of the lock {tooSmall.Lock.Name}{(tooSmall.Labels.Count == 0 ? "" : $" with {string.Join(" and ", tooSmall.Labels)}")}, which has fewer.", new(WaitBlocker.Lock, tooSmall.Lock.Id));
        var wide = builder.Locks.Count == 0 ? able : [.. able.Where(w => !builder.Locks.Any(l => IsTooSmall(l, w)))];
        if (wide.Count == 0)
            return new(request.Id, request.BuilderId, WaitKind.LockHeld, "No worker has as much of all its locks as it wants.", new(WaitBlocker.Lock, builder.Locks.First(l => able.Any(w => IsTooSmall(l, w))).Lock.Id));
        var connected = wide.Where(w => w is { Connected: true, Verdict.State: not WorkerState.Stopping }).ToArray();
        if (connected.Length == 0 && wide.Where(w => w.Connected).ToArray() is { Length: > 0 } going)
            return new(request.Id, request.BuilderId, WaitKind.WorkersMissing, $"{WaitWords.AreOf(going)} stopping.", One(going));
        if (connected.Length == 0)
            return new(request.Id, request.BuilderId, WaitKind.WorkersMissing, $"{WaitWords.AreOf(wide)} not connected.", One(wide));
        var awake = connected.Where(w => w.Verdict.State == WorkerState.Available).ToArray();
        if (awake.Length == 0)
        {
            return new(request.Id, request.BuilderId, connected.All(w => w.Verdict.State == WorkerState.Paused) ? WaitKind.WorkersPaused : WaitKind.WorkersAway, WaitWords.KeptFrom(connected), One(connected))
            {
                Until = connected.Min(w => w.Verdict.Until),
            };
        }
        if (awake.Where(w => hasRoom(w)).ToArray() is not { Length: > 0 } roomy)
            return new(request.Id, request.BuilderId, WaitKind.SlotsFull, $"{WaitWords.AreOf(awake)} busy.", One(awake));
        if (roomy.Where(w => w.Fits(builder, now)).ToArray() is not { Length: > 0 } fitting)
            return new(request.Id, request.BuilderId, WaitKind.WouldNotFit, WaitWords.WouldNotFit(roomy, builder.Usual!.Value), One(roomy));
        // Else there would be one to start on.
        return new(request.Id, request.BuilderId, WaitKind.WorkersElsewhere, $"{WaitWords.AreOf(fitting)} connected to {fitting[0].Engine.Name}, which may not begin it; the first to be idle comes over.", One(fitting));
    }

    private static bool IsTooSmall(DispatchLock wanted, DispatchWorker worker) => !wanted.On(worker).IsPossible;

    private static WaitBlocker? One(IReadOnlyList<DispatchWorker> workers) => workers is [var only] ? new(WaitBlocker.Worker, only.Id) : null;
}
