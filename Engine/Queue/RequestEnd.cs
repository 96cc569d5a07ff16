using Weir.Engine.Storage;
using Weir.Shared.Builds;

namespace Weir.Engine.Queue;

/// <summary>Ends requests, and the buildset with its last one. Whoever ends a request locks its buildset first; else the last two to end would leave it open.</summary>
public static class RequestEnd
{
    // A buildset of which all was skipped is skipped; otherwise the worst counts.
    private static readonly short[] BestFirst = [.. BuildResults.BestFirst.Select(r => (short)r)];

    public static void Add(StoreBatch batch, long buildsetId, IReadOnlyCollection<long> requestIds, BuildResult results)
    {
        batch.Add("SELECT FROM buildsets WHERE id = $1 FOR UPDATE", StoreBatch.P(buildsetId));
        batch.Add("""
            WITH ended AS (UPDATE requests SET completed_at = weir_now(), results = $1 WHERE id = ANY($2) AND completed_at IS NULL RETURNING id, builder_id)
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id, build_id)
            SELECT 'RequestCompleted', $3, id, builder_id, NULL::bigint FROM ended UNION ALL SELECT 'BuildChanged', NULL, NULL, NULL, parent_build_id FROM buildsets WHERE id = $3 AND parent_build_id IS NOT NULL
            """, StoreBatch.P((short)results), StoreBatch.P(requestIds.ToArray()), StoreBatch.P(buildsetId));
        Close(batch, buildsetId);
    }

    /// <summary>What waits of a buildset is cancelled; what runs of it is another's to stop.</summary>
    public static void CancelWaiting(StoreBatch batch, long buildsetId)
    {
        batch.Add("SELECT FROM buildsets WHERE id = $1 FOR UPDATE", StoreBatch.P(buildsetId));
        batch.Add("""
            WITH gone AS (DELETE FROM open_requests WHERE buildset_id = $1 RETURNING request_id),
            ended AS (UPDATE requests SET completed_at = weir_now(), results = $2 FROM gone WHERE id = gone.request_id AND completed_at IS NULL RETURNING id, builder_id)
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id) SELECT 'RequestCompleted', $1, id, builder_id FROM ended
            """, StoreBatch.P(buildsetId), StoreBatch.P((short)BuildResult.Cancelled));
        Close(batch, buildsetId);
    }

    // With the last request; whoever waits for the buildset finds its row marked. A statement of its own: it sees what the one before has ended.
    private static void Close(StoreBatch batch, long buildsetId)
    {
        batch.Add("""
            WITH total AS (
                SELECT (array_agg(r.results ORDER BY array_position($2, r.results) DESC))[1] AS worst FROM requests r WHERE r.buildset_id = $1 HAVING bool_and(r.completed_at IS NOT NULL)),
            closed AS (UPDATE buildsets b SET completed_at = weir_now(), results = total.worst FROM total WHERE b.id = $1 AND b.completed_at IS NULL RETURNING b.id),
            waited AS (UPDATE triggers SET ended_at = weir_now() FROM closed WHERE buildset_id = closed.id)
            INSERT INTO event_outbox (kind, buildset_id) SELECT 'BuildsetCompleted', id FROM closed
            """, StoreBatch.P(buildsetId), StoreBatch.P(BestFirst));
        batch.Wake(WakeTopic.Events);
        batch.Wake(WakeTopic.Triggers);
    }
}
