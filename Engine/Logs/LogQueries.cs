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

    // Of a whole log so many chunks are fetched at once (some 2 MiB of lines).
    private const int ChunksAtOnce = 16;

    public Task<LogRecord?> Find(long id, CancellationToken cancellation) =>
        database.QuerySingle<LogRecord>($"{LogRows.Select} WHERE l.id = @id", new { id }, cancellation);

    public Task<IReadOnlyList<LogRecord>> OfStep(long stepId, CancellationToken cancellation) =>
        database.Query<LogRecord>($"{LogRows.Select} WHERE l.step_id = @stepId ORDER BY l.id", new { stepId }, cancellation);

    public async Task<IReadOnlyList<LogLine>> Lines(long id, long first, int count, CancellationToken cancellation)
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
        return [.. chunks.SelectMany(c => c.Lines()).SkipWhile(l => l.Number < first).TakeWhile(l => l.Number < end)];
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

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> Raw(long id, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var after = -1;
        while (true)
        {
            var chunks = await database.Query<LogChunkRow>("""
                SELECT c.seq, c.first_line, c.first_at, c.content
                FROM log_chunks c
                WHERE c.expires_on = (SELECT expires_on FROM logs WHERE id = @id) AND c.log_id = @id AND c.seq > @after
                ORDER BY c.seq
                LIMIT @ChunksAtOnce
                """, new { id, after, ChunksAtOnce }, cancellation);
            foreach (var chunk in chunks)
            {
                var output = chunk.Output();
                if (output.Length > 0)
                    yield return output;
            }
            if (chunks.Count < ChunksAtOnce)
                yield break;
            after = chunks[^1].Seq;
        }
    }
}

/// <summary>Registers the reading of logs.</summary>
public static class LogQueriesRegistration
{
    public static IServiceCollection AddLogQueries(this IServiceCollection services) => services.AddSingleton<ILogQueries, LogQueries>();
}
