using System.Text.Json;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Schedulers;
using Weir.Engine.Schedulers.Impacts;
using Weir.Engine.Tests.Configuration;
using Weir.Engine.Queue;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Support;

namespace Weir.Engine.Tests.Schedulers.Impacts;

/// <summary>What is said beforehand is what comes.</summary>
public sealed class ImpactTests : IAsyncLifetime
{
    private const string Before = """
        weir: 1
        workers: { w1: { maxBuilds: 4 }, w2: {} }
        locks: { cpu: { capacity: 4 } }
        builders:
          lib: { workers: { names: [w1] }, locks: [cpu], steps: [ { run: make } ] }
          doc: { workers: { names: [w2] }, steps: [ { run: doc } ] }
          deb: { steps: [ { run: deb } ] }
          old: { steps: [ { run: old } ] }
          same: { steps: [ { run: same } ] }
        schedulers:
          hourly: { type: periodic, every: 1h, builders: [lib] }
          nightly: { type: nightly, cron: '0 2 * * *', builders: [lib] }
          weekly: { type: nightly, cron: '0 5 * * 1', builders: [lib] }
          gone: { type: periodic, every: 2h, builders: [lib] }
        """;

    private const string After = """
        weir: 1
        workers: { w1: { maxBuilds: 2 } }
        locks: { cpu: { capacity: 1 } }
        builders:
          lib: { workers: { names: [w1] }, locks: [cpu], steps: [ { run: make all } ] }
          doc: { workers: { names: [w1] }, steps: [ { run: doc } ] }
          deb: { properties: { version: { required: true } }, steps: [ { run: deb } ] }
          new: { was: old, steps: [ { run: old } ] }
          same: { steps: [ { run: same } ] }
        schedulers:
          hourly: { type: periodic, every: 3h, builders: [lib] }
          nightly: { type: nightly, cron: '0 3 * * *', builders: [lib] }
          weekly: { type: nightly, cron: '0 5 * * 1', builders: [lib] }
          fresh: { type: nightly, cron: '0 4 * * *', builders: [lib] }
        """;

    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private TestStore store = null!;
    private RevisionActions revisions = null!;
    private ImpactQueries impacts = null!;

