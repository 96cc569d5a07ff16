using System.Collections.Immutable;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>A lock, of scope worker the one on a worker (or the workers of a pattern); without a lock: a slot on that worker.</summary>
internal readonly record struct LockNode(string? Lock, string? Worker)
{
    public override string ToString() => Lock is null ? $"a slot on {LockOrder.Plain(Worker)}" : Worker is not null ? $"{Lock} on {LockOrder.Plain(Worker)}" : SharedDirectories.Of(Lock) is null ? Lock : SharedDirectories.InWords(Lock);
}

/// <summary>Whoever holds something may, in this step, wait until all of any one of <see cref="Any"/> can be had.</summary>
/// <param name="Builder">Whose builds.</param>
/// <param name="Step">The number of the step.</param>
/// <param name="StepName">Its name.</param>
/// <param name="For">The builder of the builds that it waits for; null: it waits for a lock itself.</param>
/// <param name="Any">One of these is enough, but with all that stands in it.</param>
internal sealed record LockDemand(string Builder, int Step, string StepName, string? For, IReadOnlyList<IReadOnlyList<LockNode>> Any)
{
    /// <summary>It waits for ever, if these are held for ever.</summary>
    public bool IsStuck(IReadOnlySet<LockNode> held) => Any.All(a => a.Any(held.Contains));

    public bool IsAs(LockDemand other) => Any.Count == other.Any.Count && Any.Zip(other.Any).All(p => p.First.SequenceEqual(p.Second));
}

/// <summary>A build that is open: its frozen plan, its worker, and the step that it has come to.</summary>
internal sealed record OpenPlan(BuilderConfiguration Builder, string Worker, int Step);

/// <summary>One link of a circle.</summary>
internal sealed record LockEdge(LockNode Held, LockDemand Demand, LockNode Asked)
{
    public string Builder => Demand.Builder;
    public int Step => Demand.Step;
}

/// <summary>
/// Proves from the configuration alone that no circle of holdings can arise, whatever runs when (invariant 7). Builds hold locks (for themselves, a run of steps or a step) and a slot on their worker, and may ask for
/// more while they do: a step for its locks, a trigger that waits for what the builds it has set off need. All that begins together is taken together. What can be held for ever is what somebody may hold while he waits for
/// something that can be held for ever: the largest such set is empty, or holds a circle. A shared directory is a lock, and keeps its builders on one worker: each on which that may be is looked at by itself.
/// </summary>
internal sealed class LockOrder
{
    // One of several workers that a pattern stands for.
    private const char Another = '\u2032';

    private readonly IReadOnlyList<(string Name, WorkerConfiguration Worker)> places;
    private readonly HashSet<string> scattered;
    private readonly ILookup<string, BuilderConfiguration> builders;
    private readonly Dictionary<string, LockScope> scopes;
    private readonly Dictionary<string, string[]> workers;
    private readonly Dictionary<LockNode, List<LockDemand>> held = [];

    private LockOrder(WeirConfiguration model, IReadOnlyList<OpenPlan> open, IReadOnlyList<(string Name, WorkerConfiguration Worker)> places, IReadOnlyDictionary<string, string[]> usable, IReadOnlyDictionary<string, string> homes)
    {
        this.places = places;
        builders = model.Builders.Concat(open.Select(o => o.Builder)).ToLookup(b => b.Name);
        scopes = model.Locks.ToDictionary(l => l.Name, l => l.Scope);
        workers = model.Builders.ToDictionary(b => b.Name, b => homes.TryGetValue(b.Name, out var home) ? [home] : usable[b.Name]);
        scattered = [.. DirectoryGroups.Of(model).SelectMany(g => g.Builders).Select(b => b.Name).Where(b => !homes.ContainsKey(b))];
        // Of a builder that is gone there are only the builds that are open.
        foreach (var gone in open.Where(o => !workers.ContainsKey(o.Builder.Name)).GroupBy(o => o.Builder.Name).ToList())
            workers[gone.Key] = [.. gone.SelectMany(o => At(o.Worker)).Distinct()];
    }

    public static IReadOnlyList<LockEdge>? Circle(WeirConfiguration model) => Circle(model, []);

