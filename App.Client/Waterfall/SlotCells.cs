namespace Weir.App.Client.Waterfall;

/// <summary>The builds of a summary column that ended within one slot of sixteen pixels, and the worst of them.</summary>
public readonly record struct SlotCell(int Slot, int Count, int Rank);

/// <summary>Many builds as one column: the end of a build decides its slot, so a new one never moves an old one. <c>cells.ts</c> computes the same.</summary>
public static class SlotCells
{
    public const double Height = 16;

    public static IReadOnlyList<SlotCell> Of(IEnumerable<(long End, int Rank)> ends, Axis axis)
    {
        var cells = new SortedDictionary<int, SlotCell>();
        foreach (var (end, rank) in ends)
        {
            var slot = (int)Math.Floor(axis.Y(end) / Height);
            var cell = cells.GetValueOrDefault(slot, new(slot, 0, 0));
            cells[slot] = new(slot, cell.Count + 1, Math.Max(cell.Rank, rank));
        }
        return [.. cells.Values];
    }
}
