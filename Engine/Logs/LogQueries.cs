using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Shared.Logs;

namespace Weir.Engine.Logs;

/// <summary>Reads logs: a range of lines costs the chunks it touches, wherever it lies; a whole log is read piece by piece.</summary>
public sealed class LogQueries(Database database) : ILogQueries
{
    private const int MostLines = 10_000;

    // Lines may be 64 KiB long: an answer ends early rather than hold hundreds of megabytes.
    private const long MostBytes = 16 * 1024 * 1024;

    // The marks of so many chunks are read at once.
    private const int MarkedAtOnce = 1000;

    private sealed record MarkedRow(long FirstLine, long FirstAt, byte[] Marks);

    public Task<LogRecord?> Find(long id, CancellationToken cancellation) =>
        database.QuerySingle<LogRecord>($"{LogRows.Select} WHERE l.id = @id", new { id }, cancellation);

    public Task<IReadOnlyList<LogRecord>> OfStep(long stepId, CancellationToken cancellation) =>
        database.Query<LogRecord>($"{LogRows.Select} WHERE l.step_id = @stepId ORDER BY l.id", new { stepId }, cancellation);

    public Task<IReadOnlyList<LogRecord>> OfBuild(long buildId, CancellationToken cancellation) =>
        database.Query<LogRecord>($"{LogRows.Select} WHERE l.build_id = @buildId ORDER BY l.id", new { buildId }, cancellation);

    public async Task<IReadOnlyList<LogLine>> Lines(long id, long first, int count, CancellationToken cancellation) => (await Part(id, first, count, cancellation)).Lines;

    public async Task<LogPart> Part(long id, long first, int count, CancellationToken cancellation)
    {
        first = Math.Max(0, first);
        count = Math.Clamp(count, 0, MostLines);
        var end = first > long.MaxValue - count ? long.MaxValue : first + count;
        // The first chunk wanted is the last one that begins at or before the first line.
        var chunks = count == 0 ? [] : await database.Query<LogChunkRow>("""
            SELECT seq, first_line, first_at, content
            FROM (
                SELECT c.seq, c.first_line, c.first_at, c.content, sum(c.byte_count) OVER (ORDER BY c.first_line) - c.byte_count AS bytes_before
                FROM log_chunks c
                WHERE c.expires_on = (SELECT expires_on FROM logs WHERE id = @id) AND c.log_id = @id AND c.first_line < @end
                    AND c.first_line >= coalesce((
                        SELECT b.first_line
                        FROM log_chunks b
                        WHERE b.expires_on = (SELECT expires_on FROM logs WHERE id = @id) AND b.log_id = @id AND b.first_line <= @first
                        ORDER BY b.first_line DESC
                        LIMIT 1), 0)) AS wanted
            WHERE bytes_before < @MostBytes
            ORDER BY first_line
            """, new { id, first, end, MostBytes }, cancellation);
        var lines = new List<LogLine>(Math.Min(count, LogChunk.MaxLines));
        var style = chunks.Count == 0 ? AnsiStyle.Plain : chunks[0].Style();
        foreach (var line in chunks.SelectMany(c => c.Lines()).TakeWhile(l => l.Number < end))
        {
            if (line.Number < first)
                style = AnsiSequence.After(style, line.Bytes.Span);
            else
                lines.Add(line);
        }
        return new(style, lines);
    }

    public async Task<IReadOnlyList<LogLine>> Tail(long id, int count, CancellationToken cancellation)
    {
        count = Math.Clamp(count, 0, MostLines);
        var chunks = count == 0 ? [] : await database.Query<LogChunkRow>("""
            WITH last AS MATERIALIZED (
                SELECT c.first_line + c.line_count AS line
                FROM log_chunks c
                WHERE c.expires_on = (SELECT expires_on FROM logs WHERE id = @id) AND c.log_id = @id
                ORDER BY c.first_line DESC
                LIMIT 1)
            SELECT seq, first_line, first_at, content
            FROM (
                SELECT c.seq, c.first_line, c.first_at, c.content, sum(c.byte_count) OVER (ORDER BY c.first_line DESC) - c.byte_count AS bytes_after
                FROM log_chunks c
                WHERE c.expires_on = (SELECT expires_on FROM logs WHERE id = @id) AND c.log_id = @id
                    AND c.first_line >= coalesce((
                        SELECT b.first_line
                        FROM log_chunks b
                        WHERE b.expires_on = (SELECT expires_on FROM logs WHERE id = @id) AND b.log_id = @id AND b.first_line <= (SELECT line FROM last) - @count
                        ORDER BY b.first_line DESC
                        LIMIT 1), 0)) AS wanted
            WHERE bytes_after < @MostBytes
            ORDER BY first_line
            """, new { id, count = (long)count, MostBytes }, cancellation);
        return [.. chunks.SelectMany(c => c.Lines()).TakeLast(count)];
    }

    public async Task<LogOutline> Outline(long id, CancellationToken cancellation)
    {
        var outliner = new LogOutliner();
        var after = -1L;
        while (!outliner.IsFull)
        {
            var chunks = await database.Query<MarkedRow>("""
                SELECT c.first_line, c.first_at, c.marks
                FROM log_chunks c
                WHERE c.expires_on = (SELECT expires_on FROM logs WHERE id = @id) AND c.log_id = @id AND c.first_line > @after AND c.marks IS NOT NULL
                ORDER BY c.first_line
                LIMIT @MarkedAtOnce
                """, new { id, after, MarkedAtOnce }, cancellation);
            foreach (var mark in chunks.SelectMany(c => LogBorder.Marks(c.Marks, c.FirstLine, c.FirstAt)))
                outliner.Add(mark);
            if (chunks.Count < MarkedAtOnce)
                break;
            after = chunks[^1].FirstLine;
        }
        return outliner.Outline();
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> Raw(long id, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LogChunk.MaxPlain);
        try
        {
            await foreach (var chunk in LogChunks.From(database, id, 0, cancellation))
            {
                if (chunk.Output(buffer) is > 0 and var length)
                    yield return buffer.AsMemory(0, length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>Registers the reading of logs.</summary>
public static class LogQueriesRegistration
{
    public static IServiceCollection AddLogQueries(this IServiceCollection services) => services.AddSingleton<ILogQueries, LogQueries>().AddSingleton<ILogSearch, LogSearch>().AddSingleton<LogFollower>();
}
