using System.Globalization;

namespace Weir.Bench.Cases;

/// <summary>What dashboards ask for when many builds have been made: 100 builders, nothing, 5,000, 100,000 and 1,000,000 finished builds.</summary>
internal static class History
{
    public static async Task Requests(Bench bench)
    {
        await using var site = await bench.Site("fan", "latency");
        await bench.Latencies(site, 3, "warm");
        foreach (var total in new[] { 0, 5_000, 100_000, 1_000_000 })
        {
            await Fill(site, total);
            var since = await site.One<long>("""
                SELECT coalesce(extract(epoch FROM min(completed_at))::bigint, 0) FROM (SELECT completed_at FROM builds WHERE completed_at IS NOT NULL ORDER BY completed_at DESC LIMIT 201) x
                """);
            var fan = await site.One<long>("SELECT id FROM builders WHERE name = 'fan-000'");
            foreach (var (name, path) in new[]
            {
                ("builders", "/api/v2/builders"),
                ("builds_200_by_id", "/api/v2/builds?limit=200&order=-buildid"),
                ("builds_200_by_start", "/api/v2/builds?limit=200&order=-started_at"),
                ("builds_since", $"/api/v2/builds?complete_at__gt={since}"),
                ("builds_20_done_with_property", "/api/v2/builds?limit=20&order=-buildid&complete=true&property=owner"),
                ("builds_running", "/api/v2/builds?complete=false&order=-started_at"),
                ("builder_builds_50", $"/api/v2/builders/{fan}/builds?limit=50&order=-number"),
                ("requests_pending", "/api/v2/buildrequests?complete=false&claimed=false"),
            })
                await Ask(bench, site, string.Create(CultureInfo.InvariantCulture, $"history_{total}_{name}"), path);
            foreach (var (name, path) in new[] { ("home", "/"), ("waterfall", "/waterfall"), ("builders_page", "/builders"), ("queue", "/queue"), ("workers", "/workers") })
                await Ask(bench, site, string.Create(CultureInfo.InvariantCulture, $"page_{total}_{name}"), path);
            var runs = new List<double>();
            for (var r = 0; r < bench.Repeat; r++)
                runs.Add(Quantiles.Median((await bench.Latencies(site, 10, string.Create(CultureInfo.InvariantCulture, $"h{total}-{r}"))).Found));
            bench.Results.Add(string.Create(CultureInfo.InvariantCulture, $"history_{total}_dispatch_latency_p50"), "ms", runs, 10);
            bench.Results.Add(string.Create(CultureInfo.InvariantCulture, $"history_{total}_database"), "MB", [await site.One<double>("SELECT pg_database_size(current_database()) / 1e6")], total);
        }
    }

    private static async Task Ask(Bench bench, Site site, string name, string path)
    {
        var (runs, size) = (new List<double>(), (await site.Http.Get(path)).Length);
        for (var r = 0; r < bench.Repeat; r++)
        {
            var times = new List<double>();
            for (var i = 0; i < 20; i++)
                times.Add(await site.Http.Time(path));
            runs.Add(Quantiles.Median(times));
        }
        bench.Results.Add(name + "_p50", "ms", runs, 20);
        bench.Results.Add(name + "_size", "kB", [size / 1000.0], 20);
    }

    // As the other side has them: two steps, a log of three lines and eight properties for each build, one every ten seconds.
    private static async Task Fill(Site site, int total)
    {
        var there = await site.One<long>("SELECT count(*) FROM builds WHERE id BETWEEN 10000000 AND 19999999");
        if (total <= there)
            return;
        for (var first = there; first < total; first += 50_000)
        {
            await site.Execute("""
                WITH b AS (
                    SELECT g AS n, (SELECT array_agg(id ORDER BY id) FROM builders WHERE name LIKE 'fan-%')[1 + g % 100] AS builder,
                           (SELECT array_agg(id ORDER BY id) FROM workers)[1 + g % 8] AS worker, (SELECT min(id) FROM masters) AS master, (SELECT revision_id FROM config_in_force) AS revision,
                           now() - interval '100 seconds' - (@total - g) * interval '10 seconds' AS t
                    FROM generate_series(@first, @last) g),
                s AS (INSERT INTO buildsets (id, reason, submitted_at, completed_at, results) OVERRIDING SYSTEM VALUE SELECT 10000000 + n, 'history', t, t + interval '5 seconds', 0 FROM b),
                ss AS (INSERT INTO buildset_sourcestamps (buildset_id, sourcestamp_id) SELECT 10000000 + n, (SELECT min(id) FROM sourcestamps) FROM b),
                r AS (INSERT INTO requests (id, buildset_id, builder_id, submitted_at, claimed_at, claimed_by, completed_at, results) OVERRIDING SYSTEM VALUE
                    SELECT 10000000 + n, 10000000 + n, builder, t, t, master, t + interval '5 seconds', 0 FROM b),
                d AS (INSERT INTO builds (id, builder_id, number, request_id, buildset_id, worker_id, master_id, config_revision_id, started_at, completed_at, results, state_text) OVERRIDING SYSTEM VALUE
                    SELECT 10000000 + n, builder, 1000000 + n, 10000000 + n, 10000000 + n, worker, master, revision, t + interval '1 second', t + interval '5 seconds', 0, 'build successful' FROM b),
                p AS (INSERT INTO build_properties (build_id, name, value, source)
                    SELECT 10000000 + n, k, to_jsonb('value of ' || k), 'Builder' FROM b, unnest(ARRAY['owner', 'workername', 'buildername', 'revision', 'branch', 'project', 'builddir', 'reason']) k),
                st AS (INSERT INTO steps (id, build_id, number, name, kind, state_text, started_at, completed_at, results) OVERRIDING SYSTEM VALUE
                    SELECT 20000000 + n * 2 + i, 10000000 + n, i, CASE i WHEN 0 THEN 'prepare' ELSE 'true' END, 'run', 'done', t + interval '1 second', t + interval '5 seconds', 0 FROM b, generate_series(0, 1) i)
                INSERT INTO logs (build_id, step_id, name, slug, type, line_count, byte_count, started_at, completed_at, expires_on)
                SELECT 10000000 + n, 20000000 + n * 2 + 1, 'stdio', 'stdio', 's', 3, 14, t + interval '1 second', t + interval '5 seconds', current_date + 90 FROM b
                """, ("total", (long)total), ("first", first), ("last", Math.Min(first + 50_000, total) - 1));
        }
        // What is built meanwhile gets ids behind all that will ever be filled in.
        foreach (var (table, behind) in new[] { ("buildsets", 30_000_000), ("requests", 30_000_000), ("builds", 30_000_000), ("steps", 60_000_000) })
            await site.Execute(string.Create(CultureInfo.InvariantCulture, $"SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest({behind}, (SELECT max(id) FROM {table})))"));
        await site.Execute("VACUUM ANALYZE");
    }
}
