namespace Weir.Engine.Queue;

/// <summary>
/// A build that waits for what it has set off lends its slot on its worker to one of those builds at a time: while one of them runs there, the two count as one. So a build can wait for others on a worker with a
/// single slot, and no worker ever runs more than its slots allow.
/// </summary>
internal static class LentSlots
{
    /// <summary>How many slots of the worker <c>w</c> are lent and in use.</summary>
    public const string InUse = """
        (SELECT count(DISTINCT t.build_id)::int FROM triggers t JOIN build_owners p USING (build_id) JOIN builds c ON c.buildset_id = t.buildset_id AND c.completed_at IS NULL AND c.worker_id = p.worker_id
         WHERE t.waiting AND p.worker_id = w.id)
        """;

    /// <summary>The build that waits for a request (a row <c>r</c> with a <c>buildset_id</c>), and the worker on which its slot is there to be lent; nothing, if it is lent already.</summary>
    public const string Offered = """
        LEFT JOIN LATERAL (
            SELECT p.build_id AS lender, p.worker_id AS lent_on FROM triggers t JOIN build_owners p USING (build_id)
            WHERE t.buildset_id = r.buildset_id AND t.waiting AND NOT EXISTS (SELECT FROM builds c WHERE c.buildset_id = t.buildset_id AND c.completed_at IS NULL AND c.worker_id = p.worker_id)) lent ON true
        """;

    /// <summary>The waiting requests for which a build waits, of each such build the best few; and what there is to be lent to them.</summary>
    public const string Offers = """
        SELECT o.request_id, o.builder_id, o.buildset_id, of.name AS builder, o.priority, o.submitted_at, o.attempt, o.set_aside_in IS NOT NULL AS was_set_aside, p.worker_id AS lent_on,
               CASE WHEN NOT EXISTS (SELECT FROM builds c WHERE c.buildset_id = t.buildset_id AND c.completed_at IS NULL AND c.worker_id = p.worker_id) THEN p.build_id END AS lender,
               CASE WHEN of.project = ANY(@capped) THEN weir_cap_lender(o.buildset_id, of.project) END AS cap_lender
        FROM triggers t JOIN build_owners p USING (build_id) CROSS JOIN LATERAL (
            SELECT * FROM open_requests o
            WHERE o.buildset_id = t.buildset_id AND coalesce(o.not_before <= (SELECT weir_now()), true) AND o.set_aside_in IS DISTINCT FROM (SELECT revision_id FROM config_in_force)
            ORDER BY o.priority DESC, o.submitted_at, o.request_id LIMIT 20) o
        JOIN builders of ON of.id = o.builder_id
        WHERE t.waiting
        """;
}

/// <summary>The slot of the build that waits for a request.</summary>
public sealed record LentSlot(long Build, long Worker);