    /// <summary>
    /// Of a revision together with the plans of builds that began under earlier ones and are still open. They go by what these say, from the step on to which they have come; builds that begin go by the revision.
    /// A circle of what can be held for ever; null: there is none.
    /// </summary>
    public static IReadOnlyList<LockEdge>? Circle(WeirConfiguration model, IReadOnlyList<OpenPlan> open)
    {
        if (!model.Builders.Any(Asks) && !open.Any(o => Asks(o.Builder)))
            return null;
        // Two groups of directories may be on two of the workers of a pattern.
        var groups = DirectoryGroups.Of(model).Count;
        var places = model.Workers.SelectMany(w => Enumerable.Range(0, w.Name.Contains('*', StringComparison.Ordinal) ? Math.Max(1, groups) : 1).Select(n => (w.Name + new string(Another, n), w))).ToList();
        var usable = Usable(model.Builders, places);
        return DirectoryHomes.Of(model, usable, open.SelectMany(o => At(o.Worker, places)).ToHashSet()).Select(homes => Of(model, open, places, usable, homes).Circle()).FirstOrDefault(c => c is not null);
    }

    private static LockOrder Of(WeirConfiguration model, IReadOnlyList<OpenPlan> open, IReadOnlyList<(string Name, WorkerConfiguration Worker)> places, IReadOnlyDictionary<string, string[]> usable, IReadOnlyDictionary<string, string> homes)
    {
        var order = new LockOrder(model, open, places, usable, homes);
        foreach (var builder in model.Builders.Where(Asks))
            order.Add(builder, order.workers[builder.Name], 0);
        foreach (var plan in open.Where(o => Asks(o.Builder)))
            order.Add(plan.Builder, order.At(plan.Worker), plan.Step);
        return order;
    }

    /// <summary>It holds or asks for something that others may wait for; its slot alone it gives back by itself.</summary>
    public static bool Asks(BuilderConfiguration builder) => builder.Locks.Count > 0 || builder.Steps.Any(s => s.Locks.Count > 0 || s is TriggerStepConfiguration { Wait: true });

    // A worker as the configuration may name it: by its name, and by each pattern.
    private string[] At(string worker) => At(worker, places);

    private static string[] At(string worker, IReadOnlyList<(string Name, WorkerConfiguration Worker)> places) => [.. places.Where(w => WorkerMatching.MatchesName(w.Worker.Name, worker)).Select(w => w.Name).Append(worker).Distinct()];

    // Many builders want the same.
    private static Dictionary<string, string[]> Usable(IReadOnlyList<BuilderConfiguration> builders, IReadOnlyList<(string Name, WorkerConfiguration Worker)> places)
    {
        var known = new Dictionary<string, string[]>();
        var usable = new Dictionary<string, string[]>(builders.Count);
        foreach (var builder in builders)
        {
            var wanted = $"{string.Join(' ', builder.Workers.Names)}\n{string.Join(' ', builder.Workers.Tags)}";
            if (!known.TryGetValue(wanted, out var its))
                known[wanted] = its = [.. places.Where(p => MayUse(builder, p.Worker)).Select(p => p.Name)];
            usable[builder.Name] = its;
        }
        return usable;
    }

    /// <summary>A worker's name, or the pattern that stands for it, as people know it.</summary>
    public static string? Plain(string? worker) => worker?.TrimEnd(Another);

    // A name and a pattern may mean the same worker, whichever of the two is the builder's.
    private static bool MayUse(BuilderConfiguration builder, WorkerConfiguration worker) =>
        WorkerMatching.Matches(builder.Workers, worker.Name, worker.Tags) || builder.Workers.Names.Any(n => WorkerMatching.MatchesName(worker.Name, n));

