namespace Weir.Engine.Storage;

/// <summary>What must hold between the rows of a store, and how many break it.</summary>
/// <param name="Name">The rule, as a sentence that is true of a sound store.</param>
/// <param name="Broken">How many rows break it.</param>
/// <param name="Examples">Some of them, as words and numbers.</param>
public sealed record StoreRule(string Name, long Broken, IReadOnlyList<string> Examples);

/// <summary>Looks whether the store is sound: the rules that every transaction of Weir keeps. Read-only, of one moment, safe beside running masters.</summary>
public sealed class StoreCheck(Database database)
{
    private const int MostExamples = 5;

    // What has a past is looked at as far back as costs little.
    private const int Recent = 500;

    // Nobody is late because of what happened while nobody was there.
    private const string EngineLives = "EXISTS (SELECT FROM masters WHERE state = 'Active' AND 'engine' = ANY(roles) AND heartbeat_at > weir_now() - interval '10 seconds' AND started_at < weir_now() - interval '5 minutes')";

    // Units of their own, and no part of what a build holds that lets others use it.
    private const string ThroughNobody = """
        NOT EXISTS (SELECT FROM lock_claims p WHERE p.build_id = ANY(c.through) AND p.lock_id = c.lock_id AND p.worker_id IS NOT DISTINCT FROM c.worker_id AND p.held_at IS NOT NULL)
        """;

    private sealed record Row(string What, long Total);

