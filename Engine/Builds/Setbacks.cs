using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Builds;

/// <summary>
/// What a build's end says of its worker. One that was lost with it, or that the worker would not run, is a setback; all that one outage takes with it is one. After the third in a row the worker
/// is in quarantine, each time for twice as long; then it is given one build at a time, as a probe, until one has come to an end of its own, good or bad. People may end it at any time.
/// </summary>
internal static class Setbacks
{
    /// <summary>So many in a row.</summary>
    public const int Most = 3;

    public static readonly TimeSpan First = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(4);

    // Among so many of a worker's last builds those are looked for that one outage took with it.
    private const int Recent = 200;

    public static void Add(StoreBatch batch, BuildState build, BuildResult results)
    {
        if (IsSetback(build, results))
            Count(batch, build);
        else if (results is BuildResult.Success or BuildResult.Warnings or BuildResult.Failure)
            Forget(batch, build);
    }

    // What was interrupted on purpose, stopped, or wrong in itself says nothing of the worker.
    private static bool IsSetback(BuildState build, BuildResult results) =>
        (results == BuildResult.Retry && build.Stop is not { Again: true })
        || (results == BuildResult.Exception && build.Steps is [.., { Commands: [.., { Ended: { Kind: EndKind.CouldNotStart, Reason: { } reason } }] }] && reason.StartsWith("the worker refused it", StringComparison.Ordinal));

    // Builds that had begun before another of its builds was lost fell with it. The worker's row is locked by a statement of its own: the next one sees whoever was counted meanwhile.
    private static void Count(StoreBatch batch, BuildState build)
    {
        batch.Add("SELECT FROM workers WHERE id = $1 FOR NO KEY UPDATE", P(build.WorkerId));
        batch.Add($"""
            WITH fallen AS (
                SELECT FROM builds b JOIN (SELECT p.id, p.results, p.completed_at, p.state_text FROM builds p WHERE p.worker_id = $1 ORDER BY p.id DESC LIMIT {Recent}) p ON p.id <> b.id AND p.completed_at > b.started_at
                WHERE b.id = $5 AND (p.results = 5 OR (p.results = 4 AND p.state_text LIKE 'given up after %')) AND NOT EXISTS (SELECT FROM build_stops s WHERE s.build_id = p.id AND s.requeue)),
            span AS (SELECT w.setbacks + 1 AS times, least($3 * power(2, least(greatest(w.setbacks + 1 - $2, 0), 20)), $4) AS long FROM workers w WHERE w.id = $1),
            counted AS (
                UPDATE workers w SET setbacks = times,
                    quarantined_at = CASE WHEN times >= $2 THEN coalesce(w.quarantined_at, weir_now()) END,
                    quarantined_until = CASE WHEN times >= $2 THEN weir_now() + long END,
                    quarantine_reason = CASE WHEN times >= $2 THEN times || ' times in a row builds were lost on it' END,
                    changes_at = CASE WHEN times >= $2 THEN least(w.changes_at, weir_now() + long) ELSE w.changes_at END
                FROM span WHERE w.id = $1 AND NOT EXISTS (SELECT FROM fallen)
                RETURNING w.id)
            INSERT INTO event_outbox (kind, worker_id) SELECT 'WorkerChanged', id FROM counted
            """, P(build.WorkerId), P(Most), P(First), P(Longest), P(build.BuildId));
    }

    private static void Forget(StoreBatch batch, BuildState build) => batch.Add("""
        WITH proved AS (
            UPDATE workers SET setbacks = 0, quarantined_at = NULL, quarantined_until = NULL, quarantine_reason = NULL WHERE id = $1 AND setbacks > 0 RETURNING id)
        INSERT INTO event_outbox (kind, worker_id) SELECT 'WorkerChanged', id FROM proved
        """, P(build.WorkerId));
}
