namespace Weir.Shared.Configuration;

/// <summary>What a node of the graph is.</summary>
public enum GraphKind
{
    ChangeSource,
    Scheduler,
    Builder,

    /// <summary>Workers that several builders may use alike, drawn as one to spare lines.</summary>
    Pool,
    Worker,
    Lock,

    /// <summary>A directory that builders share.</summary>
    Directory,
}

/// <summary>One thing of the configuration in the graph.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name in the configuration; of a pool what its workers have in common.</param>
/// <param name="Note">What it is in one word or two: a scheduler's or source's type, a lock's capacity.</param>
/// <param name="Project">A builder's project.</param>
public sealed record GraphNode(GraphKind Kind, string Name, string Note = "", string? Project = null)
{
    /// <summary>Its name in addresses and in the page: <c>builder/lib-linux</c>.</summary>
    public string Key { get; } = KeyOf(Kind, Name);

    public static string KeyOf(GraphKind kind, string name) => $"{Word(kind)}/{name}";

    /// <summary>The word of a kind in keys.</summary>
    public static string Word(GraphKind kind) => kind switch
    {
        GraphKind.ChangeSource => "source",
        GraphKind.Scheduler => "scheduler",
        GraphKind.Builder => "builder",
        GraphKind.Pool => "pool",
        GraphKind.Worker => "worker",
        GraphKind.Directory => "directory",
        _ => "lock",
    };
}

/// <summary>One thing bears on another.</summary>
/// <param name="From">The key of the one.</param>
/// <param name="To">The key of the other.</param>
/// <param name="Word">What the one does to the other: <c>starts</c>, <c>triggers</c>, <c>runs on</c> …</param>
public sealed record GraphEdge(string From, string To, string Word);

/// <summary>Change sources, schedulers, builders, workers and locks of a revision, and what leads from which to which.</summary>
public sealed record ConfigurationGraph(long Revision, IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphEdge> Edges)
{
    public static ConfigurationGraph Empty { get; } = new(0, [], []);

    /// <summary>The chosen nodes, all that leads to them, and all that comes of them.</summary>
    public ConfigurationGraph Around(Func<GraphNode, bool> chosen)
    {
        var start = Nodes.Where(chosen).Select(n => n.Key).ToList();
        var kept = Reached(start, Edges.ToLookup(e => e.From, e => e.To));
        kept.UnionWith(Reached(start, Edges.ToLookup(e => e.To, e => e.From)));
        return new(Revision, [.. Nodes.Where(n => kept.Contains(n.Key))], [.. Edges.Where(e => kept.Contains(e.From) && kept.Contains(e.To))]);
    }

    private static HashSet<string> Reached(IReadOnlyList<string> start, ILookup<string, string> next)
    {
        var (reached, open) = (start.ToHashSet(), new Stack<string>(start));
        while (open.TryPop(out var key))
        {
            foreach (var further in next[key].Where(reached.Add))
                open.Push(further);
        }
        return reached;
    }
}

/// <summary>Reads the graph of the configuration in force.</summary>
public interface IGraphQueries
{
    /// <summary>Empty while there is no configuration.</summary>
    Task<ConfigurationGraph> InForce(CancellationToken cancellation);
}
