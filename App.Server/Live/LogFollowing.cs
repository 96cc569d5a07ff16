using System.Collections.Concurrent;
using System.Globalization;
using Weir.App.Client.Logs;
using Weir.Shared.Logs;

namespace Weir.App.Server.Live;

/// <summary>Lines of watched logs as they come: each is read and rendered once for all its watchers, however many there are.</summary>
internal sealed class LogFollowing(ILogQueries logs, FragmentRenderer renderer)
{
    private const int MostLines = 1000;

    // Who is that far behind is shown the end; the page says what it left out.
    private const int TooFarBehind = 4000;

    private readonly ConcurrentDictionary<long, Followed> _followed = new();

    public IEnumerable<long> Followed => _followed.Keys;

    /// <summary>Begins to follow, and answers what the page that has so many lines lacks; null if it lacks nothing.</summary>
    public async Task<string?> Join(long id, long have, CancellationToken cancellation)
    {
        if (await logs.Find(id, cancellation) is not { } log)
            return null;
        var followed = log.CompletedAt is null ? _followed.GetOrAdd(id, _ => new Followed { Next = Math.Min(have, log.LineCount) }) : null;
        var until = followed?.Next ?? log.LineCount;
        if (have >= until && followed is not null)
            return null;
        var from = until - have > TooFarBehind ? until - MostLines : Math.Max(0, have);
        var rows = await LogRow.Read(logs, id, from, (int)Math.Min(TooFarBehind, until - from), cancellation);
        return await Fragment(log, from, rows, isComplete: followed is null);
    }

    /// <summary>What the log has gained since the last time; null if nothing.</summary>
    public async Task<string?> Advance(long id, CancellationToken cancellation)
    {
        if (!_followed.TryGetValue(id, out var followed))
            return null;
        if (await logs.Find(id, cancellation) is not { } log)
        {
            _followed.TryRemove(id, out _);
            return null;
        }
        if (log.LineCount - followed.Next > TooFarBehind)
            followed.Next = log.LineCount - MostLines;
        var from = followed.Next;
        var part = await logs.Part(id, from, MostLines, cancellation);
        var rows = LogRow.Of(part.Lines, new AnsiReader(part.Style));
        followed.Next = from + rows.Count;
        var isComplete = log.CompletedAt is not null && followed.Next >= log.LineCount;
        if (isComplete)
            _followed.TryRemove(id, out _);
        return rows.Count > 0 || isComplete ? await Fragment(log, from, rows, isComplete) : null;
    }

    /// <summary>True if whoever has so many lines lacks some that all who watch were sent, or if nobody follows the log any more.</summary>
    public bool IsBehind(long id, long have) => !_followed.TryGetValue(id, out var followed) || have < followed.Next;

    public void Forget(long id) => _followed.TryRemove(id, out _);

    private async Task<string> Fragment(LogRecord log, long from, IReadOnlyList<LogRow> rows, bool isComplete)
    {
        var html = await renderer.Render<LogRows>(new() { ["LogId"] = log.Id, ["Rows"] = rows, ["WithIds"] = true });
        return string.Create(CultureInfo.InvariantCulture,
            $"<turbo-stream action=\"lines\" log=\"{log.Id}\" from=\"{from}\" total=\"{Math.Max(log.LineCount, from + rows.Count)}\"{(isComplete ? " complete" : "")}><template>{html}</template></turbo-stream>");
    }
}

/// <summary>How far a log was read for its watchers.</summary>
internal sealed class Followed
{
    public long Next { get; set; }
}
