using Weir.Shared.Configuration;

namespace Weir.App.Client.Graph;

/// <summary>A node at its place: the middle of its left edge stands at <see cref="Y"/> in column <see cref="Column"/>; in rows, from the top.</summary>
public sealed record PlacedNode(GraphNode Node, int Column, double Y);

/// <summary>The picture of a graph: columns from what begins to what is used, <see cref="Rows"/> high.</summary>
public sealed record GraphLayout(IReadOnlyList<string> Columns, IReadOnlyList<PlacedNode> Nodes, double Rows)
{
    private const int Sweeps = 8;

    public static GraphLayout Of(ConfigurationGraph graph)
    {
        var ranks = Ranks(graph);
        var columns = graph.Nodes.GroupBy(n => ranks[n.Key]).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        if (columns.Length == 0)
            return new([], [], 0);
        Untangle(columns, graph);
        var rows = Spread(columns, graph, out var height);
        return new(
            [.. columns.Select(Title)],
            [.. columns.SelectMany((column, c) => column.Select(n => new PlacedNode(n, c, rows[n.Key])))],
            height);
    }

    /// <summary>
    /// How deep each node stands: a scheduler behind the builders that trigger it, a builder behind the schedulers that start it, workers and locks behind all.
    /// What leads back to where one came from (a builder that sets itself off) is left out of the count.
    /// </summary>
    private static Dictionary<string, int> Ranks(ConfigurationGraph graph)
    {
        var kinds = graph.Nodes.ToDictionary(n => n.Key, n => n.Kind);
        var causes = graph.Edges.ToLookup(e => e.To, e => e.From);
        var ranks = new Dictionary<string, int>();
        var path = new HashSet<string>();
        foreach (var node in graph.Nodes.Where(n => n.Kind is GraphKind.ChangeSource or GraphKind.Scheduler or GraphKind.Builder))
            Rank(node.Key);
        var last = ranks.Count == 0 ? -1 : ranks.Values.Max();
        var pools = graph.Nodes.Any(n => n.Kind == GraphKind.Pool) ? 1 : 0;
        foreach (var node in graph.Nodes.Where(n => !ranks.ContainsKey(n.Key)))
            ranks[node.Key] = last + 1 + (node.Kind == GraphKind.Pool ? 0 : pools);
        return ranks;

        int Rank(string key)
        {
            if (ranks.TryGetValue(key, out var known))
                return known;
            path.Add(key);
            // Sources stand at 0, schedulers at odd numbers, builders at even ones.
            var rank = kinds[key] switch { GraphKind.ChangeSource => 0, GraphKind.Scheduler => 1, _ => 2 };
            foreach (var cause in causes[key].Where(c => !path.Contains(c)))
                rank = Math.Max(rank, Rank(cause) + 1);
            path.Remove(key);
            return ranks[key] = rank;
        }
    }

    /// <summary>Orders each column by where its neighbours stand, forth and back (the barycentre heuristic of layered drawings), so that few lines cross.</summary>
    private static void Untangle(GraphNode[][] columns, ConfigurationGraph graph)
    {
        var neighbours = graph.Edges.SelectMany(e => new[] { (e.From, e.To), (From: e.To, To: e.From) }).ToLookup(e => e.From, e => e.To);
        var column = columns.SelectMany((nodes, c) => nodes.Select(n => (n.Key, c))).ToDictionary(n => n.Key, n => n.c);
        var place = new Dictionary<string, double>();
        foreach (var nodes in columns)
            Note(nodes);
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var forth = sweep % 2 == 0;
            foreach (var c in Enumerable.Range(0, columns.Length).Select(i => forth ? i : columns.Length - 1 - i))
            {
                var wanted = columns[c].ToDictionary(n => n.Key, n => neighbours[n.Key].Where(o => forth ? column[o] < c : column[o] > c).Select(o => place[o]).DefaultIfEmpty(place[n.Key]).Average());
                columns[c] = [.. columns[c].OrderBy(n => wanted[n.Key])];
                Note(columns[c]);
            }
        }

        void Note(GraphNode[] nodes)
        {
            foreach (var (i, node) in nodes.Index())
                place[node.Key] = (i + 0.5) / nodes.Length;
        }
    }

    /// <summary>The longest column is packed; the others, outwards from it, stand beside what they are joined to, in their order and without overlap.</summary>
    private static Dictionary<string, double> Spread(GraphNode[][] columns, ConfigurationGraph graph, out double height)
    {
        var neighbours = graph.Edges.SelectMany(e => new[] { (e.From, e.To), (From: e.To, To: e.From) }).ToLookup(e => e.From, e => e.To);
        var longest = columns.Index().MaxBy(c => c.Item.Length).Index;
        height = columns[longest].Length;
        var rows = columns[longest].Index().ToDictionary(n => n.Item.Key, n => n.Index + 0.5);
        foreach (var c in Enumerable.Range(longest + 1, columns.Length - longest - 1).Concat(Enumerable.Range(0, longest).Reverse()))
        {
            var nodes = columns[c];
            var ys = new double[nodes.Length];
            for (var i = 0; i < nodes.Length; i++)
            {
                var beside = neighbours[nodes[i].Key].Where(rows.ContainsKey).Select(k => rows[k]).ToList();
                ys[i] = Math.Max(beside.Count > 0 ? beside.Average() : 0.5, i == 0 ? 0.5 : ys[i - 1] + 1);
            }
            for (var i = nodes.Length - 1; i >= 0; i--)
                ys[i] = Math.Min(ys[i], i == nodes.Length - 1 ? height - 0.5 : ys[i + 1] - 1);
            foreach (var (i, node) in nodes.Index())
                rows[node.Key] = ys[i];
        }
        return rows;
    }

    private static string Title(GraphNode[] column)
    {
        var kinds = column.Select(n => n.Kind).Distinct().ToList();
        return kinds switch
        {
            [GraphKind.ChangeSource] => "Change sources",
            [GraphKind.Scheduler] => "Schedulers",
            [GraphKind.Builder] => "Builders",
            [GraphKind.Pool] => "Pools of workers",
            [GraphKind.Worker] => "Workers",
            [GraphKind.Lock] => "Locks",
            _ => "Workers and locks",
        };
    }
}
