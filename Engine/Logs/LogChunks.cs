using System.Runtime.CompilerServices;
using Weir.Engine.Storage;

namespace Weir.Engine.Logs;

/// <summary>Walks through the chunks of a log, a few at a time; the next few are fetched while the reader is busy with these.</summary>
internal static class LogChunks
{
    // Some 2 MiB of lines.
    private const int AtOnce = 16;

    /// <summary>The chunks from the one that holds a line on, to the end that the log has when it is reached.</summary>
    public static async IAsyncEnumerable<LogChunkRow> From(Database database, long id, long line, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var next = Read(-1);
        while (next is not null)
        {
            var chunks = await next;
            next = chunks.Count < AtOnce ? null : Read(chunks[^1].FirstLine);
            foreach (var chunk in chunks)
                yield return chunk;
        }

        Task<IReadOnlyList<LogChunkRow>> Read(long after) => database.Query<LogChunkRow>("""
            SELECT c.seq, c.first_line, c.first_at, c.content
            FROM log_chunks c
            WHERE c.expires_on = (SELECT expires_on FROM logs WHERE id = @id) AND c.log_id = @id AND c.first_line > @after
                AND c.first_line >= coalesce((
                    SELECT b.first_line
                    FROM log_chunks b
                    WHERE b.expires_on = (SELECT expires_on FROM logs WHERE id = @id) AND b.log_id = @id AND b.first_line <= @line
                    ORDER BY b.first_line DESC
                    LIMIT 1), 0)
            ORDER BY c.first_line
            LIMIT @AtOnce
            """, new { id, line, after, AtOnce }, cancellation);
    }
}
