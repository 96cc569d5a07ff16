namespace Weir.Worker;

/// <summary>The last lines of the worker's log, for its owner.</summary>
internal sealed class RecentLines
{
    private const int Most = 1000;
    private readonly Queue<string> _lines = new();

    public void Add(string line)
    {
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > Most)
                _lines.Dequeue();
        }
    }

    /// <summary>So many at most, the newest last.</summary>
    public IReadOnlyList<string> Last(int count)
    {
        lock (_lines)
            return [.. _lines.Skip(Math.Max(0, _lines.Count - count))];
    }
}
