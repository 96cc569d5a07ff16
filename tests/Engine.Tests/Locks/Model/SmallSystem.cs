using System.Collections.Immutable;
using Weir.Engine.Builds;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Locks;
using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Queue;

namespace Weir.Engine.Tests.Locks.Model;

/// <summary>
/// A small CI system whose every next step is known: requests come, an engine decides (with the code of the engine) and does all of it, a part of it or, later, what was decided before; steps end, triggers wait, a worker
/// goes and comes back or loses its builds, another revision comes in force. What is rows in the store is the state; what is in an engine's memory may be lost at any moment, so a crash is that nothing more is done.
/// </summary>
internal sealed class SmallSystem(params WeirConfiguration[] revisions)
{
    private readonly string[] names = [.. revisions.SelectMany(r => r.Builders).Select(b => b.Name).Distinct()];
    private readonly IReadOnlyList<DirectoryGroup>[] groups = [.. revisions.Select(DirectoryGroups.Of)];
    private readonly string[] workers = [.. revisions[0].Workers.Select(w => w.Name)];
    private readonly LockDefinition[] locks = [.. revisions.SelectMany(SharedDirectories.AllLocks).DistinctBy(l => l.Name).Select((l, i) => new LockDefinition(i + 1, l.Name, l.Scope == LockScope.Worker, l.Capacity, l.PerWorker) { Pool = l.Pool.Count == 0 ? null : new(l.Pool.ToDictionary(p => p.Key, p => p.Value.ToArray())) })];

    /// <summary>There is another engine, which may do late what it has decided, or nothing at all.</summary>
    public bool HasOtherEngine { get; init; }

    /// <summary>An engine may die between the parts of what it has decided.</summary>
    public bool EnginesDie { get; init; } = true;

    /// <summary>A worker that goes (and it goes only while its builds hold nothing) stays away.</summary>
    public bool NobodyComesBack { get; init; }

    /// <summary>Requests of these builders come again when they have ended.</summary>
    public IReadOnlyList<string> Streams { get; init; } = [];

    /// <summary>Whether the next revision may come in force while these builds are open; what the engine asks is the default.</summary>
    public Func<WeirConfiguration, IReadOnlyList<OpenPlan>, bool> MayComeInForce { get; init; } = (next, open) => LockOrder.Circle(next, open) is null;

    public ModelState First(int goes = 0, int crashes = 0, params string[] requests) => new()
    {
        Coming = [.. requests.Select((r, i) => new ModelRequest(i + 1, r, null))], GoesLeft = goes, CrashesLeft = crashes, HasRevisionToCome = revisions.Length > 1,
    };

    /// <summary>All that may happen next; what is work brings the whole nearer to its end.</summary>
    public IEnumerable<(string What, int? Of, bool IsWork, ModelState Next)> Next(ModelState state)
    {
        if (state.Coming.Count > 0)
        {
            // Whichever of those to come: the order of arrival is free.
            foreach (var request in state.Coming.DistinctBy(r => r.Builder))
                yield return ($"request {request.Id} of {request.Builder} comes", null, true, state with { Coming = state.Coming.Remove(request), Requests = state.Requests.Add(request.Id, request) });
        }
        var decision = Dispatching.Decide(ToDispatch(state));
        var intents = Intents(state, decision);
        for (var done = intents.Count; done > (EnginesDie ? 0 : Math.Max(0, intents.Count - 1)); done--)
            yield return (done == intents.Count ? "an engine decides" : $"an engine decides and dies after {done} of {intents.Count}", null, true, Do(state, intents.Take(done), done == intents.Count ? decision : null));
        if (intents.Count == 0 && Stood(state, decision) is var stood && !Same(stood.Places, state.Places))
            yield return ("an engine says why", null, false, stood);
        if (HasOtherEngine && state.Intents.Count == 0 && intents.Count > 0)
            yield return ("the other engine decides", null, false, state with { Intents = intents });
        if (state.Intents.Count > 0)
        {
            yield return ("the other engine does what it has decided", null, false, Do(state, [state.Intents[0]], null) with { Intents = state.Intents.RemoveAt(0) });
            yield return ("the other engine dies", null, false, state with { Intents = [] });
        }
        foreach (var build in state.Builds.Values.Where(b => b.Worker != state.Gone))
        {
            if (build.Phase == ModelPhase.Runs)
                yield return ($"build {build.Id} ends its step {build.Step}", build.Id, true, GoOn(state, build));
            else if (build.Phase == ModelPhase.Waits && !state.Requests.Values.Any(r => r.Parent == build.Id) && !state.Builds.Values.Any(b => b.Parent == build.Id))
                yield return ($"build {build.Id} has waited for all", build.Id, true, Releases(build) && build.Step + 1 < Plan(build).Steps.Count
                    ? state with { Builds = state.Builds.SetItem(build.Id, build with { Phase = ModelPhase.Returns, Asked = state.Now }) } : GoOn(state, build));
        }
        if (state is { Gone: null, GoesLeft: > 0 })
        {
            foreach (var worker in workers.Where(w => !NobodyComesBack || !state.Builds.Values.Any(b => b.Worker == w && b.Claims.Any(c => c.Held))))
                yield return ($"{worker} goes", null, false, state with { Gone = worker, GoesLeft = state.GoesLeft - 1 });
        }
        if (state.Gone is not null && !NobodyComesBack)
            yield return ($"{state.Gone} comes back", null, true, state with { Gone = null });
        if (state.CrashesLeft > 0)
        {
            foreach (var build in state.Builds.Values.Where(b => b.Phase != ModelPhase.Waits))
                yield return ($"build {build.Id} is lost with its machine", build.Id, false, state with { CrashesLeft = state.CrashesLeft - 1, Builds = state.Builds.Remove(build.Id), Requests = state.Requests.Add(build.Id, new(build.Id, build.Builder, build.Parent)) });
        }
        if (state.HasRevisionToCome && MayComeInForce(revisions[1], [.. state.Builds.Values.Select(b => new OpenPlan(Plan(b), b.Worker, b.Step))]))
            yield return ("the next revision comes in force", null, true, state with { Revision = 1, HasRevisionToCome = false });
    }

