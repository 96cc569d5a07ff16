using Weir.Engine.Storage;
using Weir.Shared.Events;

namespace Weir.Engine.Logs;

/// <summary>Opens and closes logs, in the transaction of the step they belong to.</summary>
public static class LogWriter
{
    private sealed record Row(long Id, DateOnly ExpiresOn, long LineCount, long ByteCount, int ChunkCount);

    /// <summary>A new stdio log. <paramref name="expiresOn"/> comes from <see cref="Partitions.EnsureExpiry"/>, so its partition is there.</summary>
    public static async Task<LogFile> Open(StoreTransaction unit, long buildId, long stepId, string name, DateOnly expiresOn)
    {
        var id = await unit.QuerySingle<long>("""
            INSERT INTO logs (build_id, step_id, name, slug, type, started_at, expires_on) VALUES (@buildId, @stepId, @name, @name, 's', weir_now(), @expiresOn) RETURNING id
            """, new { buildId, stepId, name, expiresOn });
        unit.Add(new WeirEvent { Kind = EventKind.LogOpened, BuildId = buildId, StepId = stepId, LogId = id });
        return new(id, expiresOn, 0, 0, 0);
    }

    /// <summary>An open log as it stands in the store.</summary>
    public static async Task<LogFile?> Load(Database database, long id, CancellationToken cancellation)
    {
        var row = await database.QuerySingle<Row>("SELECT id, expires_on, line_count, byte_count, chunk_count FROM logs WHERE id = @id", new { id }, cancellation);
        return row is null ? null : new(row.Id, row.ExpiresOn, row.LineCount, row.ByteCount, row.ChunkCount);
    }

    /// <summary>All logs of the step are complete.</summary>
    public static Task CompleteOfStep(StoreTransaction unit, long stepId) =>
        unit.Execute("UPDATE logs SET completed_at = weir_now() WHERE step_id = @stepId AND completed_at IS NULL", new { stepId });
}
