using Weir.Shared.Logs;

namespace Weir.Engine.Logs;

/// <summary>Gathers the hits of one answer, with the lines around them if they are wanted.</summary>
internal sealed class FoundHits(LogQuestion question)
{
    // Of a long line this much is told on each side of the hit.
    private const int Around = 200;

    private readonly List<LogHit> _hits = [];
    private readonly List<(int Hit, List<string> After)> _open = [];
    private readonly Queue<string> _before = [];
    private readonly List<(int Column, int Length)> _inLine = [];
    private long _count;

    /// <summary>So many hits are listed as were asked for.</summary>
    public bool IsFull => question.Limit > 0 && _hits.Count >= question.Limit;

    /// <summary>A hit still lacks lines that stand behind it.</summary>
    public bool WantsMore => _open.Count > 0;

    public LogHits Until(long? next) => new() { Hits = _hits, Count = _count, Next = next };

    /// <summary>Looks through lines; answers the first line that was not searched because enough was found, or null.</summary>
    public long? Search(ReadOnlySpan<char> lines, long number)
    {
        if (question.Context == 0 && !question.Pattern.MayBeIn(lines))
            return null;
        while (!lines.IsEmpty)
        {
            if (IsFull && !WantsMore)
                return number;
            var end = lines.IndexOf('\n');
            var line = lines[..end];
            lines = lines[(end + 1)..];
            Follow(line);
            if (!IsFull && number >= question.From && number < question.To)
                Find(line, number);
            Remember(line);
            number++;
        }
        return null;
    }

    private void Find(ReadOnlySpan<char> line, long number)
    {
        _inLine.Clear();
        question.Pattern.Find(line, _inLine);
        _count += _inLine.Count;
        if (question.Limit == 0)
            return;
        foreach (var (column, length) in _inLine)
        {
            var from = Math.Max(0, column - Around);
            var text = line[from..Math.Min(line.Length, column + Math.Min(length, Around) + Around)].ToString();
            var hit = new LogHit(number, column, length, text) { Before = [.. _before] };
            if (question.Context > 0)
            {
                var after = new List<string>(question.Context);
                hit = hit with { After = after };
                _open.Add((_hits.Count, after));
            }
            _hits.Add(hit);
        }
    }

    private void Follow(ReadOnlySpan<char> line)
    {
        if (_open.Count == 0)
            return;
        var text = Short(line);
        foreach (var (_, after) in _open)
            after.Add(text);
        _open.RemoveAll(o => o.After.Count >= question.Context);
    }

    private void Remember(ReadOnlySpan<char> line)
    {
        if (question.Context == 0)
            return;
        if (_before.Count == question.Context)
            _before.Dequeue();
        _before.Enqueue(Short(line));
    }

    private static string Short(ReadOnlySpan<char> line) => line[..Math.Min(line.Length, 2 * Around)].ToString();
}