    public async ValueTask InitializeAsync()
    {
        store = await TestStore.Create();
        revisions = new(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests());
        impacts = new(store.Database, revisions, new RevisionQueries(store.Database));
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task What_is_predicted_is_what_is_observed()
    {
        await Apply(Before);
        await Sync();
        await store.Execute("UPDATE schedulers SET last_fired_at = weir_now() - interval '10 minutes' WHERE name IN ('hourly', 'gone'); UPDATE timers t SET due_at = s.last_fired_at + t.rule::interval FROM schedulers s WHERE t.subject = s.id::text AND t.kind = 'periodic'");
        foreach (var builder in new[] { "lib", "lib", "doc", "deb", "deb", "deb", "old", "same" })
            await Request(builder, builder == "deb" && await store.Scalar<long>("SELECT count(*) FROM open_requests") == 3 ? """[{"Name":"version","Value":"1","Source":"Force"}]""" : "[]");
        await Run("lib", "w1");
        await Run("lib", "w1");
        await Run("doc", "w2");

        var impact = (await impacts.Of([new("weir.yaml", After)], ApplyTerms.None, None)).Impact!;
        var due = await Timers();
        await Apply(After);
        await Sync();

        Assert.Equal(
            ["lib Changed waiting 2 running 1:2", "doc Changed waiting 1 running 1:1", "deb Changed waiting 3 aside 2 version", "new Renamed old waiting 1"],
            impact.Builders.OrderBy(b => Array.IndexOf(["lib", "doc", "deb", "new"], b.Name)).Select(Said));
        Assert.Equal(["w1 Changed 2", "w2 Removed 1"], impact.Workers.Select(w => $"{w.Name} {w.Change} {w.Running}"));
        Assert.Equal(["cpu Changed 0 4 1"], impact.Locks.Select(l => $"{l.Name} {l.Change} {l.Holders} {l.Before} {l.After}"));
        // The timers are what was said, before and after.
        var moved = impact.Schedules.ToDictionary(s => s.Scheduler);
        Assert.Equal(["fresh", "gone", "hourly", "nightly"], moved.Keys.Order());
        Assert.Equal(moved.Where(m => m.Value.Before is not null).ToDictionary(m => m.Key, m => m.Value.Before!.Value), due.Where(d => moved.ContainsKey(d.Key)).ToDictionary());
        Assert.Equal(moved.Where(m => m.Value.After is not null).ToDictionary(m => m.Key, m => m.Value.After!.Value), (await Timers()).Where(d => moved.ContainsKey(d.Key)).ToDictionary());
        // Requests are where it was said: the renamed builder has its own, and nobody else has lost his.
        Assert.Equal("deb 3,doc 1,lib 2,new 1,same 1", await store.Scalar<string>("SELECT string_agg(name || ' ' || n, ',' ORDER BY name) FROM (SELECT b.name, count(*) AS n FROM open_requests o JOIN builders b ON b.id = o.builder_id WHERE b.retired_at IS NULL GROUP BY 1) r"));
        Assert.Equal("1", await store.Scalar<string>("SELECT string_agg(DISTINCT config_revision_id::text, ',') FROM builds"));
        Assert.Equal(
        [
            "2 waiting requests of deb are set aside: the property version is required and has no value.",
            "2 waiting requests of lib begin under the new revision.",
            "1 waiting request of doc begins under the new revision.",
            "1 waiting request of deb begins under the new revision.",
            "1 waiting request of old begins under the new revision, as new.",
            "2 running builds of lib stay on revision 1.",
            "1 running build of doc stays on revision 1.",
            "Worker w1 changes; 2 builds on it go on.",
            "Worker w2 is removed; 1 build on it goes on.",
        ], impact.Sentences().Take(9));
    }

    [Fact]
    public async Task A_builder_that_goes_loses_its_requests_and_one_whose_worker_goes_is_told()
    {
        await Apply(Before);
        await Sync();
        await Request("same", "[]");

        var gone = (await impacts.Of([new("weir.yaml", Before.Replace("  same: { steps: [ { run: same } ] }\n", "", StringComparison.Ordinal))], ApplyTerms.None, None)).Impact!;

        Assert.Equal(["1 waiting request of same loses its builder, and waits until it is back or somebody cancels."], gone.Sentences());
        var nobody = Planner.Of(Small("w1, w2"), Small("w1"), new() { Now = DateTimeOffset.UnixEpoch });
        Assert.Equal(["doc"], nobody.Builders.Where(b => b.LosesWorkers).Select(b => b.Name));
    }

    [Fact]
    public async Task Nothing_changes_nothing_and_what_is_wrong_has_no_impact()
    {
        await Apply(Before);
        await Sync();

        Assert.Empty((await impacts.Of([new("weir.yaml", Before + "\n# a comment")], ApplyTerms.None, None)).Impact!.Sentences());
        Assert.NotEmpty((await impacts.Of([new("weir.yaml", "weir: 2")], ApplyTerms.None, None)).Problems);
        Assert.Null(await impacts.OfRevision(99, ApplyTerms.None, None));
        Assert.Empty((await impacts.OfRevision(1, ApplyTerms.None, None))!.Impact!.Sentences());
        Assert.Null(await impacts.Of(new ThingEdit { Section = "builders", Name = "nobody", ETag = "*" }, None));
        Assert.Equal("doc", Assert.Single((await impacts.Of(new ThingEdit { Section = "builders", Name = "doc", ETag = "*", Value = JsonSerializer.Deserialize<JsonElement>("""{"steps":[{"run":"x"}]}""") }, None))!.Impact!.Builders).Name);
    }

    [Fact]
    public async Task A_thousand_builders_and_ten_thousand_requests_are_counted()
    {
        static string Text(string run) => "weir: 1\nworkers: { w1: {} }\nbuilders:\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"  b{i}: {{ properties: {{ p: {{ required: true }} }}, steps: [ {{ run: {run} }} ] }}\n"));
        await Apply(Text("x"));
        // Counted, as PostgreSQL itself does within a minute: what it last counted here may have been the empty tables of an earlier test, and then it compares each request with each.
        await store.Execute("""
            INSERT INTO buildsets (reason, submitted_at, properties) SELECT 'many', weir_now(), CASE WHEN n % 2 = 0 THEN '[]' ELSE '[{"Name": "p", "Value": 1, "Source": "Force"}]' END::jsonb FROM generate_series(1, 10000) n;
            INSERT INTO requests (buildset_id, builder_id, submitted_at) SELECT s.id, (SELECT min(id) FROM builders) + s.id % 1000, weir_now() FROM buildsets s;
            INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, wait_since) SELECT id, buildset_id, builder_id, priority, submitted_at, submitted_at FROM requests;
            ANALYZE buildsets, requests, open_requests
            """);

        var impact = (await impacts.Of([new("weir.yaml", Text("y"))], ApplyTerms.None, None)).Impact!;

        Assert.Equal((1000, 10_000, 5000), (impact.Builders.Count, impact.Builders.Sum(b => b.Waiting), impact.Builders.Sum(b => b.SetAside)));
    }

    private async Task<WeirConfiguration> Model(string text) => (await revisions.Judge(s => s.LookedAt(Samples.Part(text)), None)).Model!;

    private static WeirConfiguration Small(string workers) => new()
    {
        Workers = [.. workers.Split(", ").Select(w => new WorkerConfiguration { Name = w })],
        Builders = [new() { Name = "doc", Workers = new() { Names = ["w2"] }, Steps = [] }],
    };

    private static string Said(BuilderImpact b) =>
        $"{b.Name} {b.Change}{(b.FormerName is null ? "" : " " + b.FormerName)} waiting {b.Waiting}{(b.SetAside > 0 ? $" aside {b.SetAside} {b.Missing}" : "")}{string.Concat(b.Running.Select(r => $" running {r.Key}:{r.Value}"))}";

    private Task<ApplyResult> Apply(string text) => revisions.Apply(Samples.Part(text), "", ApplyTerms.None, Ann, None);

    private async Task Sync()
    {
        var model = (await new ConfigurationInForce(store.Database).Read(None))!.Model;
        await store.Database.Write(unit => ScheduleSync.Apply(unit, model), None);
    }

    private async Task<Dictionary<string, DateTimeOffset>> Timers() =>
        (await store.Database.Query<(string Name, DateTimeOffset Due)>("SELECT s.name, t.due_at FROM timers t JOIN schedulers s ON s.id::text = t.subject WHERE t.kind IN ('periodic', 'nightly')", null, None)).ToDictionary(t => t.Name, t => t.Due);

    private Task Request(string builder, string properties) => store.Execute($"""
        INSERT INTO buildsets (reason, submitted_at, properties) VALUES ('test', weir_now(), '{properties}'::jsonb);
        INSERT INTO requests (buildset_id, builder_id, submitted_at) SELECT (SELECT max(id) FROM buildsets), id, weir_now() FROM builders WHERE name = '{builder}';
        INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, wait_since) SELECT id, buildset_id, builder_id, priority, submitted_at, submitted_at FROM requests WHERE id = (SELECT max(id) FROM requests)
        """);

    private Task Run(string builder, string worker) => store.Execute($"""
        INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at) VALUES ('m', ARRAY['engine'], '', 'Active', weir_now(), weir_now()) ON CONFLICT DO NOTHING;
        INSERT INTO buildsets (reason, submitted_at) VALUES ('test', weir_now());
        INSERT INTO requests (buildset_id, builder_id, submitted_at) SELECT (SELECT max(id) FROM buildsets), id, weir_now() FROM builders WHERE name = '{builder}';
        INSERT INTO builds (builder_id, number, request_id, buildset_id, worker_id, master_id, config_revision_id, attempt, started_at, state_text)
        SELECT r.builder_id, r.id, r.id, r.buildset_id, (SELECT id FROM workers WHERE name = '{worker}'), (SELECT max(id) FROM masters), (SELECT revision_id FROM config_in_force), 1, weir_now(), 'starting' FROM requests r WHERE r.id = (SELECT max(id) FROM requests);
        INSERT INTO build_owners (build_id, epoch, master_id, worker_id) SELECT b.id, 1, b.master_id, b.worker_id FROM builds b WHERE b.id = (SELECT max(id) FROM builds)
        """);
}
