using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Whoever holds <see cref="Held"/> may ask for <see cref="Asked"/>: builds of <see cref="Builder"/> do, at the step with that number.</summary>
internal sealed record LockEdge(LockNode Held, LockNode Asked, string Builder, int Step, string StepName);

/// <summary>A lock, or of scope worker the one on the workers of a name.</summary>
internal readonly record struct LockNode(string Lock, string? Worker)
{
    public override string ToString() => Worker is null ? Lock : $"{Lock} on {Worker}";
}

/// <summary>
/// Who may ask for what while holding something, from the configuration alone. Without a circle in it no circle of holdings can arise, whatever runs when (invariant 7): all locks of a build
/// are taken together when it starts, all locks of a step (and of the runs of steps that begin with it) together when that begins.
/// </summary>
internal sealed class LockOrder
{
    private readonly Dictionary<LockNode, Dictionary<LockNode, LockEdge>> edges = [];

    public static LockOrder Of(WeirConfiguration model)
    {
        var order = new LockOrder();
        var scopes = model.Locks.ToDictionary(l => l.Name, l => l.Scope);
        foreach (var builder in model.Builders.Where(b => b.Locks.Count > 0 || b.Steps.Any(s => s.Locks.Count > 0)))
            order.Add(builder, scopes, [.. model.Workers.Where(w => WorkerMatching.Matches(builder.Workers, w.Name, w.Tags) || builder.Workers.Names.Any(n => WorkerMatching.MatchesName(w.Name, n))).Select(w => w.Name)]);
        return order;
    }

    public void Add(BuilderConfiguration builder, IReadOnlyDictionary<string, LockScope> scopes, IReadOnlyList<string> workers)
    {
        var holds = Holds(builder).ToList();
        foreach (var asked in holds.Where(h => h.First >= 0))
        {
            // What begins together is taken together; the same lock twice, though, is more of it than one asks for.
            foreach (var held in holds.Where(h => h.First < asked.First ? asked.First <= h.Last : h.First == asked.First && h.Lock == asked.Lock && h != asked))
            {
                foreach (var worker in scopes[held.Lock] == LockScope.Worker || scopes[asked.Lock] == LockScope.Worker ? workers : [""])
                    Add(new(Node(held.Lock, worker), Node(asked.Lock, worker), builder.Name, asked.First, builder.Steps[asked.First].Name));
            }
        }

        LockNode Node(string name, string worker) => new(name, scopes[name] == LockScope.Worker ? worker : null);
    }

    // From a step to a step. A build's own locks are there before its first step.
    private sealed record Hold(string Lock, int First, int Last, bool OfStep);

    private static IEnumerable<Hold> Holds(BuilderConfiguration builder) =>
        builder.Locks.Select(l => Span(l, builder) is var (first, last) ? new Hold(l.Name, first, last, false) : new Hold(l.Name, -1, int.MaxValue, false))
            .Concat(builder.Steps.SelectMany((s, i) => s.Locks.Select(l => new Hold(l.Name, i, i, true))));

    private void Add(LockEdge edge)
    {
        if (!edges.TryGetValue(edge.Held, out var from))
            edges[edge.Held] = from = [];
        from.TryAdd(edge.Asked, edge);
    }

    /// <summary>The shortest circle through the first lock that is in one; null: there is none.</summary>
    public IReadOnlyList<LockEdge>? Circle()
    {
        foreach (var start in edges.Keys.OrderBy(n => n.Lock, StringComparer.Ordinal).ThenBy(n => n.Worker, StringComparer.Ordinal))
        {
            var cameBy = new Dictionary<LockNode, LockEdge>();
            var queue = new Queue<LockNode>([start]);
            while (queue.TryDequeue(out var node) && !cameBy.ContainsKey(start))
            {
                foreach (var edge in edges.GetValueOrDefault(node)?.Values ?? Enumerable.Empty<LockEdge>())
                {
                    if (cameBy.TryAdd(edge.Asked, edge))
                        queue.Enqueue(edge.Asked);
                }
            }
            if (!cameBy.ContainsKey(start))
                continue;
            var circle = new List<LockEdge>();
            for (var edge = cameBy[start]; ; edge = cameBy[edge.Held])
            {
                circle.Insert(0, edge);
                if (edge.Held == start)
                    return circle;
            }
        }
        return null;
    }

    public static string InWords(IReadOnlyList<LockEdge> circle) => circle is [var alone] && alone.Held == alone.Asked
        ? $"A build of {alone.Builder} holds {alone.Held} when its step {alone.StepName} asks for more of it: two such builds could wait for each other for ever. Take all of it at once, with the build or with the step."
        : $"Builds could wait for one another for ever: {string.Join("; ", circle.Select(e => $"{e.Builder} holds {e.Held} while its step {e.StepName} asks for {e.Asked}"))}. Take these locks in one order everywhere, or all at once with the build.";

    /// <summary>The numbers of the steps of a run; null: the whole build.</summary>
    public static (int First, int Last)? Span(LockUse use, BuilderConfiguration builder) => use is { From: { } from, To: { } to } ? (Place(from, builder), Place(to, builder)) : null;

    public static int Place(string step, BuilderConfiguration builder) => builder.Steps.Index().Where(s => s.Item.Name == step).Select(s => s.Index).FirstOrDefault(-1);
}