    /// <summary>All has ended that can: what is left is of builders that are gone, on the worker that stays away, or can only run there.</summary>
    public bool IsOver(ModelState state) => state.IsOver || (state.Coming.Count + state.Builds.Count == 0 && state.Requests.Values.All(r => revisions[state.Revision].Builders.All(b => b.Name != r.Builder))) || (NobodyComesBack && state.Gone is { } gone && state.Builds.Values.All(b => b.Worker == gone)
        && state.Requests.Values.All(r => revisions[state.Revision].Builders.Single(b => b.Name == r.Builder).Workers.Names is [var only] && only == gone) && state.Coming.Count == 0);

    /// <summary>What must never be; null: all is well.</summary>
    public string? Broken(ModelState state)
    {
        // What a build lets others use that run on its worker (or anywhere, of a lock of all masters) is theirs, together.
        foreach (var its in state.Builds.Values.SelectMany(b => b.Claims.Where(c => c.Held).Select(c => (Need: Need(c, b.Worker), Of: Giver(state, b, c), Claim: c))).GroupBy(c => (c.Need.Place, c.Of?.Id)))
        {
            var name = its.First().Claim.Lock;
            var most = its.First().Of is { } giver && giver.Claims.Where(c => c.Lock == name).ToList() is var given && !given.Exists(c => c.Exclusive) ? given.Sum(c => c.Units) : its.First().Need.Capacity;
            if (its.Any(c => c.Claim.Exclusive) && its.First().Of is null ? its.Count() > 1 : its.Sum(c => c.Claim.Units) > most)
                return $"too much of lock {name} is held";
            if (its.SelectMany(c => c.Claim.Names).CountBy(n => n).Any(n => n.Value > 1) || its.Any(c => c.Claim is { Lock: "p", Exclusive: false } && c.Claim.Names.Count != c.Claim.Units))
                return $"names of {name} are wrong";
        }
        foreach (var worker in workers)
        {
            if (Slots(state, worker) < 0)
                return $"{worker} runs more than its slots";
        }
        if (state.Builds.Values.FirstOrDefault(b => DirectoryGroups.Used(Plan(b)).Any(d => state.Homes.GetValueOrDefault(d) != b.Worker)) is { } astray)
            return $"build {astray.Id} is not where its directories are";
        return null;
    }

    /// <summary>What the engine says of builds that wait for one another for ever.</summary>
    public string? Standstill(ModelState state) => Dispatching.Standstill(ToDispatch(state));

    private BuilderConfiguration Plan(ModelBuild build) => revisions[build.Revision].Builders.Single(b => b.Name == build.Builder);

    private LockNeed Need(ModelClaim claim, string worker) => locks.Single(l => l.Name == claim.Lock).Need(claim.Units, claim.Exclusive, Array.IndexOf(workers, worker) + 1, worker);

    private DirectoryGroup? Group(ModelState state, string builder) => groups[state.Revision].FirstOrDefault(g => g.Builders.Any(b => b.Name == builder));

