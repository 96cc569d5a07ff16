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
        batch.Add("SELECT FROM buildsets WHERE id = $1 FOR NO KEY UPDATE", StoreBatch.P(buildsetId));
        batch.Add("""
            WITH ended AS (UPDATE requests SET completed_at = weir_now(), results = $1 WHERE id = ANY($2) AND completed_at IS NULL RETURNING id, builder_id)
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id, build_id)
            SELECT 'RequestCompleted', $3, id, builder_id, NULL::bigint FROM ended UNION ALL SELECT 'BuildChanged', NULL, NULL, NULL, parent_build_id FROM buildsets WHERE id = $3 AND parent_build_id IS NOT NULL
            """, StoreBatch.P((short)results), StoreBatch.P(requestIds.ToArray()), StoreBatch.P(buildsetId));
        if (results is BuildResult.Failure or BuildResult.Exception)
            FailFast(batch, buildsetId, requestIds.First());
        Close(batch, buildsetId);
    }

    // Of a buildset that wants it so. What waits goes first: what a claim has taken at this moment is a build by the time of the second statement.
    private static void FailFast(StoreBatch batch, long buildsetId, long failed)
    {
        batch.Add("""
            WITH gone AS (DELETE FROM open_requests WHERE buildset_id = $1 AND (SELECT fail_fast FROM buildsets WHERE id = $1) RETURNING request_id),
            ended AS (UPDATE requests SET completed_at = weir_now(), results = $2 FROM gone WHERE id = gone.request_id AND completed_at IS NULL RETURNING id, builder_id)
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id) SELECT 'RequestCompleted', $1, id, builder_id FROM ended
            """, StoreBatch.P(buildsetId), StoreBatch.P((short)BuildResult.Cancelled));
        batch.Add("""
            WITH stopped AS (
                INSERT INTO build_stops (build_id, requested_at, requested_by, reason)
                SELECT b.id, weir_now(), 'buildset ' || $1, of.name || ' failed (failFast)' FROM builds b, requests r JOIN builders of ON of.id = r.builder_id
                WHERE b.buildset_id = $1 AND b.completed_at IS NULL AND r.id = $2 AND (SELECT fail_fast FROM buildsets WHERE id = $1)
                ON CONFLICT (build_id) DO UPDATE SET requested_by = excluded.requested_by, reason = excluded.reason, requeue = false WHERE build_stops.requeue
                RETURNING build_id)
            INSERT INTO event_outbox (kind, build_id) SELECT 'BuildChanged', build_id FROM stopped
            """, StoreBatch.P(buildsetId), StoreBatch.P(failed));
        batch.Wake(WakeTopic.Stops);
    }

    /// <summary>What waits of a buildset is cancelled; what runs of it is another's to stop.</summary>
    public static void CancelWaiting(StoreBatch batch, long buildsetId)
    {
        batch.Add("SELECT FROM buildsets WHERE id = $1 FOR NO KEY UPDATE", StoreBatch.P(buildsetId));
        batch.Add("""
            WITH gone AS (DELETE FROM open_requests WHERE buildset_id = $1 RETURNING request_id),
            ended AS (UPDATE requests SET completed_at = weir_now(), results = $2 FROM gone WHERE id = gone.request_id AND completed_at IS NULL RETURNING id, builder_id)
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id) SELECT 'RequestCompleted', $1, id, builder_id FROM ended
            """, StoreBatch.P(buildsetId), StoreBatch.P((short)BuildResult.Cancelled));
        Close(batch, buildsetId);
    }

    /// <summary>Requests of many buildsets that end alike. The caller has taken their rows of the queue and has locked their buildsets.</summary>
    public static void AddAll(StoreBatch batch, long[] requests, long[] buildsets, BuildResult results)
    {
        batch.Add("""
            WITH ended AS (UPDATE requests SET completed_at = weir_now(), results = $2 WHERE id = ANY($1) AND completed_at IS NULL RETURNING id, buildset_id, builder_id)
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id) SELECT 'RequestCompleted', buildset_id, id, builder_id FROM ended
            """, StoreBatch.P(requests), StoreBatch.P((short)results));
        Close(batch, buildsets);
    }

    /// <summary>Requests that others are built for end as cancelled, each with the number of that other. The caller has their rows of the queue and has locked their buildsets.</summary>
    public static void Supersede(StoreBatch batch, IReadOnlyCollection<Superseded> pairs, long[] buildsets)
    {
        batch.Add("""
            WITH ended AS (
                UPDATE requests r SET completed_at = weir_now(), results = $3, superseded_by = p.by FROM unnest($1, $2) AS p (request, by) WHERE r.id = p.request AND r.completed_at IS NULL
                RETURNING r.id, r.buildset_id, r.builder_id)
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id) SELECT 'RequestCompleted', buildset_id, id, builder_id FROM ended
            """, StoreBatch.P(pairs.Select(p => p.Request).ToArray()), StoreBatch.P(pairs.Select(p => p.By).ToArray()), StoreBatch.P((short)BuildResult.Cancelled));
        Close(batch, buildsets);
    }

    // With the last request, and not looking at all of them before; where the first failure ended the rest it is the failure that counts, and not that the rest was cancelled. Whoever waits for the buildset finds its row marked.
    // A statement of its own: it sees what the one before has ended. Its questions are asked of each buildset by itself: put as a join, they read whole tables as long as these are small.
    private static void Close(StoreBatch batch, params long[] buildsets)
    {
        batch.Add("""
            WITH closed AS (
                UPDATE buildsets b SET completed_at = weir_now(), results = (
                    SELECT coalesce(CASE WHEN b.fail_fast THEN max(r.results) FILTER (WHERE r.results IN (2, 4)) END, (array_agg(r.results ORDER BY array_position($2, r.results) DESC))[1])
                    FROM requests r WHERE r.buildset_id = b.id)
                WHERE b.id = ANY($1) AND b.completed_at IS NULL AND (SELECT r.id FROM requests r WHERE r.buildset_id = b.id AND r.completed_at IS NULL LIMIT 1) IS NULL
                RETURNING b.id),
            waited AS (UPDATE triggers SET ended_at = weir_now() FROM closed WHERE buildset_id = closed.id)
            INSERT INTO event_outbox (kind, buildset_id) SELECT 'BuildsetCompleted', id FROM closed
            """, StoreBatch.P(buildsets), StoreBatch.P(BestFirst));
        batch.Wake(WakeTopic.Events);
        batch.Wake(WakeTopic.Triggers);
    }
}
