using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>The last few thousand events in memory: whoever comes back after a short while is served without asking the store.</summary>
internal sealed class RecentEvents
{
    public const int Most = 4096;

    private readonly Lock _lock = new();
    private readonly List<WeirEvent> _events = [];
    private long _floor = long.MaxValue;

    /// <summary>Nothing is known of what came up to this number.</summary>
    public void StartAt(long number)
    {
        lock (_lock)
        {
            _events.Clear();
            _floor = number;
        }
    }

    public void Add(IReadOnlyList<WeirEvent> events)
    {
        lock (_lock)
        {
            _events.AddRange(events);
            // Cut in halves, so that the moving of the rest is rare.
            if (_events.Count < 2 * Most)
                return;
            _floor = _events[^(Most + 1)].Number;
            _events.RemoveRange(0, _events.Count - Most);
        }
    }

    /// <summary>The events behind a number, in order; null if that reaches back further than is remembered.</summary>
    public IReadOnlyList<WeirEvent>? After(long number, int limit)
    {
        lock (_lock)
        {
            if (number < _floor)
                return null;
            // Numbers have no gaps that could still fill, and none in one reading; the first one behind is found by halving.
            var (low, high) = (0, _events.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (_events[middle].Number <= number)
                    low = middle + 1;
                else
                    high = middle;
            }
            return _events.GetRange(low, Math.Min(limit, _events.Count - low));
        }
    }
}