    private LockDefinition Definition(string name) => locks.Single(l => l.Name == name);

    private ModelBuild? Giver(ModelState state, ModelBuild build, ModelClaim claim) =>
        claim.Through.Select(t => state.Builds.GetValueOrDefault(t)).FirstOrDefault(p => p is not null && p.Claims.Any(c => c.Held && c.Lock == claim.Lock) && (!Definition(claim.Lock).OfWorkers || p.Worker == build.Worker));

    // The builds of whose holding a triggered build takes what it wants of a lock.
    private ImmutableList<int> Through(ModelState state, int? parent, string name) =>
        parent is { } id && state.Builds.TryGetValue(id, out var build) && build.Phase == ModelPhase.Waits && Plan(build).Steps[build.Step] is TriggerStepConfiguration trigger && trigger.Inherit.Contains(name)
        && build.Claims.FirstOrDefault(c => c.Held && c.Lock == name) is { } held ? [id, .. held.Through] : [];

    private LockState Locks(ModelState state) => LockState.Of(locks, state.Builds.Values.SelectMany(b => b.Claims.Select(c => new LockState.ClaimRow
    {
        LockId = locks.Single(l => l.Name == c.Lock).Id, BuildId = b.Id, Units = c.Units, Exclusive = c.Exclusive, AskedAt = At(b.Asked), Held = c.Held, OfSteps = c.Until is not null,
        WorkerId = Array.IndexOf(workers, b.Worker) + 1, Worker = b.Worker, Live = b.Worker != state.Gone, Through = [.. c.Through], Labels = [.. c.Labels], Names = [.. c.Names],
    })).Select((c, i) => c with { Id = i }), state.Builds.Keys.SelectMany(b => locks.Select(l => new LockState.InheritedRow { Buildset = b, Lock = l.Id, Through = [.. Through(state, b, l.Name)] })).Where(i => i.Through.Length > 0));

    private static DateTimeOffset At(int time) => DateTimeOffset.UnixEpoch.AddSeconds(time);

    // A build and one of those for which it waits, on one worker, are one.
    private int Slots(ModelState state, string worker) => revisions[0].Workers.Single(w => w.Name == worker).MaxBuilds - state.Builds.Values.Count(b => b.Worker == worker && HasSlot(b))
        + state.Builds.Values.Where(b => b.Worker == worker && HasSlot(b) && b.Parent is { } parent && state.Builds.TryGetValue(parent, out var lender) && Lends(lender, worker)).Select(b => b.Parent).Distinct().Count();

    private bool Releases(ModelBuild build) => Plan(build).Steps[build.Step] is TriggerStepConfiguration { ReleasesSlot: true };

    private bool HasSlot(ModelBuild build) => build.Phase != ModelPhase.Returns && !(build.Phase == ModelPhase.Waits && Releases(build));

    private bool Lends(ModelBuild build, string worker) => build.Phase == ModelPhase.Waits && build.Worker == worker && HasSlot(build);

    private SlotWaiter Asking(ModelState state, ModelBuild build) => new(build.Id, Array.IndexOf(workers, build.Worker) + 1,
        build.Parent is { } id && state.Builds.TryGetValue(id, out var lender) && Lends(lender, build.Worker) && !state.Builds.Values.Any(b => b.Parent == id && b.Worker == build.Worker && HasSlot(b)) ? id : null);

    private LentSlot? Lent(ModelState state, ModelRequest request) => request.Parent is { } parent && state.Builds.TryGetValue(parent, out var lender) && HasSlot(lender) && !state.Builds.Values.Any(b => b.Parent == parent && b.Worker == lender.Worker && HasSlot(b))
        ? new(parent, Array.IndexOf(workers, lender.Worker) + 1) : null;

