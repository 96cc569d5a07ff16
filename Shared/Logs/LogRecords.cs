namespace Weir.Shared.Logs;

/// <summary>One log of a step.</summary>
public sealed record LogRecord
{
    public required long Id { get; init; }
    public required long BuildId { get; init; }
    public required long StepId { get; init; }
    public required string Name { get; init; }
    public required string Slug { get; init; }

    /// <summary><c>s</c> stdio (lines know their stream), <c>t</c> text, <c>h</c> HTML.</summary>
    public required char Type { get; init; }
    public required long LineCount { get; init; }

    /// <summary>Bytes of output before compression.</summary>
    public required long ByteCount { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>From this day on the log may be gone.</summary>
    public required DateOnly ExpiresOn { get; init; }
}

/// <summary>Reads logs. Reading a range of lines costs the chunks it touches, wherever in the log it lies.</summary>
public interface ILogQueries
{
    Task<LogRecord?> Find(long id, CancellationToken cancellation);
    Task<IReadOnlyList<LogRecord>> OfStep(long stepId, CancellationToken cancellation);

    /// <summary>All logs of a build, in the order in which they were opened.</summary>
    Task<IReadOnlyList<LogRecord>> OfBuild(long buildId, CancellationToken cancellation);

    /// <summary>Lines <paramref name="first"/> (from 0) and up to <paramref name="count"/> (at most 10,000) of them; empty beyond the end.</summary>
    Task<IReadOnlyList<LogLine>> Lines(long id, long first, int count, CancellationToken cancellation);

    /// <summary>The same lines, with the style that the lines before them left on.</summary>
    Task<LogPart> Part(long id, long first, int count, CancellationToken cancellation);

    /// <summary>The last <paramref name="count"/> lines.</summary>
    Task<IReadOnlyList<LogLine>> Tail(long id, int count, CancellationToken cancellation);

    /// <summary>The groups, errors and warnings of a log, without reading its lines.</summary>
    Task<LogOutline> Outline(long id, CancellationToken cancellation);

    /// <summary>
    /// The output as the command wrote it (all streams in order of arrival), piece by piece; memory does not grow with the log. A piece is good until the next one is asked for.
    /// </summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> Raw(long id, CancellationToken cancellation);
}

/// <summary>Lines of a log, ready to be coloured.</summary>
/// <param name="Style">What is on at the first of them.</param>
/// <param name="Lines">Those that were asked for.</param>
public sealed record LogPart(AnsiStyle Style, IReadOnlyList<LogLine> Lines);
