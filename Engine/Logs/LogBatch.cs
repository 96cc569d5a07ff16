using Npgsql;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;

namespace Weir.Engine.Logs;

/// <summary>
/// Chunks of many logs, to be stored by one statement together with what they belong to. The caller's statement names the source whose chunks may be stored
/// (a common table expression <c>moved(id)</c>), and puts <see cref="Sql"/> behind it.
/// </summary>
public sealed class LogBatch
{
    /// <summary>Stores the chunks whose source is in <c>moved</c>, and the logs' new counts.</summary>
    public const string Sql = Grown + Which;

    /// <summary>The same for logs that are complete with it. Said at once and not by a statement behind it: what a transaction changes twice, it checks against other tables anew.</summary>
    public const string LastSql = Grown + ", completed_at = weir_now()" + Which;

    private const string Grown = """
        stored AS (
            INSERT INTO log_chunks (expires_on, log_id, seq, first_line, line_count, first_byte, byte_count, first_at, content, marks)
            SELECT expires_on, log_id, seq, first_line, line_count, first_byte, byte_count, first_at, content, marks
            FROM unnest(@chunk_sources, @chunk_expiries, @chunk_logs, @chunk_seqs, @chunk_lines, @chunk_line_counts, @chunk_bytes, @chunk_byte_counts, @chunk_times, @chunk_contents, @chunk_marks)
                AS k (source, expires_on, log_id, seq, first_line, line_count, first_byte, byte_count, first_at, content, marks)
            WHERE source IN (SELECT id FROM moved)),
        grown AS (
            UPDATE logs SET line_count = g.lines, byte_count = g.bytes, chunk_count = g.chunks
        """;

    private const string Which = """

            FROM unnest(@log_sources, @logs, @log_lines, @log_bytes, @log_chunks) AS g (source, id, lines, bytes, chunks)
            WHERE logs.id = g.id AND g.source IN (SELECT id FROM moved))
        """;

    private readonly List<(long Source, LogFile Log, int Seq, long FirstLine, int Lines, long FirstByte, int Bytes, long FirstAt, ReadOnlyMemory<byte> Content)> chunks = [];
    private readonly Dictionary<LogFile, long> logs = [];

    public IEnumerable<long> LogIds => logs.Keys.Select(l => l.Id);

    /// <summary>Puts the frame's lines behind what the log has.</summary>
    public void Add(long source, LogFile log, LinesFrame frame)
    {
        chunks.Add((source, log, log.Chunks, log.Lines, frame.LineCount, log.Bytes, frame.ByteCount, frame.FirstAt, frame.Content));
        log.Grow(frame.LineCount, frame.ByteCount);
        logs[log] = source;
    }

    /// <summary>Puts the chunks of another one behind those that are here.</summary>
    public void Append(LogBatch other)
    {
        chunks.AddRange(other.chunks);
        foreach (var (log, source) in other.logs)
            logs[log] = source;
    }

    /// <summary>What <see cref="Sql"/> asks for.</summary>
    public IReadOnlyList<NpgsqlParameter> Parameters()
    {
        var parameters = new List<NpgsqlParameter>();
        Array("chunk_sources", chunks.Select(c => c.Source).ToArray());
        Array("chunk_expiries", chunks.Select(c => c.Log.ExpiresOn).ToArray());
        Array("chunk_logs", chunks.Select(c => c.Log.Id).ToArray());
        Array("chunk_seqs", chunks.Select(c => c.Seq).ToArray());
        Array("chunk_lines", chunks.Select(c => c.FirstLine).ToArray());
        Array("chunk_line_counts", chunks.Select(c => c.Lines).ToArray());
        Array("chunk_bytes", chunks.Select(c => c.FirstByte).ToArray());
        Array("chunk_byte_counts", chunks.Select(c => c.Bytes).ToArray());
        Array("chunk_times", chunks.Select(c => c.FirstAt).ToArray());
        Array("chunk_contents", chunks.Select(c => c.Content.ToArray()).ToArray());
        Array("chunk_marks", chunks.Select(c => Marks(c.Content.Span)).ToArray());
        Array("log_sources", logs.Values.ToArray());
        Array("logs", logs.Keys.Select(l => l.Id).ToArray());
        Array("log_lines", logs.Keys.Select(l => l.Lines).ToArray());
        Array("log_bytes", logs.Keys.Select(l => l.Bytes).ToArray());
        Array("log_chunks", logs.Keys.Select(l => l.Chunks).ToArray());
        return parameters;

        void Array<T>(string name, T[] values) => parameters.Add(new NpgsqlParameter<T[]>(name, values));
    }

    // What a worker sends is stored as it came; only its index is looked at, and one that cannot be read is none.
    private static byte[]? Marks(ReadOnlySpan<byte> content)
    {
        try
        {
            var marks = LogBorder.MarksOf(LogChunk.Border(content));
            return marks.IsEmpty ? null : marks.ToArray();
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