    // Each statement answers one row for each thing that breaks the rule.
    private static readonly (string Name, string Broken)[] Rules =
    [
        ("An open build has an owner.", "SELECT 'build ' || b.id FROM builds b WHERE b.completed_at IS NULL AND NOT EXISTS (SELECT FROM build_owners o WHERE o.build_id = b.id)"),
        ("An owner has an open build.", "SELECT 'build ' || o.build_id FROM build_owners o JOIN builds b ON b.id = o.build_id WHERE b.completed_at IS NOT NULL"),
        ("An open request waits in the queue or is being built.", """
            SELECT 'request ' || r.id FROM requests r WHERE r.completed_at IS NULL AND NOT EXISTS (SELECT FROM open_requests q WHERE q.request_id = r.id)
                AND NOT EXISTS (SELECT FROM builds b WHERE b.request_id = r.id AND b.completed_at IS NULL)
            """),
        ("What waits in the queue is an open request.", "SELECT 'request ' || q.request_id FROM open_requests q JOIN requests r ON r.id = q.request_id WHERE r.completed_at IS NOT NULL"),
        ("A buildset is open exactly as long as one of its requests is.", """
            SELECT 'buildset ' || s.id FROM buildsets s WHERE s.completed_at IS NULL AND NOT EXISTS (SELECT FROM requests r WHERE r.buildset_id = s.id AND r.completed_at IS NULL)
            UNION ALL
            SELECT 'buildset ' || s.id FROM requests r JOIN buildsets s ON s.id = r.buildset_id WHERE r.completed_at IS NULL AND s.completed_at IS NOT NULL
            """),
        ("No command is left of a build that has ended.", "SELECT 'command ' || c.id || ' of build ' || c.build_id FROM commands c JOIN builds b ON b.id = c.build_id WHERE b.completed_at IS NOT NULL"),
        ("A request has at most one open build.", "SELECT 'request ' || b.request_id FROM builds b WHERE b.completed_at IS NULL GROUP BY b.request_id HAVING count(*) > 1"),
        ("A request that has ended has no open build.", "SELECT 'build ' || b.id FROM builds b JOIN requests r ON r.id = b.request_id WHERE b.completed_at IS NULL AND r.completed_at IS NOT NULL"),
        ("The attempts of a request are numbered without a gap; one that was interrupted does not count.", $"""
            SELECT 'request ' || b.request_id FROM builds b LEFT JOIN build_stops s ON s.build_id = b.id AND s.requeue AND b.results = 5 WHERE b.request_id IN (SELECT request_id FROM builds ORDER BY id DESC LIMIT {Recent})
            GROUP BY b.request_id HAVING max(b.attempt) <> count(DISTINCT b.attempt) OR min(b.attempt) <> 1 OR count(*) - count(DISTINCT b.attempt) > count(s.build_id)
            """),
        ("A build that has ended has a result, and so have its steps.", $"""
            SELECT 'build ' || b.id FROM (SELECT * FROM builds ORDER BY id DESC LIMIT {Recent}) b
            WHERE b.completed_at IS NOT NULL AND (b.results IS NULL OR EXISTS (SELECT FROM steps s WHERE s.build_id = b.id AND (s.completed_at IS NULL OR s.results IS NULL)))
            """),
        ("The steps of a build are those of its plan, in that order.", $"""
            SELECT 'build ' || b.id || ', step ' || s.number FROM (SELECT id FROM builds ORDER BY id DESC LIMIT {Recent}) b JOIN build_plans p ON p.build_id = b.id JOIN steps s ON s.build_id = b.id
            WHERE s.name IS DISTINCT FROM p.plan->'Builder'->'Steps'->s.number->>'Name'
            """),
        ("The logs of a step that has ended are complete.", $"""
            SELECT 'log ' || l.id FROM (SELECT * FROM logs ORDER BY id DESC LIMIT {Recent}) l JOIN steps s ON s.id = l.step_id WHERE s.completed_at IS NOT NULL AND l.completed_at IS NULL
            """),
        ("The pieces of a log follow each other without a gap.", $"""
            SELECT 'log ' || l.id || ', piece ' || c.seq FROM (SELECT * FROM logs ORDER BY id DESC LIMIT {Recent}) l
            CROSS JOIN LATERAL (
                SELECT c.seq, c.first_line, coalesce(lag(c.first_line + c.line_count) OVER (ORDER BY c.seq), 0) AS expected_line, row_number() OVER (ORDER BY c.seq) - 1 AS expected_seq
                FROM log_chunks c WHERE c.expires_on = l.expires_on AND c.log_id = l.id) c
            WHERE l.expires_on > (weir_now() AT TIME ZONE 'UTC')::date AND (c.first_line <> c.expected_line OR c.seq <> c.expected_seq)
            """),
        ("A master that was told to go has begun nothing since but what its builds wait for.", """
            SELECT 'request ' || r.id || ' by ' || m.name FROM masters m JOIN requests r ON r.claimed_by = m.id AND r.claimed_at > m.drain_requested_at WHERE m.state IN ('Draining', 'Stopped') AND m.drain_requested_at > m.started_at AND NOT r.waited_for
            """),
        ("While an engine lives no change waits a minute to be classified.", $"SELECT 'change ' || w.change_id FROM change_work w JOIN changes c ON c.id = w.change_id WHERE c.received_at < weir_now() - interval '1 minute' AND {EngineLives}"),
        ("While an engine lives no timer is two minutes late.", $"SELECT t.kind || ' ' || t.subject FROM timers t WHERE t.due_at < weir_now() - interval '2 minutes' AND {EngineLives}"),
        ("While a master lives no event waits a minute for its number.", "SELECT 'event ' || e.id FROM event_outbox e WHERE e.at < weir_now() - interval '1 minute' AND EXISTS (SELECT FROM masters WHERE state = 'Active' AND heartbeat_at > weir_now() - interval '10 seconds')"),
        ("While an engine lives no order waits a minute.", $"SELECT 'order ' || o.id || ', ' || o.kind || ' of ' || o.subject FROM orders o WHERE o.done_at IS NULL AND o.asked_at < weir_now() - interval '1 minute' AND {EngineLives}"),
        ("No back-fill stands still.", $"SELECT b.name || coalesce(': ' || b.last_error, '') FROM backfills b WHERE b.done_at IS NULL AND (b.last_error IS NOT NULL OR (b.moved_at < weir_now() - interval '10 minutes' AND {EngineLives}))"),
        ("Nobody has a lock beside an exclusive holder, and no lock has more units held than there were when they were given.", $"""
            SELECT 'lock ' || l.name FROM lock_claims c JOIN locks l ON l.id = c.lock_id WHERE c.held_at IS NOT NULL AND {ThroughNobody} GROUP BY l.id, l.name, l.capacity, c.worker_id
            HAVING (bool_or(c.exclusive) AND count(*) > 1)
                OR (count(*) > 1 AND sum(c.units) > greatest(l.capacity, (SELECT max(p.value::integer) FROM jsonb_each_text(l.per_worker) p))
                    AND min(c.held_at) > (SELECT r.created_at FROM config_in_force f JOIN config_revisions r ON r.id = f.revision_id))
            """),
        ("Builds that use what the build holds that waits for them use no more of it together.", $"""
            SELECT 'lock ' || l.name || ' of build ' || p.build_id FROM lock_claims p JOIN locks l ON l.id = p.lock_id
            JOIN lock_claims c ON p.build_id = c.through[1] AND p.lock_id = c.lock_id AND p.worker_id IS NOT DISTINCT FROM c.worker_id AND c.held_at IS NOT NULL
            WHERE p.held_at IS NOT NULL AND NOT p.exclusive GROUP BY l.name, p.build_id, p.units HAVING count(*) > 1 AND sum(c.units) > p.units
            """),
        ("Only who waits at a trigger is without a slot.", """
            SELECT 'build ' || o.build_id FROM build_owners o WHERE o.slot_released_at IS NOT NULL AND NOT EXISTS (SELECT FROM triggers t JOIN steps s ON s.id = t.step_id WHERE t.build_id = o.build_id AND t.waiting AND s.completed_at IS NULL)
            """),
        ("No named thing is held twice.", $"""
            SELECT n.name || ' of lock ' || l.name FROM lock_claims c JOIN locks l ON l.id = c.lock_id CROSS JOIN LATERAL unnest(c.names) n (name) WHERE c.held_at IS NOT NULL AND {ThroughNobody} GROUP BY l.name, c.worker_id, n.name HAVING count(*) > 1
            """),
        ("What was held for steps is free when they are over.", """
            SELECT 'lock ' || l.name || ' of build ' || c.build_id FROM lock_claims c JOIN locks l ON l.id = c.lock_id
            WHERE c.until_step < (SELECT max(s.number) FROM steps s WHERE s.build_id = c.build_id AND s.completed_at IS NULL)
            """),
        ("Only a step that has begun waits for locks.", """
            SELECT 'build ' || c.build_id FROM lock_claims c WHERE c.held_at IS NULL AND NOT EXISTS (SELECT FROM steps s WHERE s.build_id = c.build_id AND s.completed_at IS NULL AND s.locks_acquired_at IS NULL)
            """),
        ("No builds wait for one another for ever.", "SELECT text FROM standstills"),
        ("A revision in force is the one that the store names.", """
            SELECT 'revision ' || r.id FROM config_revisions r WHERE r.state = 'InForce' AND r.id IS DISTINCT FROM (SELECT revision_id FROM config_in_force)
            """),
        ("A revision that is to come follows the one in force.", "SELECT 'revision ' || id FROM config_revisions WHERE state IN ('HeldBack', 'WaitingForIdle') AND parent_id IS DISTINCT FROM (SELECT revision_id FROM config_in_force)"),
        ("No revision waits for idle builders beyond its deadline.", $"SELECT 'revision ' || id FROM config_revisions WHERE state = 'WaitingForIdle' AND deadline < weir_now() - interval '1 minute' AND {EngineLives}"),
        ("A builder's counter is at least the number of its last build.", "SELECT 'builder ' || b.name FROM builders b WHERE b.last_number < (SELECT max(number) FROM builds WHERE builder_id = b.id)"),
        ("The newest complete logs have the lines they claim.", """
            SELECT 'log ' || l.id FROM (SELECT * FROM logs WHERE completed_at IS NOT NULL ORDER BY id DESC LIMIT 500) l
            WHERE l.expires_on > (weir_now() AT TIME ZONE 'UTC')::date
                AND l.line_count <> (SELECT coalesce(sum(c.line_count), 0) FROM log_chunks c WHERE c.expires_on = l.expires_on AND c.log_id = l.id)
            """),
    ];

    public Task<IReadOnlyList<StoreRule>> Run(CancellationToken cancellation) => database.Snapshot(async snapshot =>
    {
        var results = new List<StoreRule>();
        foreach (var (name, broken) in Rules)
        {
            var rows = await snapshot.Query<Row>($"SELECT broken.what, count(*) OVER () AS total FROM ({broken}) AS broken (what) LIMIT @MostExamples", new { MostExamples });
            results.Add(new(name, rows.Count == 0 ? 0 : rows[0].Total, [.. rows.Select(r => r.What)]));
        }
        return (IReadOnlyList<StoreRule>)results;
    }, cancellation);
}
