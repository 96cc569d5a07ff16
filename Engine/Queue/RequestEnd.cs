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
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id) SELECT 'RequestCompleted', $3, id, builder_id FROM ended
            """, StoreBatch.P((short)results), StoreBatch.P(requestIds.ToArray()), StoreBatch.P(buildsetId));
        // A statement of its own: it sees what the one before has ended.
        batch.Add("""
            WITH total AS (
                SELECT (array_agg(r.results ORDER BY array_position($2, r.results) DESC))[1] AS worst FROM requests r WHERE r.buildset_id = $1 HAVING bool_and(r.completed_at IS NOT NULL)),
            closed AS (UPDATE buildsets b SET completed_at = weir_now(), results = total.worst FROM total WHERE b.id = $1 AND b.completed_at IS NULL RETURNING b.id)
            INSERT INTO event_outbox (kind, buildset_id) SELECT 'BuildsetCompleted', id FROM closed
            """, StoreBatch.P(buildsetId), StoreBatch.P(BestFirst));
        batch.Wake(WakeTopic.Events);
    }
}
