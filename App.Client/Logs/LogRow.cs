using Weir.Shared.Logs;

namespace Weir.App.Client.Logs;

/// <summary>A line ready to be shown. <see cref="Number"/> counts from 1, as people and addresses do.</summary>
public sealed record LogRow(long Number, long At, LogStream Stream, bool Continues, IReadOnlyList<AnsiSpan> Spans, int Hidden)
{
    /// <summary>What the line says about those around it: a group that begins or ends, an error, a warning.</summary>
    public LogMarkKind Mark { get; init; }

    public static IReadOnlyList<LogRow> Of(IReadOnlyList<LogLine> lines, AnsiReader reader) => [.. lines.Select(line => Of(line, reader))];

    /// <summary>Lines from <paramref name="first"/> (from 0) on, in the colours that all lines before them left on.</summary>
    public static async Task<IReadOnlyList<LogRow>> Read(ILogQueries logs, long id, long first, int count, CancellationToken cancellation, int shown = AnsiReader.MaxShown)
    {
        var part = await logs.Part(id, first, count, cancellation);
        return Of(part.Lines, new AnsiReader(part.Style, shown));
    }

    private static LogRow Of(LogLine line, AnsiReader reader)
    {
        var spans = reader.Read(line.Text, out var hidden);
        return new(line.Number + 1, line.At, line.Stream, line.End == LineEnd.Cut, spans, hidden)
        {
            Mark = line.Stream == LogStream.Header ? 0 : LogMarkers.Of(line.Bytes.Span) is var (first, second) && second != 0 ? second : first,
        };
    }
}
