namespace Weir.Engine.Queue;

/// <summary>
/// A build that waits for what it has set off lends its slot on its worker to one of those builds at a time: while one of them runs there, the two count as one. So a build can wait for others on a worker with a
/// single slot, and no worker ever runs more than its slots allow.
/// </summary>
internal static class LentSlots
{
    // A build c of a buildset that runs on the worker of the build p that waits for it, with a slot.
    private const string Uses = "SELECT FROM builds c JOIN build_owners k ON k.build_id = c.id AND k.slot_released_at IS NULL WHERE c.buildset_id = t.buildset_id AND c.worker_id = p.worker_id";

    /// <summary>How many builds of the worker <c>w</c> have given their slot up.</summary>
    public const string Released = "(SELECT count(*)::int FROM build_owners o WHERE o.worker_id = w.id AND o.slot_released_at IS NOT NULL)";

    /// <summary>Whether a build waits for a request <c>r</c> that has given its slot up.</summary>
    public const string OfReleased = "EXISTS (SELECT FROM triggers t JOIN build_owners p USING (build_id) WHERE t.buildset_id = r.buildset_id AND t.waiting AND p.slot_released_at IS NOT NULL)";

    /// <summary>Rows for <see cref="SlotWaiter"/>: those who ask for a slot on their worker again, the first first.</summary>
    public const string Asking = $"""
        SELECT o.build_id AS build, o.worker_id AS worker, (SELECT p.build_id FROM triggers t JOIN build_owners p USING (build_id) WHERE t.buildset_id = b.buildset_id AND t.waiting AND p.worker_id = o.worker_id AND p.slot_released_at IS NULL AND NOT EXISTS ({Uses})) AS lender
        FROM build_owners o JOIN builds b ON b.id = o.build_id WHERE o.slot_asked_at IS NOT NULL ORDER BY o.slot_asked_at, o.build_id
        """;

    /// <summary>How many slots of the worker <c>w</c> are lent and in use.</summary>
    public const string InUse = $"(SELECT count(*)::int FROM triggers t JOIN build_owners p USING (build_id) WHERE t.waiting AND p.worker_id = w.id AND p.slot_released_at IS NULL AND EXISTS ({Uses}))";

    /// <summary>The build that waits for a request (a row <c>r</c> with a <c>buildset_id</c>), and the worker on which its slot is there to be lent; nothing, if it is lent already.</summary>
    public const string Offered = $"""
        LEFT JOIN LATERAL (
            SELECT p.build_id AS lender, p.worker_id AS lent_on FROM triggers t JOIN build_owners p USING (build_id)
            WHERE t.buildset_id = r.buildset_id AND t.waiting AND p.slot_released_at IS NULL AND NOT EXISTS ({Uses})) lent ON true
        """;

    /// <summary>The waiting requests for which a build waits, of each such build the best few; and what there is to be lent to them.</summary>
    public const string Offers = $"""
        SELECT o.request_id, o.builder_id, o.buildset_id, of.name AS builder, o.priority, o.submitted_at, o.attempt, o.set_aside_in IS NOT NULL AS was_set_aside, p.worker_id AS lent_on,
               p.slot_released_at IS NOT NULL AS of_released, CASE WHEN p.slot_released_at IS NULL AND NOT EXISTS ({Uses}) THEN p.build_id END AS lender,
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

/// <summary>A build that gave its slot up and asks for one again.</summary>
/// <param name="Build">The build.</param>
/// <param name="Worker">Its worker.</param>
/// <param name="Lender">The build on the same worker that waits for it, and whose slot it may have while nobody else has it; null: there is none.</param>
public sealed record SlotWaiter(long Build, long Worker, long? Lender);
