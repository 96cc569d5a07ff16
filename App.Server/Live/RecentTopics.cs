namespace Weir.App.Server.Live;

/// <summary>Remembers which topics the last events touched, so that a page can ask "did anything change since the event I was rendered at?".</summary>
internal sealed class RecentTopics
{
    private const int Remembered = 4096;

    private readonly Lock _lock = new();
    private readonly Queue<(long Number, IReadOnlyList<string> Topics)> _events = new();
    private readonly Dictionary<string, long> _last = [];

    // Of what came before this number nothing is known.
    private long _floor;

    /// <summary>Begins to remember: what came up to this number is not known.</summary>
    public void StartAt(long number)
    {
        lock (_lock)
            _floor = number;
    }

    public void Add(long number, IReadOnlyList<string> topics)
    {
        lock (_lock)
        {
            _events.Enqueue((number, topics));
            foreach (var topic in topics)
                _last[topic] = number;
            while (_events.Count > Remembered)
                Forget();
        }
    }

    /// <summary>True if an event after this number touched the topic, or might have.</summary>
    public bool TouchedSince(string topic, long number)
    {
        lock (_lock)
            return number < _floor || (_last.TryGetValue(topic, out var last) && last > number);
    }

    private void Forget()
    {
        var (number, topics) = _events.Dequeue();
        _floor = number;
        foreach (var topic in topics)
        {
            if (_last.TryGetValue(topic, out var last) && last == number)
                _last.Remove(topic);
        }
    }
}
