using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Storage;
using Weir.Shared.Builds;

namespace Weir.Engine.Queue;

/// <summary>Cancels all that waits for builders that are retired. No claim can take any of it meanwhile: the caller has the gate.</summary>
internal sealed class RetiredRequests : IRetiredRequests
{
    private sealed record Row(long RequestId, long BuildsetId);

    public async Task<int> Cancel(StoreTransaction unit, IReadOnlyList<string> builders)
    {
        const string waiting = "FROM open_requests o JOIN builders n ON n.id = o.builder_id WHERE n.name = ANY(@names) AND n.retired_at IS NOT NULL";
        var names = builders.ToArray();
        await unit.Execute($"SELECT FROM buildsets WHERE id IN (SELECT o.buildset_id {waiting}) ORDER BY id FOR NO KEY UPDATE", new { names });
        var gone = await unit.Query<Row>($"DELETE FROM open_requests WHERE request_id IN (SELECT o.request_id {waiting}) RETURNING request_id, buildset_id", new { names });
        if (gone.Count == 0)
            return 0;
        var batch = new StoreBatch();
        RequestEnd.AddAll(batch, [.. gone.Select(r => r.RequestId)], [.. gone.Select(r => r.BuildsetId).Distinct().Order()], BuildResult.Cancelled);
        await unit.Send(batch);
        return gone.Count;
    }
}