    private void Add(BuilderConfiguration builder, IEnumerable<string> on, int from)
    {
        var holds = Holds(builder).ToList();
        foreach (var worker in on)
        {
            for (var step = Math.Max(0, from); step < builder.Steps.Count; step++)
            {
                var asks = holds.Where(h => h.First == step).ToList();
                foreach (var asked in asks)
                {
                    LockDemand demand = new(builder.Name, step, builder.Steps[step].Name, null, [[Node(asked.Lock, worker)]]);
                    Add(new(null, worker), demand);
                    // What begins together is taken together; the same lock twice, though, is more of it than one asks for.
                    foreach (var before in holds.Where(h => h.First < step ? step <= h.Last : h.First == step && h.Lock == asked.Lock && h != asked))
                        Add(Node(before.Lock, worker), demand);
                }
                // Who gives his slot up holds nothing meanwhile, nor when he asks for it again.
                if (builder.Steps[step] is not TriggerStepConfiguration { Wait: true, ReleasesSlot: false } trigger)
                    continue;
                foreach (var demand in trigger.Targets.SelectMany(t => builders[t.Builder]).SelectMany(b => Needed(b, [worker], trigger.Inherit, [])).Select(n => new LockDemand(builder.Name, step, trigger.Name, n.Builder, n.Any)))
                {
                    Add(new(null, worker), demand);
                    foreach (var before in holds.Where(h => h.First <= step && step <= h.Last))
                        Add(Node(before.Lock, worker), demand);
                }
            }
        }
    }

    // What the builds of a builder need to begin and to end, and those that they wait for. A build lends its slot to one of those for which it waits: on its worker they need none of their own. Of what they may use of its locks
    // they need nothing either; what they do to one another there, their own holdings say.
    private IEnumerable<(string Builder, IReadOnlyList<IReadOnlyList<LockNode>> Any)> Needed(BuilderConfiguration child, IReadOnlyCollection<string?> parents, IReadOnlyCollection<string> inherited, ImmutableStack<BuilderConfiguration> above)
    {
        // Only through plans of builds that are open could one come to itself again.
        if (above.Contains(child))
            yield break;
        var its = workers[child.Name];
        // Where no worker is, it says so itself: that is no circle.
        if (its.Length == 0)
            yield break;
        var holds = Holds(child).Select(h => (h.Lock, h.First, OfWorkers: IsOfWorkers(h.Lock), Inherited: inherited.Contains(h.Lock))).ToList();
        // It begins on one worker, where it needs all at once.
        foreach (var parent in parents.Select(p => p is not null && its.Contains(p) ? p : null).Distinct())
        {
            if (parent is not null && !holds.Exists(h => h is { First: < 0, OfWorkers: true, Inherited: false }))
                continue;
            var begins = its.Select(w => (IReadOnlyList<LockNode>)[.. w == parent ? [] : new[] { new LockNode(null, w) }, .. holds.Where(h => h is { First: < 0, OfWorkers: true } && !(h.Inherited && w == parent)).Select(h => new LockNode(h.Lock, w))]).ToList();
            // Of one that may have to be on any of them, all have to be possible.
            foreach (var begin in scattered.Contains(child.Name) ? begins.Where(b => b.Count > 0) : [])
                yield return (child.Name, [begin]);
            if (begins.TrueForAll(b => b.Count > 0))
                yield return (child.Name, begins);
        }
        foreach (var name in holds.Where(h => h is { OfWorkers: false, Inherited: false }).Select(h => h.Lock).Distinct())
            yield return (child.Name, [[new LockNode(name, null)]]);
        // When it asks for more it is on a worker already, whichever that is.
        foreach (var (name, _, _, isInherited) in holds.Where(h => h is { First: >= 0, OfWorkers: true }).DistinctBy(h => h.Lock))
        {
            foreach (var worker in its.Where(w => !isInherited || parents.Any(p => p != w) || w.Contains('*', StringComparison.Ordinal)))
                yield return (child.Name, [[new LockNode(name, worker)]]);
        }
        var triggers = child.Steps.OfType<TriggerStepConfiguration>().Where(t => t.Wait).ToList();
        foreach (var need in triggers.SelectMany(t => t.Targets.SelectMany(b => builders[b.Builder]).SelectMany(b => Needed(b, t.ReleasesSlot ? (string?[])[null] : its, t.Inherit, above.Push(child)))))
            yield return need;
        // It asks for a slot where it is, and may have that of the one that waits for it, if he is there.
        foreach (var worker in triggers.Exists(t => t.ReleasesSlot) ? its.Where(w => parents.Any(p => p != w)) : [])
            yield return (child.Name, [[new LockNode(null, worker)]]);
    }

    private bool IsOfWorkers(string name) => scopes.GetValueOrDefault(name) == LockScope.Worker;

    private LockNode Node(string name, string worker) => new(name, IsOfWorkers(name) ? worker : null);

    // From a step to a step. A build's own locks are there before its first step.
    private sealed record Hold(string Lock, int First, int Last, bool OfStep);

