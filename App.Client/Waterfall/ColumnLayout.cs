namespace Weir.App.Client.Waterfall;

/// <summary>A build as the layout sees it. Times in milliseconds since 1970; no end: it runs. The worse the result, the higher the rank.</summary>
public readonly record struct LayoutBlock(long Id, long Start, long? End, int Rank);

/// <summary>Where a build stands: pixels from the bottom, in which of how many lanes. A cluster holds the builds that found no room of their own, its own build first.</summary>
public sealed record LayoutBox(long Id)
{
    public double Bottom { get; set; }
    public double Height { get; set; }
    public int Lane { get; set; }
    public int Lanes { get; set; } = 1;
    public bool Running { get; set; }
    public int Rank { get; set; }
    public List<long> Members { get; } = [];
    public double Top => Bottom + Height;
}

/// <summary>
/// Places the builds of one column, oldest first, so that a new one never moves an old one: side by side when they overlap in time, each at least
/// <see cref="LeastHeight"/> high, pushed up a little where the one below takes its room, gathered into a cluster where that is not enough.
/// <c>columns.ts</c> computes the same; both run <c>axis-cases.json</c>.
/// </summary>
public static class ColumnLayout
{
    public const double LeastHeight = 14;
    public const double MostPush = 18;
    public const int MostLanes = 3;

    public static IReadOnlyList<LayoutBox> Place(IReadOnlyList<LayoutBlock> blocks, Axis axis)
    {
        var boxes = new List<LayoutBox>();
        var group = new List<LayoutBox>();
        var ends = new long[MostLanes];
        var last = new LayoutBox?[MostLanes];
        Array.Fill(ends, long.MinValue);
        foreach (var block in blocks)
        {
            if (group.Count > 0 && Array.TrueForAll(ends, end => end <= block.Start))
                CloseGroup(group, last);
            var bottom = axis.Y(block.Start);
            var top = block.End is { } end ? axis.Y(end) : axis.Height;
            var lane = Array.FindIndex(ends, e => e <= block.Start);
            if (lane < 0)
            {
                // More run at once than there are lanes: the last lane's block counts them. If what stands there is of an older group, growing it would cover the others.
                var host = last[MostLanes - 1]!;
                if (group.Contains(host))
                    Absorb(host, block, top);
                else if (group.Count > 0)
                    Absorb(group[^1], block, top);
                else
                    Absorb(host, block, null);
                ends[MostLanes - 1] = Math.Max(ends[MostLanes - 1], block.End ?? long.MaxValue);
                continue;
            }
            var floor = last[lane]?.Top ?? 0;
            if (bottom < floor)
            {
                var canShowItself = block.End is null || floor - bottom <= MostPush || top - floor >= LeastHeight;
                if (!canShowItself)
                {
                    Absorb(last[lane]!, block, null);
                    ends[lane] = block.End!.Value;
                    continue;
                }
                bottom = floor;
            }
            var box = new LayoutBox(block.Id) { Bottom = bottom, Height = Math.Max(LeastHeight, top - bottom), Lane = lane, Running = block.End is null, Rank = block.Rank };
            box.Members.Add(block.Id);
            boxes.Add(box);
            group.Add(box);
            last[lane] = box;
            ends[lane] = block.End ?? long.MaxValue;
        }
        CloseGroup(group, last);
        return boxes;
    }

    private static void Absorb(LayoutBox into, LayoutBlock block, double? top)
    {
        into.Members.Add(block.Id);
        into.Rank = Math.Max(into.Rank, block.Rank);
        into.Running |= block.End is null;
        if (top > into.Top)
            into.Height = top.Value - into.Bottom;
    }

    /// <summary>Builds that overlap share the column's width; the next group stands above the highest of them.</summary>
    private static void CloseGroup(List<LayoutBox> group, LayoutBox?[] last)
    {
        var lanes = group.Count == 0 ? 1 : group.Max(b => b.Lane) + 1;
        foreach (var box in group)
            box.Lanes = lanes;
        group.Clear();
        var highest = last.MaxBy(b => b?.Top ?? 0);
        Array.Fill(last, highest);
    }
}
