using Weir.Shared.Logs;

namespace Weir.Support;

/// <summary>A log as a long compilation writes it, of any length: line n says so, every tenth is coloured to the line after the next, groups hold a thousand lines each.</summary>
public static class BigLog
{
    /// <summary>The text of a line, from 0, without its colours.</summary>
    public static string Text(long n) => FormattableString.Invariant($"[{n}] gcc -O2 -Wall -c src/module_{n % 97}.c -o obj/module_{n % 97}.o");

    /// <summary>Appends so many lines to an empty log.</summary>
    public static async Task Fill(Rows rows, long log, long lines, int groups = 20)
    {
        // A statement has half a minute, also on a machine that is busy.
        foreach (var portion in Chunks(lines, groups).Chunk(300))
            await rows.Append(log, portion);
    }

    private static IEnumerable<IReadOnlyList<LogLine>> Chunks(long lines, int groups)
    {
        var every = Math.Max(4000, lines / groups / 1000 * 1000);
        for (var first = 0L; first < lines; first += LogChunk.MaxLines)
        {
            var chunk = new LogLine[Math.Min(LogChunk.MaxLines, lines - first)];
            for (var i = 0; i < chunk.Length; i++)
            {
                var n = first + i;
                var text = (n % every, n % 10) switch
                {
                    (1000, _) => FormattableString.Invariant($"::group::Part {n / every}"),
                    (2000, _) => "::endgroup::",
                    (2500, _) => FormattableString.Invariant($"##[error]{Text(n)}: no such rivet"),
                    (_, 0) => "\x1b[32m" + Text(n),
                    (_, 2) => Text(n) + "\x1b[0m",
                    _ => Text(n),
                };
                chunk[i] = Rows.Line(text, n % 50 == 7 ? LogStream.Stderr : LogStream.Stdout, at: n / 10);
            }
            yield return chunk;
        }
    }
}
