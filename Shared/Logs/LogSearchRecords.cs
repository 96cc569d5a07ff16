namespace Weir.Shared.Logs;

/// <summary>What is looked for in a log, and where.</summary>
public sealed record LogQuestion
{
    public required LogPattern Pattern { get; init; }

    /// <summary>Lines from here (from 0) …</summary>
    public long From { get; init; }

    /// <summary>… up to, and without, here.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>So many hits are listed, then the search pauses; 0: they are only counted.</summary>
    public int Limit { get; init; } = 1000;

    /// <summary>So many lines before and after each hit.</summary>
    public int Context { get; init; }
}

/// <summary>What was found in the part of a log that was searched.</summary>
public sealed record LogHits
{
    public required IReadOnlyList<LogHit> Hits { get; init; }

    /// <summary>All hits of the part, also those that are not listed.</summary>
    public required long Count { get; init; }

    /// <summary>Where the search goes on; null when there is nothing left of what the log has now.</summary>
    public required long? Next { get; init; }
}

/// <summary>A hit: where it is in the text that is shown, without the codes of colours.</summary>
/// <param name="Line">From 0.</param>
/// <param name="Column">From 0, in UTF-16 units.</param>
/// <param name="Length">In UTF-16 units.</param>
/// <param name="Text">The line, or what stands around the hit in a long one.</param>
public sealed record LogHit(long Line, int Column, int Length, string Text)
{
    public IReadOnlyList<string> Before { get; init; } = [];
    public IReadOnlyList<string> After { get; init; } = [];
}

/// <summary>Searches logs, a slice of time at a time: an answer comes soon, and says where to go on.</summary>
public interface ILogSearch
{
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">The pattern takes too long on a line.</exception>
    Task<LogHits> Search(long id, LogQuestion question, CancellationToken cancellation);
}
