namespace Weir.App.Server.Live;

/// <summary>Who watches what. For a topic that nobody watches, nothing is read and nothing is rendered.</summary>
internal sealed class Watchers
{
    /// <summary>A page watches a handful of topics; more is a mistake or an attack.</summary>
    public const int MostTopics = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<string>> _topicsOf = [];
    private readonly Dictionary<string, int> _watching = [];

    /// <summary>False if the connection watches too much already.</summary>
    public bool Join(string connection, string topic)
    {
        lock (_lock)
        {
            if (!_topicsOf.TryGetValue(connection, out var topics))
                _topicsOf[connection] = topics = [];
            if (topics.Contains(topic))
                return true;
            if (topics.Count >= MostTopics)
                return false;
            topics.Add(topic);
            _watching[topic] = _watching.GetValueOrDefault(topic) + 1;
            return true;
        }
    }

    public void Leave(string connection, string topic)
    {
        lock (_lock)
        {
            if (_topicsOf.TryGetValue(connection, out var topics) && topics.Remove(topic))
                Less(topic);
        }
    }

    public void LeaveAll(string connection)
    {
        lock (_lock)
        {
            if (!_topicsOf.Remove(connection, out var topics))
                return;
            foreach (var topic in topics)
                Less(topic);
        }
    }

    public bool Watches(string topic)
    {
        lock (_lock)
            return _watching.ContainsKey(topic);
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _topicsOf.Count;
        }
    }

    private void Less(string topic)
    {
        if (--_watching[topic] == 0)
            _watching.Remove(topic);
    }
}
