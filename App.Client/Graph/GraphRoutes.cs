namespace Weir.App.Client.Graph;

/// <summary>Where lines pass the columns between their ends: between the nodes that stand there, as near to the straight way as may be.</summary>
public sealed class GraphRoutes
{
    // In rows: half of what a node takes, and how far apart lines of different nodes run where two nodes stand close.
    private const double Half = 0.5;
    private const double Apart = 0.035;
    private const int Lanes = 3;

    private readonly double[][] _heights;
    private readonly double _rows;

    public GraphRoutes(GraphLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        _heights = [.. Enumerable.Range(0, layout.Columns.Count).Select(c => layout.Nodes.Where(n => n.Column == c).Select(n => n.Y).Order().ToArray())];
        _rows = layout.Rows;
    }

    /// <summary>Heights in rows, one for each column between the two; none where the line leads back.</summary>
    public IReadOnlyList<double> Between(PlacedNode from, PlacedNode to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var heights = new List<double>();
        var y = from.Y;
        for (var c = from.Column + 1; c < to.Column; c++)
        {
            var straight = y + ((to.Y - y) / (to.Column - c + 1));
            y = Free(_heights[c]).Select(f => Math.Clamp(straight, f.From, f.To)).MinBy(f => Math.Abs(f - straight)) + Lane(from);
            heights.Add(y);
        }
        return heights;
    }

    // Between each two neighbours, above the first and below the last.
    private IEnumerable<(double From, double To)> Free(double[] nodes)
    {
        var from = 0.0;
        foreach (var node in nodes)
        {
            if (node - Half >= from)
                yield return (from, node - Half);
            from = node + Half;
        }
        if (_rows >= from)
            yield return (from, _rows);
    }

    private static double Lane(PlacedNode from) => (((int)from.Y % Lanes) - (Lanes / 2)) * Apart;
}
