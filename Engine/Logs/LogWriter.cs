using Weir.Engine.Storage;

namespace Weir.Engine.Logs;

/// <summary>Reads and closes open logs; a log is opened by the statement that begins its step.</summary>
public static class LogWriter
{
    private sealed record Row(long Id, DateOnly ExpiresOn, long LineCount, long ByteCount, int ChunkCount);

    /// <summary>An open log as it stands in the store.</summary>
    public static async Task<LogFile?> Load(Database database, long id, CancellationToken cancellation)
    {
        var row = await database.QuerySingle<Row>("SELECT id, expires_on, line_count, byte_count, chunk_count FROM logs WHERE id = @id", new { id }, cancellation);
        return row is null ? null : new(row.Id, row.ExpiresOn, row.LineCount, row.ByteCount, row.ChunkCount);
    }

    /// <summary>The number of its entries stands in a log's name; a log without any goes.</summary>
    public static void NameByCount(StoreBatch batch, long stepId, string name, long count)
    {
        if (count == 0)
            batch.Add("DELETE FROM logs WHERE step_id = $1 AND slug = $2 AND line_count = 0", StoreBatch.P(stepId), StoreBatch.P(name));
        else
            batch.Add("UPDATE logs SET name = $3 WHERE step_id = $1 AND slug = $2", StoreBatch.P(stepId), StoreBatch.P(name), StoreBatch.P(FormattableString.Invariant($"{name} ({count})")));
    }

    /// <summary>All logs of the step are complete.</summary>
    public static void CompleteOfStep(StoreBatch batch, long stepId) =>
        batch.Add("UPDATE logs SET completed_at = weir_now() WHERE step_id = $1 AND completed_at IS NULL", StoreBatch.P(stepId));
}
