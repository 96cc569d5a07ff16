namespace Weir.Engine.Tests.Locks.Model;

/// <summary>Walks all states of a small system, the shortest ways first, and tells the way to the first that must not be.</summary>
internal sealed class StateWalk
{
    private sealed record Node(ModelState State, int From, string What)
    {
        public List<(int To, int? Of)> Next { get; } = [];
    }

    private readonly List<Node> nodes = [];
    private readonly Dictionary<string, int> known = [];

    public int States => nodes.Count;

    public bool Has(Func<ModelState, bool> what) => nodes.Exists(n => what(n.State));

    /// <summary>What must not be, with the way there; null: nothing of the kind was found.</summary>
    public string? Failure { get; private set; }

    /// <param name="system">The system.</param>
    /// <param name="first">Where it begins.</param>
    /// <param name="most">No more states than that: to be so small is part of being a small system.</param>
    public static StateWalk All(SmallSystem system, ModelState first, int most = 400_000)
    {
        var walk = new StateWalk();
        walk.Add(first.Normal(), -1, "");
        for (var at = 0; at < walk.nodes.Count && walk.Failure is null; at++)
        {
            if (walk.nodes.Count > most)
                throw new InvalidOperationException($"More than {most} states: this is no small system.");
            walk.Look(system, at);
        }
        return walk;
    }

    /// <summary>The state in which nothing can go on.</summary>
    public ModelState? Stop { get; private set; }

    /// <summary>The first state in which the engine says that builds wait for one another for ever, in its words.</summary>
    public string? Standstill { get; private set; }

    private void Look(SmallSystem system, int at)
    {
        var node = nodes[at];
        Standstill ??= system.Standstill(node.State);
        if (system.Broken(node.State) is { } broken)
        {
            Failure = $"{broken}:\n{Way(at)}";
            return;
        }
        var works = false;
        foreach (var (what, of, isWork, next) in system.Next(node.State))
        {
            works |= isWork;
            node.Next.Add((Add(next.Normal(), at, what), of));
        }
        if (works || system.IsOver(node.State))
            return;
        Stop = node.State;
        Failure = $"nothing can go on:\n{Way(at)}";
    }

    private int Add(ModelState state, int from, string what)
    {
        var key = state.Key();
        if (known.TryGetValue(key, out var there))
            return there;
        known[key] = nodes.Count;
        nodes.Add(new(state, from, what));
        return nodes.Count - 1;
    }

    private string Way(int to)
    {
        var way = new List<string>();
        for (var at = to; at > 0; at = nodes[at].From)
            way.Insert(0, nodes[at].What);
        return $"{string.Join("\n", way)}\n{nodes[to].State}";
    }

    /// <summary>
    /// A way on which somebody waits for ever though every build that can go on does so again and again; null: there is none. Such a way ends in states that lie in a circle: where each build that stands in all of them takes
    /// a step within them, nobody is to blame but the order in which locks are given.
    /// </summary>
    /// <param name="waits">Whether he waits in this state.</param>
    public string? Starves(Func<ModelState, bool> waits)
    {
        var inside = nodes.Select(n => waits(n.State)).ToArray();
        foreach (var circle in Circles(inside))
        {
            var standing = circle.Select(n => nodes[n].State.Builds.Values.Where(b => b.Phase == ModelPhase.Runs).Select(b => b.Id)).Aggregate((a, b) => a.Intersect(b)).ToHashSet();
            standing.ExceptWith(circle.SelectMany(n => nodes[n].Next.Where(e => circle.Contains(e.To)).Select(e => e.Of)).OfType<int>());
            if (standing.Count == 0)
                return $"it waits for ever, as in\n{Way(circle.Min())}";
        }
        return null;
    }

    // Tarjan's strongly connected components, those with an edge; without recursion, since a walk may be long.
    private List<HashSet<int>> Circles(bool[] inside)
    {
        var (index, low, onStack) = (new int[nodes.Count], new int[nodes.Count], new bool[nodes.Count]);
        var (found, stack, count) = (new List<HashSet<int>>(), new Stack<int>(), 0);
        for (var root = 0; root < nodes.Count; root++)
        {
            if (!inside[root] || index[root] > 0)
                continue;
            var calls = new Stack<(int Node, int Edge)>([(root, 0)]);
            while (calls.TryPop(out var call))
            {
                var (node, edge) = call;
                if (edge == 0)
                {
                    index[node] = low[node] = ++count;
                    stack.Push(node);
                    onStack[node] = true;
                }
                var descended = false;
                for (; edge < nodes[node].Next.Count && !descended; edge++)
                {
                    var to = nodes[node].Next[edge].To;
                    if (!inside[to])
                        continue;
                    if (index[to] == 0)
                    {
                        calls.Push((node, edge + 1));
                        calls.Push((to, 0));
                        descended = true;
                    }
                    else if (onStack[to])
                    {
                        low[node] = Math.Min(low[node], index[to]);
                    }
                }
                if (descended)
                    continue;
                if (low[node] == index[node])
                    Take(node);
                if (calls.TryPeek(out var caller))
                    low[caller.Node] = Math.Min(low[caller.Node], low[node]);
            }
        }
        return found;

        void Take(int node)
        {
            var circle = new HashSet<int>();
            int member;
            do
            {
                member = stack.Pop();
                onStack[member] = false;
                circle.Add(member);
            }
            while (member != node);
            if (circle.Count > 1 || nodes[node].Next.Any(e => e.To == node))
                found.Add(circle);
        }
    }
}