    private DispatchState ToDispatch(ModelState state)
    {
        var current = revisions[state.Revision].Builders.ToDictionary(b => b.Name);
        return new()
        {
            Requests = [.. state.Requests.Values.Select(r => new WaitingRequest { Id = r.Id, BuilderId = Id(r.Builder), BuildsetId = r.Parent ?? 0, Priority = 0, SubmittedAt = At(r.Came), Lent = Lent(state, r) })],
            Builders = [.. state.Requests.Values.Select(r => r.Builder).Distinct().Select(b => current.TryGetValue(b, out var known)
                ? new DispatchBuilder(Id(b), b, known.Workers, [], false) {
                    Locks = [.. known.Locks.Where(l => l.From is null).Select(l => new DispatchLock(locks.Single(d => d.Name == l.Name), l.Units, l.Exclusive) { Labels = l.Labels })],
                    Shared = Group(state, b) is { } group ? new(DirectoryGroups.Used(known), group.Directories, [.. group.Builders.Select(o => (o.Workers, (IReadOnlyList<string>)[]))]) : null,
                }
                : new DispatchBuilder(Id(b), b, new WorkerSelector(), [], true))],
            Workers = [.. workers.Select((w, i) => new DispatchWorker { Id = i + 1, Name = w, Slots = revisions[0].Workers.Single(c => c.Name == w).MaxBuilds, FreeSlots = Slots(state, w), Mine = w != state.Gone, Verdict = WorkerVerdict.Of(new() { Link = w == state.Gone ? WorkerLinkState.Ended : WorkerLinkState.Connected }, DateTimeOffset.UnixEpoch) })],
            Waits = state.Places.ToDictionary(p => Id(p.Key), p => new BuilderWait { BuilderId = Id(p.Key), Kind = WaitKind.LockHeld, Text = "", Since = At(p.Value) }),
            Homes = state.Homes.ToDictionary(h => h.Key, h => new DirectoryHome(Array.IndexOf(workers, h.Value) + 1, h.Value)),
            Locks = Locks(state),
            Asking = [.. state.Builds.Values.Where(b => b.Phase == ModelPhase.Returns).OrderBy(b => b.Asked).Select(b => Asking(state, b))],
            Triggered = [.. state.Builds.Values.Where(b => b.Phase == ModelPhase.Waits).SelectMany(p => state.Builds.Values.Where(b => b.Parent == p.Id).Select(b => new TriggerWait(p.Id, Worker(p), b.Id, null, null, p.Id, !HasSlot(p)))
                .Concat(state.Requests.Values.Where(r => r.Parent == p.Id).Select(r => new TriggerWait(p.Id, Worker(p), null, r.Id, Id(r.Builder), p.Id, !HasSlot(p)))))],
            Now = DateTimeOffset.UnixEpoch.AddYears(1),
        };

        long Id(string builder) => Array.IndexOf(names, builder) + 1;
        long Worker(ModelBuild build) => Array.IndexOf(workers, build.Worker) + 1;
    }

    private static ImmutableList<ModelIntent> Intents(ModelState state, DispatchDecision decision) =>
        [.. decision.Grants.Where(g => state.Builds.ContainsKey((int)g.Build)).Select(g => new ModelIntent((int)g.Build, null)), .. decision.Slots.Select(s => new ModelIntent((int)s, null, true)), .. decision.Starts.Select(s => new ModelIntent((int)s.Request.Id, s.Worker.Name))];

    // Each checked against what is there by now, as the claim's transaction does.
    private ModelState Do(ModelState state, IEnumerable<ModelIntent> intents, DispatchDecision? told)
    {
        foreach (var intent in intents)
        {
            var now = Locks(state);
            var table = now.Table();
            if (intent.IsSlot)
            {
                if (state.Builds.TryGetValue(intent.Id, out var returns) && returns.Phase == ModelPhase.Returns && returns.Worker != state.Gone && (Slots(state, returns.Worker) > 0 || Asking(state, returns).Lender is not null))
                    state = GoOn(state, returns);
            }
            else if (intent.Worker is null)
            {
                if (state.Builds.TryGetValue(intent.Id, out var build) && build is { Phase: ModelPhase.Asks } && now.Waiters.FirstOrDefault(w => w.Build == intent.Id) is { } waiter && waiter.Needs.All(n => table.Fits(n)))
                    state = state with { Builds = state.Builds.SetItem(build.Id, Begin(build with { Claims = [.. build.Claims.Select(c => c.Held ? c : c with { Held = true, Names = [.. table.Hold(build.Id, waiter.Needs.Single(n => n.Place.Lock == Definition(c.Lock).Id))] })], Asked = 0 })) };
                state = Children(state, intent.Id);
            }
            else if (state.Requests.TryGetValue(intent.Id, out var request) && intent.Worker != state.Gone && revisions[state.Revision].Builders.FirstOrDefault(b => b.Name == request.Builder) is { } plan)
            {
                ImmutableList<ModelClaim> claims = [.. plan.Locks.Where(l => l.From is null).Select(l => new ModelClaim(l.Name, l.Units, l.Exclusive, null, true, Through(state, request.Parent, l.Name)) { Labels = [.. l.Labels] })];
                var needs = claims.ConvertAll(c => now.Need(Definition(c.Lock).Need(c.Units, c.Exclusive, Array.IndexOf(workers, intent.Worker) + 1, intent.Worker, c.Labels), request.Parent ?? 0));
                var isLent = Lent(state, request) is { } lent && workers[lent.Worker - 1] == intent.Worker;
                var directories = Group(state, request.Builder)?.Directories ?? [];
                if ((Slots(state, intent.Worker) <= 0 && !isLent) || !needs.TrueForAll(n => table.Fits(n)) || DirectoryGroups.Used(plan).Any(d => state.Homes.TryGetValue(d, out var home) && home != intent.Worker))
                    continue;
                // Written with the claim, and never changed by one.
                foreach (var directory in directories.Where(d => !state.Homes.ContainsKey(d)))
                    state = state with { Homes = state.Homes.Add(directory, intent.Worker) };
                claims = [.. claims.Zip(needs, (c, n) => c with { Names = [.. table.Hold(request.Id, n)] })];
                var build = new ModelBuild(request.Id, request.Builder, state.Revision, request.Parent, intent.Worker, -1, ModelPhase.Runs, claims, 0);
                state = GoOn(state with { Requests = state.Requests.Remove(request.Id) }, build);
            }
        }
        return told is null ? state : Stood(state, told);
    }

