using Weir.Shared.Logs;

namespace Weir.App.Client.Logs;

/// <summary>A line ready to be shown. <see cref="Number"/> counts from 1, as people and addresses do.</summary>
public sealed record LogRow(long Number, long At, LogStream Stream, bool Continues, IReadOnlyList<AnsiSpan> Spans, int Hidden)
{
    /// <summary>So many lines before the first shown one are read for the colours they leave on; a colour that began earlier is not known.</summary>
    public const int WarmUp = 100;

    public static IReadOnlyList<LogRow> Of(IReadOnlyList<LogLine> lines, AnsiReader reader) => [.. lines.Select(line => Of(line, reader))];

    /// <summary>Lines from <paramref name="first"/> (from 0) on, in the colours that earlier lines left on.</summary>
    public static async Task<IReadOnlyList<LogRow>> Read(ILogQueries logs, long id, long first, int count, AnsiReader reader, CancellationToken cancellation)
    {
        var warm = (int)Math.Min(WarmUp, Math.Max(0, first));
        var lines = await logs.Lines(id, first - warm, count + warm, cancellation);
        return [.. lines.Select(line => Of(line, reader)).Where(row => row.Number > first)];
    }

    private static LogRow Of(LogLine line, AnsiReader reader)
    {
        var spans = reader.Read(line.Text, out var hidden);
        return new(line.Number + 1, line.At, line.Stream, line.End == LineEnd.Cut, spans, hidden);
    }
}
