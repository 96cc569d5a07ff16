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

    /// <summary>All logs of the step are complete.</summary>
    public static void CompleteOfStep(StoreBatch batch, long stepId) =>
        batch.Add("UPDATE logs SET completed_at = weir_now() WHERE step_id = $1 AND completed_at IS NULL", StoreBatch.P(stepId));
}