    private static IEnumerable<Hold> Holds(BuilderConfiguration builder) =>
        builder.Locks.Select(l => Span(l, builder) is var (first, last) ? new Hold(l.Name, first, last, false) : new Hold(l.Name, -1, int.MaxValue, false))
            .Concat(builder.Steps.SelectMany((s, i) => s.Locks.Select(l => new Hold(l.Name, i, i, true))));

    private void Add(LockNode holder, LockDemand demand)
    {
        if (!held.TryGetValue(holder, out var demands))
            held[holder] = demands = [];
        if (!demands.Exists(demand.IsAs))
            demands.Add(demand);
    }

    private IReadOnlyList<LockEdge>? Circle()
    {
        var stuck = held.Keys.ToHashSet();
        while (stuck.RemoveWhere(n => !held[n].Exists(d => d.IsStuck(stuck))) > 0)
        {
        }
        // Locks first: they are what people think of.
        if (stuck.OrderBy(n => n.Lock is null).ThenBy(n => n.Lock, StringComparer.Ordinal).ThenBy(n => n.Worker, StringComparer.Ordinal).Select(n => (LockNode?)n).FirstOrDefault() is not { } start)
            return null;
        var path = new List<LockEdge>();
        for (var node = start; path.TrueForAll(e => e.Held != node);)
        {
            // The shortest way back, so that the sentence says no more than it must.
            var (demand, those) = held[node].Where(d => d.IsStuck(stuck)).Select(d => (Demand: d, Those: d.Any.SelectMany(a => a).Where(stuck.Contains).ToList()))
                .OrderByDescending(d => d.Those.Contains(node)).ThenByDescending(d => d.Those.Exists(a => path.Exists(e => e.Held == a))).ThenBy(d => d.Those[0].Lock is null).First();
            var asked = those.OrderByDescending(a => a == node).ThenByDescending(a => path.Exists(e => e.Held == a)).First();
            path.Add(new(node, demand, asked));
            node = asked;
        }
        return path.GetRange(path.FindIndex(e => e.Held == path[^1].Asked), path.Count - path.FindIndex(e => e.Held == path[^1].Asked));
    }

    public static string InWords(IReadOnlyList<LockEdge> circle)
    {
        if (circle is [{ Demand.For: null } alone] && alone.Held == alone.Asked)
            return $"A build of {alone.Builder} holds {alone.Held} when its step {alone.Demand.StepName} asks for more of it: two such builds could wait for each other for ever. Take all of it at once, with the build or with the step.";
        var cure = circle.Any(e => e.Held.Lock is null) ? "Let those that wait give up their place on the worker meanwhile (`release: worker`), let the builds that are waited for run on the workers of those that wait, or trigger them without \"wait: true\"."
            : circle.Any(e => e.Demand.For is not null) ? "Do not hold over a trigger what the builds it waits for need, let them use what it holds (`inherit`), or trigger them without \"wait: true\"."
            : "Take these locks in one order everywhere, or all at once with the build.";
        return $"{Links(circle)}. {cure}";
    }

    /// <summary>The circle alone, without what could be done about it.</summary>
    public static string Links(IReadOnlyList<LockEdge> circle) => "Builds could wait for one another for ever: " + string.Join("; ", circle.Select(e => e.Demand.For is { } other
        ? $"{e.Builder} holds {e.Held} while its step {e.Demand.StepName} waits for {other}, which needs {e.Asked}"
        : $"{e.Builder} holds {e.Held} while its step {e.Demand.StepName} asks for {e.Asked}"));

    /// <summary>All that a build holds over a step.</summary>
    public static IEnumerable<LockUse> HeldAt(BuilderConfiguration builder, int step) =>
        builder.Steps[step].Locks.Concat(builder.Locks.Where(l => Span(l, builder) is not var (first, last) || (first <= step && step <= last)));

    /// <summary>The numbers of the steps of a run; null: the whole build.</summary>
    public static (int First, int Last)? Span(LockUse use, BuilderConfiguration builder) => use is { From: { } from, To: { } to } ? (Place(from, builder), Place(to, builder)) : null;

    public static int Place(string step, BuilderConfiguration builder) => builder.Steps.Index().Where(s => s.Item.Name == step).Select(s => s.Index).FirstOrDefault(-1);
}
