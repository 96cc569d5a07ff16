namespace Weir.App.Client.Waterfall;

/// <summary>Something that happened on the axis: a build started (+1), ended (-1), or a change came (0). Milliseconds since 1970.</summary>
public readonly record struct AxisEvent(long At, int Running);

/// <summary>What an axis is made of.</summary>
/// <param name="From">Where it begins, at the bottom.</param>
/// <param name="To">Where it ends, at the top.</param>
/// <param name="Zoom">Pixels for a minute at full scale.</param>
/// <param name="Columns">How many builders are shown; many of them need more than one event to count as lively.</param>
/// <param name="RunningAtFrom">How many builds ran already when it begins.</param>
/// <param name="Events">In order of time.</param>
/// <param name="Open">Folds that are opened, by the moment at which they begin.</param>
public sealed record AxisInput(long From, long To, double Zoom, int Columns, int RunningAtFrom, IReadOnlyList<AxisEvent> Events, IReadOnlyList<long> Open);

/// <summary>A point at which the scale changes.</summary>
public readonly record struct Knot(long At, double Y);

/// <summary>A stretch of time that is left out because nothing ran, or shown slower because little happened.</summary>
public readonly record struct Stretch(long From, long To, double Y);

/// <summary>
/// Turns times into pixels, counted from the bottom upward, for all columns alike. It rises always, stands still only in folds, and depends only on what
/// happened before, so nothing drawn ever moves when something new arrives. <c>axis.ts</c> computes the same; both run <c>axis-cases.json</c>.
/// </summary>
public sealed class Axis
{
    /// <summary>After so many idle pixels a gap is folded; more than the least height of a block, so the last short build still fits.</summary>
    public const double IdlePixels = 24;

    /// <summary>After so many pixels without lively moments the scale goes down to an eighth.</summary>
    public const double LivelyPixels = 240;
    private const double SlowScale = 1.0 / 8;
    private const long LivelyWindow = 15 * 60_000;

    private readonly List<Knot> _knots = [];
    private readonly List<Stretch> _folds = [];
    private readonly List<Stretch> _slow = [];

    public Axis(AxisInput input)
    {
        _knots.Add(new(input.From, 0));
        var walk = new Walk(this, input);
        foreach (var e in input.Events)
        {
            if (e.At > input.To)
                break;
            walk.Advance(Math.Max(e.At, input.From));
            walk.Happen(e);
        }
        walk.Advance(input.To);
        walk.Finish();
    }

    public IReadOnlyList<Knot> Knots => _knots;
    public IReadOnlyList<Stretch> Folds => _folds;
    public IReadOnlyList<Stretch> Slow => _slow;
    public double Height => _knots[^1].Y;

    /// <summary>Where a moment stands; what lies outside stands at the edge.</summary>
    public double Y(long at)
    {
        if (at <= _knots[0].At)
            return 0;
        if (at >= _knots[^1].At)
            return Height;
        var (low, high) = (0, _knots.Count - 1);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = _knots[middle].At <= at ? (middle, high) : (low, middle);
        }
        var (a, b) = (_knots[low], _knots[high]);
        return b.At == a.At ? b.Y : a.Y + (b.Y - a.Y) * (at - a.At) / (b.At - a.At);
    }

    /// <summary>One pass from the bottom to the top.</summary>
    private sealed class Walk(Axis axis, AxisInput input)
    {
        private readonly double _pixels = input.Zoom / 60_000;
        private readonly int _lively = Math.Max(1, (input.Columns + 49) / 50);
        private readonly Queue<long> _recent = new();
        private double _at = input.From;
        private double _y;
        private int _running = input.RunningAtFrom;
        private double _sinceLively;
        private double _idle;
        private long _gapFrom = input.From;
        private double _slowFrom = double.NaN;
        private double _slowY;
        private double _scale = -1;

        public void Happen(AxisEvent e)
        {
            _running = Math.Max(0, _running + e.Running);
            _recent.Enqueue(e.At);
            while (_recent.Peek() < e.At - LivelyWindow)
                _recent.Dequeue();
            _idle = 0;
            _gapFrom = Math.Max(e.At, input.From);
            if (_recent.Count >= _lively)
            {
                _sinceLively = 0;
                EndSlow();
            }
        }

        public void Advance(long to)
        {
            while (_at < to)
            {
                if (_running == 0)
                    AdvanceIdle(to);
                else if (_sinceLively < LivelyPixels)
                    _sinceLively = Spend(to, _sinceLively, LivelyPixels);
                else
                {
                    if (double.IsNaN(_slowFrom))
                        (_slowFrom, _slowY) = (_at, _y);
                    Move(to, SlowScale);
                }
            }
        }

        public void Finish() => EndSlow();

        private void AdvanceIdle(long to)
        {
            EndSlow();
            if (input.Open.Contains(_gapFrom))
                Move(to, 1);
            else if (_idle < IdlePixels)
                _idle = Spend(to, _idle, IdlePixels);
            else
            {
                axis._folds.Add(new(_gapFrom, to, _y));
                Move(to, 0);
            }
        }

        /// <summary>Goes on at full scale until the moment or until the budget is used up; answers how much of it is used. Used up is said exactly, not summed up.</summary>
        private double Spend(long to, double used, double budget)
        {
            var reach = _at + (budget - used) / _pixels;
            var before = _y;
            Move(Math.Min(reach, to), 1);
            return reach <= to ? budget : used + (_y - before);
        }

        private void Move(double to, double scale)
        {
            var grown = (to - _at) * _pixels * scale;
            _at = to;
            _y += grown;
            var at = (long)Math.Round(to);
            // A knot is where the scale changes; what goes on as before only reaches further.
            if (axis._knots.Count > 1 && (axis._knots[^1].At == at || scale == _scale))
                axis._knots[^1] = new(at, _y);
            else
                axis._knots.Add(new(at, _y));
            _scale = scale;
        }

        private void EndSlow()
        {
            if (!double.IsNaN(_slowFrom))
                axis._slow.Add(new((long)Math.Round(_slowFrom), (long)Math.Round(_at), _slowY));
            _slowFrom = double.NaN;
        }
    }
}
