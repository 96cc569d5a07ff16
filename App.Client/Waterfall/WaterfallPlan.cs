using Weir.App.Client.Parts;
using Weir.Shared.Builds;
using Weir.Shared.Changes;

namespace Weir.App.Client.Waterfall;

/// <summary>A change in its lane.</summary>
public sealed record ChangeMark(ChangeRecord Change, double Y, int More, bool IsFolded);

/// <summary>The first paint of a waterfall: the axis, and the place of each block. The browser computes the same again whenever something arrives.</summary>
public sealed class WaterfallPlan
{
    /// <summary>Pixels per minute that can be chosen, from weeks to minutes.</summary>
    public static IReadOnlyList<double> Zooms { get; } = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128];
    private const double UsualZoom = 8;
    private const double MostPixels = 6000;
    private const double ChangesApart = 14;
    private const double UsualBuildPixels = 96;

    private readonly Dictionary<long, LayoutBox> _boxes = [];

    public WaterfallPlan(WaterfallView view, double? zoom, IReadOnlyList<long> open)
    {
        From = view.From.ToUnixTimeMilliseconds();
        To = (view.To < view.Now ? view.To : view.Now).ToUnixTimeMilliseconds();
        var input = new AxisInput(From, To, 1, view.Columns.Count, RunningAt(view, From), Events(view), open);
        Zoom = zoom ?? Fitting(view, input);
        Axis = new(input with { Zoom = Zoom });
        foreach (var column in view.Columns)
        {
            foreach (var box in ColumnLayout.Place([.. column.Blocks.Select(b => Block(b.Build)).OrderBy(b => b.Start).ThenBy(b => b.Id)], Axis))
                _boxes[box.Id] = box;
        }
        Changes = Marks(view);
        Ticks = Waterfall.Ticks.Of(Axis, From, To, Zoom);
    }

    public long From { get; }
    public long To { get; }
    public double Zoom { get; }
    public Axis Axis { get; }
    public IReadOnlyList<Tick> Ticks { get; }

    /// <summary>Oldest first; those too near to the one below are folded into it.</summary>
    public IReadOnlyList<ChangeMark> Changes { get; }

    public static int IndexOf(double zoom) => Zooms.Index().FirstOrDefault(z => z.Item == zoom, (-1, 0)).Index;

    /// <summary>Null for a build that a cluster has taken in.</summary>
    public LayoutBox? Box(long build) => _boxes.GetValueOrDefault(build);

    /// <summary>How bad a state is among others in a cluster: what the cluster wears.</summary>
    public static int Rank(Shown state) => state switch
    {
        Shown.Failure => 9,
        Shown.Exception => 8,
        Shown.Running => 7,
        Shown.Warnings => 6,
        Shown.Retry => 5,
        Shown.Cancelled => 4,
        Shown.Skipped => 1,
        _ => 2,
    };

    /// <summary>The state of a rank: the inverse of <see cref="Rank"/> for what a cluster can wear.</summary>
    public static Shown OfRank(int rank) => Array.Find(Enum.GetValues<Shown>(), s => Rank(s) == rank);

    private static LayoutBlock Block(BuildSummary build) =>
        new(build.Id, build.StartedAt.ToUnixTimeMilliseconds(), build.CompletedAt?.ToUnixTimeMilliseconds(), Rank(ShownStates.Of(build)));

    private static int RunningAt(WaterfallView view, long at) =>
        view.Columns.Sum(c => c.Blocks.Count(b => b.Build.StartedAt.ToUnixTimeMilliseconds() <= at && (b.Build.CompletedAt?.ToUnixTimeMilliseconds() ?? long.MaxValue) > at));

    private List<AxisEvent> Events(WaterfallView view)
    {
        var events = new List<AxisEvent>();
        foreach (var build in view.Columns.SelectMany(c => c.Blocks).Select(b => b.Build))
        {
            var start = build.StartedAt.ToUnixTimeMilliseconds();
            if (start > From)
                events.Add(new(start, 1));
            if (build.CompletedAt?.ToUnixTimeMilliseconds() is { } end && end > From)
                events.Add(new(end, -1));
        }
        events.AddRange(view.Changes.Select(c => new AxisEvent(c.ReceivedAt.ToUnixTimeMilliseconds(), 0)).Where(e => e.At > From));
        events.Sort((a, b) => a.At != b.At ? a.At.CompareTo(b.At) : b.Running.CompareTo(a.Running));
        return events;
    }

    private List<ChangeMark> Marks(WaterfallView view)
    {
        var marks = new List<ChangeMark>();
        var shown = -1;
        foreach (var change in view.Changes.OrderBy(c => c.ReceivedAt))
        {
            var y = Axis.Y(change.ReceivedAt.ToUnixTimeMilliseconds());
            var isFolded = shown >= 0 && y - marks[shown].Y < ChangesApart;
            if (isFolded)
                marks[shown] = marks[shown] with { More = marks[shown].More + 1 };
            else
                shown = marks.Count;
            marks.Add(new(change, y, 0, isFolded));
        }
        return marks;
    }

    /// <summary>The zoom at which a long but usual build is nearest to a hand's breadth, unless the page (folds left out) would grow beyond reading.</summary>
    private static double Fitting(WaterfallView view, AxisInput input)
    {
        var lengths = view.Columns.SelectMany(c => c.Blocks).Where(b => b.Build.CompletedAt is not null)
            .Select(b => (b.Build.CompletedAt!.Value - b.Build.StartedAt).TotalMinutes).Order().ToList();
        if (lengths.Count == 0)
            return UsualZoom;
        var usual = Math.Max(0.05, lengths[(int)(lengths.Count * 0.9)]);
        return Zooms.OrderBy(z => Math.Abs(Math.Log(z * usual / UsualBuildPixels))).FirstOrDefault(z => new Axis(input with { Zoom = z }).Height <= MostPixels, Zooms[0]);
    }
}
