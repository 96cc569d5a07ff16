using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Things;
using Weir.Engine.Locks;
using Weir.Engine.Queue;
using Weir.Engine.Schedulers;
using Weir.Engine.Schedulers.Impacts;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration;

/// <summary>What is renamed keeps its id, and with it its state and its past; what runs or waits meanwhile is not hurt.</summary>
public sealed class RenamingTests
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private const string All = """
        weir: 1
        projects: { gst: {} }
        codebases: { lib: { repository: /lib.git, project: gst } }
        changeSources:
          poll: { type: git-poller, codebase: lib }
          forge: { type: webhook, dialect: base }
        schedulers:
          hourly: { type: periodic, every: 1h, builders: [b], codebases: [lib] }
          on-lib: { type: single-branch, changes: { codebase: lib, project: [gst], branch: main }, builders: b }
          set: { type: triggerable, builders: [c] }
        workers:
          attic: {}
        locks:
          cpu: {}
          slots: { scope: worker, capacity: 2, perWorker: { attic: 4 } }
        sharedDirectories:
          sdk: {}
        builders:
          b:
            project: gst
            workers: { names: [attic] }
            locks: [cpu, { name: slots, units: 2 }]
            steps:
              - git: { codebase: lib }
              - { run: x, shared: { sdk: write } }
              - trigger: { scheduler: set, wait: true, inherit: [cpu], sourceStamps: { lib: { branch: next } } }
          c: { steps: [ { run: y, name: y, locks: cpu } ] }
        parts:
          team: { repository: /team.git, may: { workers: [attic], locks: [cpu], sharedDirectories: sdk, projects: [gst], builders: [b] } }
        """;

    /// <summary>Section, table, former and new name of the row, what is there before, and a question with its answer afterwards.</summary>
    public static TheoryData<string, string, string, string, string, string, string> Sections => new()
    {
        { "projects", "projects", "gst", "media", Pause("Project", "gst") + "; INSERT INTO secrets (name, sealed, projects, set_at, set_by) VALUES ('T', 'x', '{gst}', weir_now(), 'ann')",
            "SELECT (SELECT subject FROM pauses) || ' ' || (SELECT projects::text FROM secrets) || ' ' || (SELECT string_agg(project, ',') FROM builders) || ' ' || (SELECT project FROM codebases)", "media {media} media media" },
        { "codebases", "codebases", "lib", "libgst", "INSERT INTO changes (author, codebase, branch, revision, comments, when_at, received_at) VALUES ('a', 'lib', 'main', 'r1', 'c', weir_now(), weir_now()); INSERT INTO change_work SELECT id FROM changes",
            "SELECT codebase FROM changes", "libgst" },
        { "changeSources", "change_sources", "poll", "look", "INSERT INTO branch_heads SELECT id, 'main', 'r1' FROM change_sources WHERE name = 'poll'; INSERT INTO timers (kind, subject, due_at) VALUES ('poll', 'poll', weir_now())",
            "SELECT s.name || ' ' || h.revision || ' ' || (SELECT subject FROM timers) FROM change_sources s JOIN branch_heads h ON h.source_id = s.id", "look r1 look" },
        { "schedulers", "schedulers", "hourly", "each-hour", Pause("Scheduler", "hourly") + "; UPDATE schedulers SET enabled = false, last_fired_at = '2026-01-01'; INSERT INTO buildsets (scheduler, reason, submitted_at) VALUES ('hourly', 'r', weir_now())",
            "SELECT (SELECT subject FROM pauses) || ' ' || s.enabled || ' ' || (s.last_fired_at IS NOT NULL) || ' ' || (SELECT scheduler FROM buildsets) FROM schedulers s WHERE s.name = 'each-hour'", "each-hour false true each-hour" },
        { "workers", "workers", "attic", "loft", Pause("Worker", "attic") + "; UPDATE workers SET token_hash = '\\x01', paused_at = weir_now()",
            "SELECT (SELECT subject FROM pauses) || ' ' || (token_hash IS NOT NULL) || ' ' || (paused_at IS NOT NULL) || ' ' || configured FROM workers", "loft true true true" },
        { "locks", "locks", "cpu", "processors", "SELECT 1", "SELECT string_agg(name, ',' ORDER BY id) FROM locks WHERE retired_at IS NULL AND place IS NULL", "processors,slots" },
        { "sharedDirectories", "locks", "shared/sdk", "shared/kit", "INSERT INTO workers (name, configured) VALUES ('w', true); INSERT INTO shared_directories (lock_id, worker_id, placed_at) SELECT l.id, w.id, weir_now() FROM locks l, workers w WHERE l.name = 'shared/sdk' AND w.name = 'w'",
            "SELECT w.name || ' ' || l.place FROM shared_directories d JOIN locks l ON l.id = d.lock_id JOIN workers w ON w.id = d.worker_id", "w sdk" },
        { "builders", "builders", "b", "build", Pause("Builder", "b") + "; INSERT INTO secrets (name, sealed, builders, set_at, set_by) VALUES ('T', 'x', '{c,b}', weir_now(), 'ann'); INSERT INTO secret_uses VALUES ('T', 'builder b', weir_now())",
            "SELECT (SELECT subject FROM pauses) || ' ' || (SELECT builders::text FROM secrets) || ' ' || (SELECT used_by FROM secret_uses)", "build {c,build} builder build" },
    };

    private static string Pause(string kind, string subject) => $"INSERT INTO pauses (kind, subject, by_name, since) VALUES ('{kind}', '{subject}', 'ann', weir_now())";

    [Theory, MemberData(nameof(Sections))]
    public async Task Whatever_is_renamed_keeps_its_id_and_what_belongs_to_it_and_all_that_refers_to_it_follows(string section, string table, string was, string name, string before, string question, string answer)
    {
        await using var store = await TestStore.Create();
        var (revisions, queries) = (new RevisionActions(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests()), new RevisionQueries(store.Database));
        var things = new ThingActions(store.Database, revisions, queries);
        Assert.Empty((await revisions.Apply(Samples.Part(All), "", ApplyTerms.None, Ann, None)).Problems);
        await store.Execute(before);
        var id = await store.Scalar<long>($"SELECT id FROM {table} WHERE name = '{was}'");
        var (old, current) = (was.Replace("shared/", "", StringComparison.Ordinal), name.Replace("shared/", "", StringComparison.Ordinal));
        var value = (await things.Find(section, old, None))!.Value;
        var edit = new ThingEdit { Section = section, Name = old, NewName = current, Value = value, ETag = "*" };

        var preview = await things.Save(edit with { DryRun = true }, Ann, None);
        var saved = await things.Save(edit, Ann, None);

        Assert.Empty(saved.Problems);
        Assert.Equal([$"Renamed {current} {old}"], preview.Changes.Where(c => c.Kind is not DifferenceKind.Changed).Select(c => $"{c.Kind} {c.Name} {c.FormerName}"));
        Assert.Equal(id, await store.Scalar<long>($"SELECT id FROM {table} WHERE name = '{name}' AND retired_at IS NULL"));
        Assert.Equal(answer, await store.Scalar<string>(question));
        Assert.Equal($"{table} {was} {saved.RevisionId} {id}", await store.Scalar<string>("SELECT section || ' ' || name || ' ' || until_revision || ' ' || thing_id FROM former_names"));
        Assert.Equal(id, await store.Scalar<long>($"SELECT weir_thing('{table}', '{was}', 1)"));
        Assert.Equal(was, await store.Scalar<string>($"SELECT weir_called('{table}', {id}, 1)"));
        // It says what it was, and says it again without anything happening.
        var text = (await queries.InForce(None))!.Parts[0].Text;
        Assert.Contains($"was: {old}", text, StringComparison.Ordinal);
        Assert.Empty((await revisions.Apply(Samples.Part(text + "\ntitle: again\n"), "", ApplyTerms.None, Ann, None)).Problems);
        Assert.Equal(1, await store.Scalar<long>("SELECT count(*) FROM former_names"));
        // Once nobody says any more that he had it, the old name begins anew, beside it.
        var without = text.Replace($"was: {old}", "", StringComparison.Ordinal).Replace("{, ", "{ ", StringComparison.Ordinal);
        Assert.Empty(await revisions.Check(Samples.Part(without), None));
    }

    [Fact]
    public async Task The_past_that_is_kept_by_name_is_brought_after_and_that_of_a_later_namesake_is_left_alone()
    {
        await using var store = await TestStore.Create();
        var revisions = new RevisionActions(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests());
        const string text = "weir: 1\nworkers: { w: {} }\nbuilders: { b: { steps: [ { run: x } ] } }\nschedulers: { SAID, other: { type: triggerable, builders: b } }\n";
        async Task Apply(string said) => Assert.Empty((await revisions.Apply(Samples.Part(text.Replace("SAID", said, StringComparison.Ordinal)), "", ApplyTerms.None, Ann, None)).Problems);
        await Apply("one: { type: triggerable, builders: b }");
        await store.Execute("INSERT INTO buildsets (scheduler, reason, submitted_at, completed_at) SELECT CASE WHEN i % 2 = 0 THEN 'one' ELSE 'other' END, 'r', weir_now(), weir_now() FROM generate_series(1, 12000) i");
        await Apply("two: { was: one, type: triggerable, builders: b }");
        await Apply("two: { type: triggerable, builders: b }, one: { type: triggerable, builders: b }");
        await store.Execute("INSERT INTO buildsets (scheduler, reason, submitted_at, completed_at) VALUES ('one', 'r', weir_now() + interval '1 second', weir_now())");

        var names = new HistoryNames(store.Database, null!, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<HistoryNames>.Instance);
        var batches = 0;
        while (await names.Tell(None))
            batches++;

        Assert.Equal(4, batches);
        Assert.Equal("one 1,other 6000,two 6000", await store.Scalar<string>("SELECT string_agg(scheduler || ' ' || n, ',' ORDER BY scheduler) FROM (SELECT scheduler, count(*) AS n FROM buildsets GROUP BY 1) s"));
        Assert.Equal("2 1", await store.Scalar<string>("SELECT count(DISTINCT id) || ' ' || (weir_thing('schedulers', 'one', 1) = (SELECT id FROM schedulers WHERE name = 'two'))::int FROM schedulers WHERE name IN ('one', 'two')"));
    }

    [Theory]
    [InlineData("locks: { cpu: {}, mem: { was: cpu } }", "locks.mem.was: There is a lock \"cpu\" at weir.yaml:3:15: a name is either still in use or was left.")]
    [InlineData("locks: { a: { was: old }, b: { was: old } }", "locks.b.was: Another lock was \"old\" too, at weir.yaml:3:20.")]
    [InlineData("workers: { w: {}, 'x-*': { was: y } }", "workers.x-*.was: A pattern stands for any number of workers: only one with a name of its own was another before.")]
    [InlineData("locks: { mem: { was: none } }", "locks.mem.was: There was never a lock \"none\" here. Leave \"was\" out to begin without a history.")]
    [InlineData("sharedDirectories: { mem: { was: none } }", "sharedDirectories.mem.was: There was never a shared directory \"none\" here. Leave \"was\" out to begin without a history.")]
    [InlineData("locks: { mem: { was: gone } }", "locks.mem.was: There was a lock \"mem\" before, with a history of its own: that of \"gone\" cannot be added to it. Choose another name, or leave \"was\" out to begin anew where \"mem\" ended.")]
    public async Task What_cannot_be_renamed_says_why_already_when_it_is_checked(string said, string complaint)
    {
        await using var store = await TestStore.Create();
        var revisions = new RevisionActions(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests());
        string Text(string what) => $"weir: 1\n{(what.StartsWith("workers", StringComparison.Ordinal) ? "" : "workers: { w: {} }")}\n{what}\nbuilders: {{ b: {{ steps: [ {{ run: x }} ] }} }}\n";
        await revisions.Apply(Samples.Part(Text("locks: { gone: {}, mem: {} }").Replace("mem", said.Contains("gone", StringComparison.Ordinal) ? "mem" : "mew", StringComparison.Ordinal)), "", ApplyTerms.None, Ann, None);

        var problems = await revisions.Check(Samples.Part(Text(said)), None);

        Assert.Equal([complaint], problems.Select(p => $"{p.Path}: {p.Message}"));
        Assert.Equal(complaint, (await revisions.Apply(Samples.Part(Text(said)), "", ApplyTerms.None, Ann, None)).Problems.Select(p => $"{p.Path}: {p.Message}").Single());
    }

    [Fact]
    public async Task The_first_configuration_may_say_what_was_elsewhere()
    {
        await using var store = await TestStore.Create();

        var applied = await new RevisionActions(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests()).Apply(Samples.Part("weir: 1\nworkers: { w: { was: v } }\nbuilders: { b: { was: a, steps: [ { run: x } ] } }\n"), "", ApplyTerms.None, Ann, None);

        Assert.Empty(applied.Problems);
    }

    private const string Running = """
        weir: 1
        codebases: { LIB }
        workers: { w1: { maxBuilds: 9 } }
        locks: { CPU, DB }
        sharedDirectories: { SDK }
        schedulers: { SET }
        builders:
          x: { locks: [cpu], steps: [ { name: one, run: one }, { name: ask, run: two, locks: [db], shared: { sdk: write } }, { name: go, trigger: { scheduler: set, wait: true, inherit: [cpu] } } ] }
          z: { steps: [ { name: z, run: z, locks: [cpu] } ] }
          y: { locks: [cpu], steps: [ { git: { codebase: lib } } ] }
          v: { steps: [ { name: v, run: v, shared: { sdk: read } } ] }
        """;

    private static readonly string Before = Running.Replace("LIB", "lib: { repository: /lib.git }", StringComparison.Ordinal).Replace("CPU", "cpu: {}", StringComparison.Ordinal).Replace("DB", "db: {}", StringComparison.Ordinal)
        .Replace("SDK", "sdk: {}", StringComparison.Ordinal).Replace("SET", "set: { type: triggerable, builders: [z] }", StringComparison.Ordinal);

    private static readonly string After = Running.Replace("cpu", "processors", StringComparison.Ordinal).Replace("[db]", "[database]", StringComparison.Ordinal).Replace("sdk", "kit", StringComparison.Ordinal)
        .Replace("scheduler: set", "scheduler: zets", StringComparison.Ordinal).Replace("codebase: lib", "codebase: libgst", StringComparison.Ordinal).Replace("  z:", "  zz:", StringComparison.Ordinal).Replace("{ steps: [ { name: z", "{ was: z, steps: [ { name: z", StringComparison.Ordinal)
        .Replace("LIB", "libgst: { was: lib, repository: /lib.git }", StringComparison.Ordinal).Replace("CPU", "processors: { was: cpu }", StringComparison.Ordinal).Replace("DB", "database: { was: db }", StringComparison.Ordinal)
        .Replace("SDK", "kit: { was: sdk }", StringComparison.Ordinal).Replace("SET", "zets: { was: set, type: triggerable, builders: [zz] }", StringComparison.Ordinal)
        .Replace("{ w1: { maxBuilds: 9 } }", "{ loft: { was: w1, maxBuilds: 9 } }", StringComparison.Ordinal);

    [Fact]
    public async Task A_running_build_keeps_and_gets_what_its_plan_names_and_a_waiting_request_has_its_source()
    {
        await using var world = await World.Create(ConfigurationReader.Read(Samples.Part(Before)).Model!);
        var revisions = new RevisionActions(world.Store.Database, new ConfigurationInForce(world.Store.Database), new RetiredRequests());
        Assert.Empty((await revisions.Apply(Samples.Part(Before), "", ApplyTerms.None, Ann, None)).Problems);
        var engine = await world.StartEngine();
        var worker = new FakeWorker(world, "w1") { Id = await world.Sql<long>("SELECT id FROM workers WHERE name = 'w1'"), Behaviour = _ => null };
        await worker.Connect(engine);
        var x = (await world.Request("x"))[0];
        var one = await worker.Running();
        var y = (await world.Request("y"))[0];
        await world.Store.Execute($"UPDATE sourcestamps SET codebase = 'lib', branch = 'main', revision = 'r1' WHERE id IN (SELECT sourcestamp_id FROM buildset_sourcestamps WHERE buildset_id = (SELECT buildset_id FROM requests WHERE id = {y})); UPDATE buildsets SET config_revision_id = (SELECT revision_id FROM config_in_force)");
        if (await world.Sql<long>($"SELECT count(*) FROM buildset_sourcestamps WHERE buildset_id = (SELECT buildset_id FROM requests WHERE id = {y})") == 0)
            await world.Store.Execute($"WITH s AS (INSERT INTO sourcestamps (codebase, branch, revision, created_at) VALUES ('lib', 'main', 'r1', weir_now()) RETURNING id) INSERT INTO buildset_sourcestamps SELECT (SELECT buildset_id FROM requests WHERE id = {y}), id FROM s");
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM builder_waits WHERE lock_id IS NOT NULL)"), "the second to wait for the lock");

        var impact = (await new ImpactQueries(world.Store.Database, revisions, new RevisionQueries(world.Store.Database)).Of(Samples.Part(After), ApplyTerms.None, None)).Impact!;
        var applied = await revisions.Apply(Samples.Part(After), "", ApplyTerms.None, Ann, None);

        Assert.Empty(applied.Problems);
        Assert.Equal((RevisionState.InForce, null), (applied.State, applied.HeldBecause));
        Assert.Contains("Lock cpu is called processors from then on; 1 build keeps what it holds.", impact.Sentences());
        Assert.Contains("Worker w1 is called loft from then on; 1 build on it goes on.", impact.Sentences());
        // It holds the lock under its new name: the other still waits, and the request of now as well.
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM builder_waits WHERE text LIKE '%processors%')"), "the reason in the new name");
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM lock_claims WHERE held_at IS NOT NULL"));

        await worker.End(one, Done);
        var two = await worker.Running(c => !c.Ended && ((RunSpec)c.Spec).Arguments[^1] == "two");
        Assert.Equal("database processors shared/kit", await world.Sql<string>("SELECT string_agg(l.name, ' ' ORDER BY l.name) FROM lock_claims c JOIN locks l ON l.id = c.lock_id WHERE c.held_at IS NOT NULL"));
        Assert.Equal(("sdk", null), (two.Spec.Shares[0].Name, two.Spec.Shares[0].Place));
        // Another engine takes it over in the middle, from the rows alone.
        await engine.Stop();
        var other = await world.StartEngine("other");
        await worker.Connect(other);
        await worker.End(two, Done);
        // What it triggers is the renamed scheduler's renamed builder, which inherits the lock.
        var z = await worker.Running(c => !c.Ended && ((RunSpec)c.Spec).Arguments[^1] == "z");
        Assert.Equal("zz zets", await world.Sql<string>("SELECT n.name || ' ' || s.scheduler FROM builds b JOIN builders n ON n.id = b.builder_id JOIN buildsets s ON s.id = b.buildset_id WHERE b.completed_at IS NULL AND n.name = 'zz'"));
        await worker.End(z, Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(x));

        // The one that waited builds the revision that it was asked for.
        var checkout = await worker.Running(c => !c.Ended && c.Spec is CheckoutSpec);
        Assert.Equal("r1", ((CheckoutSpec)checkout.Spec).Revision);
        await worker.End(checkout, Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(y));
        // Its own settings still say what it was called, and its token says who it is.
        await world.Store.Execute("UPDATE workers SET token_hash = '\\x0102'");
        Assert.Equal(("loft", "w1"), (await other.Sessions.FindByToken([1, 2], None))!.Value is var owner ? (owner.Name, owner.FormerNames.Single()) : default);
        // The directory lies where it lay, also for those who know it by its new name.
        await world.Request("v");
        var v = await worker.Running(c => !c.Ended && c.Spec is RunSpec run && run.Arguments[^1] == "v");
        Assert.Equal(("kit", "sdk", "loft"), (v.Spec.Shares[0].Name, v.Spec.Shares[0].Place, await world.Sql<string>("SELECT plan->'Worker'->>'Name' FROM build_plans JOIN build_owners USING (build_id)")));
        // … and is not taken for one that nobody needs, nor for another of its former name.
        await other.Get<SharedReports>().Take(worker.Session!, [new("sdk", 7, "x #1", null, true, true, 1)], None);
        Assert.Equal((7L, "x #1"), (await new DirectoryQueries(world.Store.Database, new ConfigurationInForce(world.Store.Database)).List(None)).Single(d => d.Name == "kit") is var kit ? (kit.Bytes!.Value, kit.Writer) : default);
        world.Nudge(WakeTopic.Configuration);
        await worker.End(v, Done);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Empty(worker.Removed);
        Assert.Empty((await revisions.Apply(Samples.Part(After.Replace("kit: { was: sdk }", "kit: {}, sdk: {}", StringComparison.Ordinal)), "", ApplyTerms.None, Ann, None)).Problems);
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM locks k JOIN locks s ON s.place = 'sdk-' || s.id WHERE k.name = 'shared/kit' AND k.place = 'sdk' AND s.name = 'shared/sdk'"));
        await world.Eventually(() => world.Sql<bool>("SELECT NOT EXISTS (SELECT FROM build_owners)"), "the end of all");
        Assert.Empty(await world.BrokenInvariants());
    }
}
