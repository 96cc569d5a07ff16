using Weir.App.Client.Frame;

namespace Weir.App.Server.Live;

/// <summary>
/// Remembers which event last touched each topic, and when that was read, so that a page can ask "did anything change since the event I was rendered at?".
/// The few topics without a number are remembered for ever, of the others those that were touched last.
/// </summary>
internal sealed class RecentTopics(TimeProvider clock)
{
    public const int Most = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Number, long At)> _last = [];

    // Up to this number nothing is known of any topic; up to the second, nothing of those with a number.
    private long _begin;
    private long _floor;

    /// <summary>Begins to remember: what came up to this number is not known.</summary>
    public void StartAt(long number)
    {
        lock (_lock)
        {
            _last.Clear();
            _begin = _floor = number;
        }
    }

    public void Add(long number, IReadOnlyList<string> topics)
    {
        lock (_lock)
        {
            foreach (var topic in topics)
                _last[topic] = (number, clock.GetTimestamp());
            if (_last.Count > Most)
                ForgetHalf();
        }
    }

    /// <summary>The last event that touched the topic; 0 if none is known.</summary>
    public long LastOf(string topic)
    {
        lock (_lock)
            return _last.TryGetValue(topic, out var last) ? last.Number : 0;
    }

    /// <summary>True if an event after this number touched the topic, or might have.</summary>
    public bool TouchedSince(string topic, long number) => Touched(topic, number, TimeSpan.Zero);

    /// <summary>The same, but only if that is so long past that whoever watches must have been told.</summary>
    public bool Missed(string topic, long number, TimeSpan past) => Touched(topic, number, past);

    private bool Touched(string topic, long number, TimeSpan past)
    {
        lock (_lock)
        {
            if (_last.TryGetValue(topic, out var last))
                return last.Number > number && (past == TimeSpan.Zero || clock.GetElapsedTime(last.At) >= past);
            return number < (Topic.Parse(topic) is (_, null) ? _begin : _floor);
        }
    }

    private void ForgetHalf()
    {
        foreach (var (topic, (number, _)) in _last.OrderBy(t => t.Value.Number).Take(Most / 2).ToList())
        {
            if (Topic.Parse(topic) is (_, null))
                continue;
            _last.Remove(topic);
            _floor = Math.Max(_floor, number);
        }
    }
}
