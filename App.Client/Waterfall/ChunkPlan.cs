using System.Globalization;
using System.Text;
using Weir.Shared.Builds;
using Weir.Shared.Changes;

namespace Weir.App.Client.Waterfall;

/// <summary>A change in its lane.</summary>
public sealed record ChangeMark(ChangeRecord Change, double Y, int More, bool IsFolded);

/// <summary>One chunk of time: its scale, and the place of each block. For the chunk that reaches up to now the browser computes the same again whenever something arrives.</summary>
public sealed class ChunkPlan
{
    private const double ChangesApart = 14;

    private readonly Dictionary<long, LayoutBox> _boxes = [];
    private readonly Dictionary<int, IReadOnlyList<SlotCell>> _cells = [];

    public ChunkPlan(WaterfallStretch stretch, WaterfallColumns columns, double zoom, IReadOnlyList<long> open)
    {
        Stretch = stretch;
        Columns = columns;
        Zoom = zoom;
        From = stretch.From.ToUnixTimeMilliseconds();
        To = stretch.To.ToUnixTimeMilliseconds();
        var isCounted = Scales.IsCounted(zoom);
        // Where builds are counted the scale is even: a fold opened at the very beginning.
        Axis = new(isCounted
            ? new AxisInput(From, To, zoom, columns.All.Count, 0, [], [From])
            : new AxisInput(From, To, zoom, columns.All.Count, stretch.Facts.Count(f => Milliseconds(f.StartedAt) <= From), Events(), open));
        Blocks = stretch.Blocks.ToLookup(b => b.Build.BuilderId);
        if (isCounted)
            Count();
        else
            Place();
        Changes = Marks();
        Ticks = Waterfall.Ticks.Of(Axis, From, To, zoom, stretch.IsLive);
    }

    public WaterfallStretch Stretch { get; }
    public WaterfallColumns Columns { get; }
    public double Zoom { get; }
    public long From { get; }
    public long To { get; }
    public Axis Axis { get; }
    public IReadOnlyList<Tick> Ticks { get; }

    /// <summary>Oldest first; those too near to the one below are folded into it.</summary>
    public IReadOnlyList<ChangeMark> Changes { get; }
    public ILookup<long, WaterfallBlock> Blocks { get; }

    /// <summary>Nothing in it can change any more.</summary>
    public bool IsSealed => !Stretch.IsLive && Stretch.Facts.All(f => f.CompletedAt is not null) && Stretch.Now - Stretch.To > TimeSpan.FromMinutes(1);

    /// <summary>Null for a build that a cluster has taken in.</summary>
    public LayoutBox? Box(long build) => _boxes.GetValueOrDefault(build);

    public IReadOnlyList<SlotCell> Cells(ShownColumn column) => _cells.GetValueOrDefault(column.Index, []);

    /// <summary>The scale for the browser: moments (after the beginning) and their heights.</summary>
    public string Knots => string.Join(' ', Axis.Knots.Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.At - From}:{k.Y:0.##}")));
    public string Folds => Text(Axis.Folds);
    public string Slow => Text(Axis.Slow);

    /// <summary>All builds of the chunk for the browser, which lays it out again as it goes on: <c>id,column,start,length,rank;</c> as differences.</summary>
    public string Facts
    {
        get
        {
            var column = new Dictionary<long, int>();
            foreach (var c in Columns.All)
            {
                foreach (var member in c.Members)
                    column[member.Id] = c.Index;
            }
            var text = new StringBuilder();
            var (id, start) = (0L, From);
            foreach (var fact in Stretch.Facts)
            {
                var at = Milliseconds(fact.StartedAt);
                text.Append(CultureInfo.InvariantCulture, $"{fact.Id - id},{column.GetValueOrDefault(fact.BuilderId, -1)},{at - start},{(fact.CompletedAt is { } end ? Milliseconds(end) - at : null)},{Ranks.Of(fact.Results)};");
                (id, start) = (fact.Id, at);
            }
            return text.ToString();
        }
    }

    private void Count()
    {
        foreach (var column in Stretch.Counts.GroupBy(c => c.Column))
            _cells[column.Key] = [.. column.Select(c => new SlotCell(c.Slot, c.Count, Ranks.Of(c.Worst)))];
    }

    private void Place()
    {
        var facts = Columns.All.Any(c => c.Builder is null) ? Stretch.Facts.ToLookup(f => f.BuilderId) : null;
        foreach (var column in Columns.All)
        {
            if (column.Builder is { } builder)
            {
                foreach (var box in ColumnLayout.Place([.. Blocks[builder.Id].Select(b => Block(b.Build)).OrderBy(b => b.Start).ThenBy(b => b.Id)], Axis))
                    _boxes[box.Id] = box;
            }
            else
                _cells[column.Index] = SlotCells.Of(column.Members.SelectMany(m => facts![m.Id]).Where(IsEndWithin).Select(f => (Milliseconds(f.CompletedAt!.Value), Ranks.Of(f.Results))), Axis);
        }
    }

    private bool IsEndWithin(BuildFact fact) => fact.CompletedAt is { } end && Milliseconds(end) > From && Milliseconds(end) <= To;

    // What ends later than the chunk reaches up to its border: of a chunk of the past it is as if it ran.
    private LayoutBlock Block(BuildSummary build) =>
        new(build.Id, Milliseconds(build.StartedAt), build.CompletedAt is { } end && Milliseconds(end) <= To ? Milliseconds(end) : null, Ranks.Of(build.Results));

    private List<AxisEvent> Events()
    {
        var events = new List<AxisEvent>();
        foreach (var fact in Stretch.Facts)
        {
            if (Milliseconds(fact.StartedAt) is var start && start > From)
                events.Add(new(start, 1));
            if (fact.CompletedAt is { } end && Milliseconds(end) > From)
                events.Add(new(Milliseconds(end), -1));
        }
        events.AddRange(Stretch.Changes.Select(c => new AxisEvent(Milliseconds(c.ReceivedAt), 0)).Where(e => e.At > From));
        events.Sort((a, b) => a.At != b.At ? a.At.CompareTo(b.At) : b.Running.CompareTo(a.Running));
        return events;
    }

    private List<ChangeMark> Marks()
    {
        var marks = new List<ChangeMark>();
        var shown = -1;
        foreach (var change in Stretch.Changes.OrderBy(c => c.ReceivedAt).ThenBy(c => c.Id))
        {
            var y = Axis.Y(Milliseconds(change.ReceivedAt));
            var isFolded = shown >= 0 && y - marks[shown].Y < ChangesApart;
            if (isFolded)
                marks[shown] = marks[shown] with { More = marks[shown].More + 1 };
            else
                shown = marks.Count;
            marks.Add(new(change, y, 0, isFolded));
        }
        return marks;
    }

    private string Text(IEnumerable<Stretch> stretches) => string.Join(' ', stretches.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.From - From}:{s.To - From}:{s.Y:0.##}")));

    private static long Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds();
}
