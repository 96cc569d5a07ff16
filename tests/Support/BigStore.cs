namespace Weir.Support;

/// <summary>A store like that of a large site after some weeks, made by a few statements: many builders, each with a history of builds, steps, requests and changes.</summary>
public static class BigStore
{
    /// <summary>Fills the store: builds are spread evenly over the days up to now, 6 in 10 short, 3 middling, 1 long; one in eight fails; as many as there are workers still run.</summary>
    public static async Task Fill(TestStore store, int builders = 500, int buildsPerDay = 14_000, int days = 14, int workers = 200, int waiting = 1000, int steps = 5)
    {
        var rows = new Rows(store);
        var master = await rows.Master();
        var revision = await rows.Revision();
        await rows.InForce(revision);
        (string, object?)[] parameters = [("builders", builders), ("workers", workers), ("builds", buildsPerDay * days), ("steps", steps), ("every", TimeSpan.FromDays(1) / buildsPerDay), ("waiting", waiting), ("master", master), ("revision", revision)];
        foreach (var statement in Statements)
            // On a machine that does much else a statement may take longer than one of a page may.
            await rows.Run($"SET statement_timeout = 0; {statement}; RESET statement_timeout", [.. parameters.Where(p => statement.Contains("@" + p.Item1, StringComparison.Ordinal))]);
        await store.Execute("ANALYZE");
    }

    private static readonly string[] Statements =
    [
        """
        INSERT INTO builders (name, project, tags, position, worker_tags)
        SELECT 'builder-' || n, 'project-' || n % 20, ARRAY['t' || n % 5, 'linux'], n, ARRAY['w' || n % 10] FROM generate_series(1, @builders) AS n
        """,
        "INSERT INTO workers (name, configured, tags, max_builds) SELECT 'worker-' || n, true, ARRAY['w' || n % 10, 'linux'], 2 FROM generate_series(1, @workers) AS n",
        """
        INSERT INTO worker_sessions (worker_id, session, master_id, instance, boot, protocol, connected_at, heartbeat_at)
        SELECT id, 1, @master, gen_random_uuid(), 'b', 1, weir_now(), weir_now() FROM workers
        """,
        """
        INSERT INTO changes (author, comments, branch, revision, codebase, when_at, received_at)
        SELECT 'ada', 'Change ' || n, 'main', md5(n::text), 'lib', t, t FROM generate_series(1, @builds / 10) AS n, LATERAL (SELECT weir_now() - n * 10 * @every AS t) AS x
        """,
        "INSERT INTO sourcestamps (codebase, branch, revision, created_at) SELECT 'lib', 'main', md5(n::text), weir_now() FROM generate_series(1, @builds + @waiting) AS n",
        """
        INSERT INTO buildsets (reason, submitted_at, scheduler, properties)
        SELECT 'a commit to lib', weir_now() - (@builds - n) * @every, 'on-lib', '[]' FROM generate_series(1, @builds + @waiting) AS n
        """,
        "INSERT INTO buildset_sourcestamps SELECT n, n FROM generate_series(1, @builds + @waiting) AS n",
        "INSERT INTO buildset_changes SELECT n, 1 + n % (@builds / 10) FROM generate_series(1, @builds) AS n",
        "INSERT INTO requests (buildset_id, builder_id, submitted_at) SELECT n, 1 + (n * 7919) % @builders, weir_now() - (@builds - n) * @every FROM generate_series(1, @builds + @waiting) AS n",
        """
        INSERT INTO builds (builder_id, number, request_id, buildset_id, worker_id, master_id, config_revision_id, started_at, completed_at, results, state_text, branch, revision)
        SELECT builder_id, row_number() OVER (PARTITION BY builder_id ORDER BY id), id, id, 1 + id % @workers, @master, @revision, submitted_at, submitted_at + duration,
            CASE WHEN id % 8 = 3 THEN 2 WHEN id % 100 = 50 THEN 1 ELSE 0 END, CASE WHEN id % 8 = 3 THEN 'failed: check' ELSE 'success' END, 'main', md5(id::text)
        FROM requests, LATERAL (SELECT interval '1 second' * (CASE (id * 31) % 10 WHEN 0 THEN 3600 + id % 7200 WHEN 1 THEN 300 + id % 900 WHEN 2 THEN 300 + id % 900 WHEN 3 THEN 300 + id % 900 ELSE 5 + id % 115 END) AS duration) AS d
        WHERE id <= @builds
        ORDER BY id
        """,
        """
        UPDATE builds SET completed_at = NULL, results = NULL, state_text = 'check' WHERE id IN (SELECT id FROM builds WHERE completed_at > weir_now() ORDER BY id DESC LIMIT @workers)
        """,
        "UPDATE builds SET completed_at = weir_now() WHERE completed_at > weir_now()",
        "INSERT INTO build_owners SELECT id, 1, master_id, worker_id FROM builds WHERE completed_at IS NULL",
        """
        INSERT INTO steps (build_id, number, name, kind, state_text, started_at, completed_at, results)
        SELECT b.id, n, 'step-' || n, 'run', 'done', b.started_at + n * length, b.started_at + (n + 1) * length, CASE WHEN n = @steps - 1 THEN b.results ELSE 0 END
        FROM builds b, generate_series(0, @steps - 1) AS n, LATERAL (SELECT (coalesce(b.completed_at, weir_now()) - b.started_at) / @steps AS length) AS l
        """,
        """
        INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, wait_since)
        SELECT id, buildset_id, builder_id, priority, submitted_at, submitted_at FROM requests ORDER BY id DESC LIMIT @waiting
        """,
        """
        UPDATE builders SET last_number = (SELECT coalesce(max(number), 0) FROM builds WHERE builder_id = builders.id)
        """,
    ];
}