    // Which builders stand in a line is stored after the claims.
    private static ModelState Stood(ModelState state, DispatchDecision decision)
    {
        var standing = decision.Waits.Where(w => w.Kind is WaitKind.LockHeld or WaitKind.LockLine && state.Requests.ContainsKey((int)w.Request)).Select(w => state.Requests[(int)w.Request].Builder).ToHashSet();
        var now = state.Now;
        return state with { Places = standing.ToImmutableSortedDictionary(b => b, b => state.Places.GetValueOrDefault(b, now)) };
    }

    private static bool Same(ImmutableSortedDictionary<string, int> one, ImmutableSortedDictionary<string, int> other) => one.Keys.SequenceEqual(other.Keys);

    // The step is over: what was held for steps before the next one is free, and the next one asks for what it lacks, in one transaction.
    private ModelState GoOn(ModelState state, ModelBuild build)
    {
        var (plan, step) = (Plan(build), build.Step + 1);
        if (step == plan.Steps.Count)
        {
            var over = state with { Builds = state.Builds.Remove(build.Id) };
            return Streams.Contains(build.Builder) && build.Parent is null ? over with { Requests = over.Requests.Add(build.Id, new(build.Id, build.Builder, null, state.Now)) } : over;
        }
        var kept = build.Claims.RemoveAll(c => c.Until < step);
        // The rule of what a step lacks is the engine's own.
        var asked = StepLock.Missing(new BuildState
        {
            BuildId = build.Id, BuilderId = 0, RequestId = build.Id, BuildsetId = 0, WorkerId = 0, Number = 1, Epoch = 1, Properties = [],
            Plan = new() { Builder = plan, Directory = "", SourceStamps = [], Buildset = new(0, "", null), Worker = new(build.Worker, []) },
            StepLocks = [.. kept.Where(c => c.Until is not null).Select(c => new StepLock(c.Lock, c.Units, c.Exclusive, c.Until!.Value, string.Join(',', c.Labels)))],
        }, step);
        var next = build with { Step = step, Asked = 0, Claims = [.. kept, .. asked.Select(a => new ModelClaim(a.Name, a.Units, a.Exclusive, a.Until, false, Through(state, build.Parent, a.Name)) { Labels = [.. a.AllLabels] })] };
        next = asked.Count > 0 ? next with { Phase = ModelPhase.Asks, Asked = state.Now } : Begin(next with { Asked = 0 });
        return Children(state with { Builds = state.Builds.SetItem(build.Id, next) }, build.Id);
    }

    private ModelBuild Begin(ModelBuild build) => build with { Phase = Plan(build).Steps[build.Step] is TriggerStepConfiguration { Wait: true } ? ModelPhase.Waits : ModelPhase.Runs };

    // A trigger step that has begun has set its builds off, once.
    private ModelState Children(ModelState state, int id)
    {
        if (!state.Builds.TryGetValue(id, out var build) || build.Phase == ModelPhase.Asks || Plan(build).Steps[build.Step] is not TriggerStepConfiguration trigger)
            return state;
        foreach (var (index, target) in trigger.Targets.Index().Where(t => revisions[state.Revision].Builders.Any(b => b.Name == t.Item.Builder)))
        {
            var child = (id * 100) + (build.Step * 10) + index + 1;
            if (!state.Requests.ContainsKey(child) && !state.Builds.ContainsKey(child))
                state = state with { Requests = state.Requests.Add(child, new(child, target.Builder, trigger.Wait ? id : null)) };
        }
        return state;
    }
}
