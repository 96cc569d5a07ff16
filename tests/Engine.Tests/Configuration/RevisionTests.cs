using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Watching;
using Weir.Engine.Queue;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration;

public sealed class RevisionTests : IAsyncLifetime
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private TestStore store = null!;
    private RevisionActions actions = null!;
    private RevisionQueries queries = null!;

    public async ValueTask InitializeAsync()
    {
        store = await TestStore.Create();
        actions = new(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests());
        queries = new(store.Database);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_good_configuration_comes_in_force_with_all_its_names()
    {
        Assert.Null(await queries.InForce(None));

        var result = await Apply(Samples.Whole);

        Assert.True(result is { Accepted: true, Changed: true, Problems: [] });
        var revision = await queries.InForce(None);
        Assert.Equal((result.RevisionId, RevisionState.InForce, "ann", "because", (long?)null), ((long?)revision!.Id, revision.State, revision.Author, revision.Reason, revision.ParentId));
        Assert.StartsWith("--- /dev/null\n+++ weir.yaml\n@@ -0,0 +1,", revision.Difference, StringComparison.Ordinal);
        Assert.Equal(Samples.Part(Samples.Whole), revision.Parts);
        Assert.Equal(2, (await new ConfigurationInForce(store.Database).Read(None))!.Model.Builders.Count);
        Assert.Equal("lib-linux 0 {attic} {linux},pyg-linux 1 {} {}", await Scalar("SELECT string_agg(name || ' ' || position || ' ' || worker_names::text || ' ' || worker_tags::text, ',' ORDER BY position) FROM builders"));
        Assert.Equal("hourly periodic false,on-lib single-branch true,release force true", await Scalar("SELECT string_agg(name || ' ' || kind || ' ' || enabled, ',' ORDER BY name) FROM schedulers"));
        Assert.Equal("attic 2 {linux,x64} {\"cores\": 8} 01:00:00", await Scalar("SELECT string_agg(name || ' ' || max_builds || ' ' || tags::text || ' ' || properties || ' ' || missing_after, ',') FROM workers WHERE configured"));
        Assert.Equal("attic Europe/Budapest true", await Scalar("SELECT name || ' ' || (availability->>'TimeZone') || ' ' || (changes_at > weir_now() AND changes_at = CASE WHEN opens_at > weir_now() THEN opens_at ELSE closes_at END) FROM workers"));
        Assert.Equal("lib gst,pyg -", await Scalar("SELECT string_agg(name || ' ' || coalesce(project, '-'), ',' ORDER BY name) FROM codebases"));
        Assert.Equal("ann config.apply revision 1 because", await Scalar("SELECT actor || ' ' || action || ' ' || subject || ' ' || reason FROM audit"));
        Assert.Equal("WorkerChanged,ConfigurationChanged", await Scalar("SELECT string_agg(kind, ',') FROM event_outbox"));
    }

    [Fact]
    public async Task The_same_content_makes_no_revision()
    {
        var first = await Apply(Samples.Small);

        var second = await Apply(Samples.Small);

        Assert.Equal(new(true, first.RevisionId, Changed: false, []), second with { Problems = [] });
        Assert.Single((await queries.List(null, 10, None)).Items);
    }

    [Fact]
    public async Task A_bad_configuration_changes_nothing_in_force_and_is_kept_once_as_refused()
    {
        var good = await Apply(Samples.Small);
        var broken = Samples.Small.Replace("codebase: lib, branch", "codebase: bil, branch", StringComparison.Ordinal);

        var first = await Apply(broken);
        var again = await Apply(broken);

        Assert.True(first is { Accepted: false, Changed: false, Problems.Count: 1 });
        Assert.Equal(first.RevisionId, again.RevisionId);
        Assert.Equal(good.RevisionId, (await queries.InForce(None))!.Id);
        var newest = await queries.Newest(None);
        Assert.Equal((RevisionState.Refused, good.RevisionId, broken), (newest!.State, newest.ParentId, newest.Parts[0].Text));
        Assert.Equal(first.Problems, newest.Problems);
    }

    [Fact]
    public async Task A_refused_attempt_is_over_when_the_content_in_force_is_given_again()
    {
        var good = await Apply(Samples.Small);
        var bad = await Apply("weir: 2");

        await Apply(Samples.Small);

        Assert.Equal(good.RevisionId, (await queries.Newest(None))!.Id);
        Assert.Equal(RevisionState.Superseded, (await queries.Find(bad.RevisionId!.Value, None))!.State);
        Assert.NotEqual(bad.RevisionId, (await Apply("weir: 2")).RevisionId);
        Assert.Equal(RevisionState.Refused, (await queries.Newest(None))!.State);
    }

    [Fact]
    public async Task What_cannot_be_stored_as_it_is_is_refused_all_the_same()
    {
        var result = await Apply("weir: 1\0\ud800");

        Assert.False(result.Accepted);
        Assert.Equal("weir: 1\u2400\ufffd", (await queries.Newest(None))!.Parts[0].Text);
    }

    [Fact]
    public async Task Rolling_back_is_a_new_revision_with_the_old_content()
    {
        var old = await Apply(Samples.Small);
        await Apply(Samples.Small.Replace("run: make", "run: make all", StringComparison.Ordinal));

        var back = await Apply(Samples.Small);

        var (first, third) = (await queries.Find(old.RevisionId!.Value, None), await queries.InForce(None));
        Assert.Equal(back.RevisionId, third!.Id);
        Assert.NotEqual(first!.Id, third.Id);
        Assert.Equal(first.Hash, third.Hash);
        Assert.Equal("""
            --- weir.yaml
            +++ weir.yaml
            @@ -9,4 +9,4 @@
               lib:
                 steps:
                   - git: { codebase: lib }
            -      - run: make all
            \ No newline at end of file
            +      - run: make
            \ No newline at end of file

            """.ReplaceLineEndings("\n"), third.Difference);
        Assert.Equal(["InForce", "Superseded", "Superseded"], (await queries.List(null, 10, None)).Items.Select(r => r.State.ToString()));
    }

    [Fact]
    public async Task A_name_that_is_gone_is_retired_and_revives_with_its_id()
    {
        await Apply(Samples.Whole);
        var id = await Scalar("SELECT id::text FROM builders WHERE name = 'lib-linux'");
        await store.Execute("UPDATE builders SET last_number = 7");

        await Apply(Samples.Small);

        Assert.Equal("lib-linux,pyg-linux", await Scalar("SELECT string_agg(name, ',' ORDER BY name) FROM builders WHERE retired_at IS NOT NULL"));
        Assert.Equal("hourly,release", await Scalar("SELECT string_agg(name, ',' ORDER BY name) FROM schedulers WHERE retired_at IS NOT NULL"));
        Assert.Equal("lib-poll,pyg-poll", await Scalar("SELECT string_agg(name, ',' ORDER BY name) FROM change_sources WHERE retired_at IS NOT NULL"));
        Assert.Equal("gst", await Scalar("SELECT string_agg(name, ',') FROM projects WHERE retired_at IS NOT NULL"));
        Assert.Equal("pyg", await Scalar("SELECT string_agg(name, ',') FROM codebases WHERE retired_at IS NOT NULL"));

        await Apply(Samples.Whole);

        Assert.Equal($"{id} 7", await Scalar("SELECT id || ' ' || last_number FROM builders WHERE name = 'lib-linux' AND retired_at IS NULL"));
        Assert.Equal("lib", await Scalar("SELECT string_agg(name, ',') FROM builders WHERE retired_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_scheduler_that_was_switched_off_stays_off_until_the_configuration_says_something_new()
    {
        await Apply(Samples.Small);
        await store.Execute("UPDATE schedulers SET enabled = false");

        await Apply(Samples.Small + "\n# more");
        Assert.Equal("false", await Enabled());

        await Apply(Samples.Small.Replace("builders: [lib] }", "builders: [lib], enabled: false }", StringComparison.Ordinal));
        await Apply(Samples.Small);
        Assert.Equal("true", await Enabled());

        Task<string?> Enabled() => Scalar("SELECT enabled::text FROM schedulers");
    }

    [Fact]
    public async Task Workers_that_a_pattern_matches_follow_it()
    {
        await store.Execute("INSERT INTO workers (name) VALUES ('volunteer-7'), ('stranger')");
        const string text = """
            weir: 1
            workers:
              volunteer-*: { maxBuilds: 3, tags: [volunteer] }
              volunteer-7*: { maxBuilds: 5 }
            """;

        await Apply(text);
        Assert.Equal("stranger false 1,volunteer-7 true 5", await Workers());

        await Apply(text.Replace("volunteer-7*", "volunteer-8*", StringComparison.Ordinal));
        Assert.Equal("stranger false 1,volunteer-7 true 3", await Workers());

        await Apply("weir: 1\nworkers: { attic: {} }");
        Assert.Equal("attic true 1,stranger false 1,volunteer-7 false 3 retired", await Workers());

        await Apply(text);
        Assert.Equal("attic false 1 retired,stranger false 1,volunteer-7 true 5", await Workers());

        Task<string?> Workers() => Scalar("SELECT string_agg(name || ' ' || configured || ' ' || max_builds || CASE WHEN retired_at IS NULL THEN '' ELSE ' retired' END, ',' ORDER BY name) FROM workers");
    }

    [Fact]
    public async Task Applied_by_many_at_once_one_of_each_content_wins_and_the_last_is_in_force()
    {
        var texts = Enumerable.Range(0, 6).Select(i => Samples.Small + $"\n# {i}").ToList();

        var results = await Task.WhenAll(texts.Concat(texts).Select(Apply));

        Assert.All(results, r => Assert.True(r.Accepted));
        Assert.Equal("1", await Scalar("SELECT count(*)::text FROM config_revisions WHERE state = 'InForce'"));
        Assert.Equal(await Scalar("SELECT max(id)::text FROM config_revisions"), await Scalar("SELECT revision_id::text FROM config_in_force"));
        Assert.Equal("t", await Scalar("SELECT left((bool_and(parent_id = before OR before IS NULL))::text, 1) FROM (SELECT parent_id, lag(id) OVER (ORDER BY id) AS before FROM config_revisions) r"));
    }

    [Fact]
    public async Task A_revision_tells_thing_by_thing_what_it_changed_and_a_thing_its_revisions()
    {
        await Apply(Samples.Small);
        await Apply(Samples.Small.Replace("run: make", "run: make all", StringComparison.Ordinal).Replace("attic: {}", "attic: {}\n  shed: {}", StringComparison.Ordinal));
        var renamed = await Apply(Samples.Small.Replace("\n  lib:\n    steps", "\n  lib-linux:\n    steps", StringComparison.Ordinal).Replace("builders: [lib]", "builders: [lib-linux]", StringComparison.Ordinal));

        var second = (await queries.Find(2, None))!;
        Assert.Equal(["+ worker shed", "~ builder lib: ~ [step make] run make -> make all"], second.Things!.Select(DifferenceTests.Said).Order(StringComparer.Ordinal));
        Assert.Equal("worker shed added, builder lib changed", second.Summary);
        Assert.Equal("the first configuration: 1 codebase, 1 scheduler, 1 worker, 1 builder", (await queries.Find(1, None))!.Summary);
        Assert.Equal(second.Summary, (await queries.List(null, 10, None)).Items[1].Summary);
        Assert.Equal([3L, 2L, 1L], (await queries.Of("builder", "lib", 10, None)).Select(r => r.RevisionId));
        Assert.Equal([renamed.RevisionId], (await queries.Of("builder", "lib-linux", 10, None)).Select(r => (long?)r.RevisionId));
        Assert.Equal([3L], (await queries.Of("builder", "lib", 1, None)).Select(r => r.RevisionId));
        Assert.Empty(await queries.Of("scheduler", "lib", 10, None));
        Assert.Equal(3, await queries.InForceId(None));
    }

    [Fact]
    public async Task Any_two_revisions_can_be_compared_and_refused_ones_cannot()
    {
        await Apply(Samples.Small);
        await Apply(Samples.Small.Replace("attic: {}", "attic: { maxBuilds: 2 }", StringComparison.Ordinal));
        await Apply(Samples.Small.Replace("attic: {}", "attic: { maxBuilds: 3 }", StringComparison.Ordinal));
        await Apply("weir: 2");

        var there = (await queries.Compare(1, 3, None))!;

        Assert.Equal("~ worker attic: ~ maxBuilds 1 -> 3", DifferenceTests.Said(Assert.Single(there.Things)));
        Assert.Contains("+  attic: { maxBuilds: 3 }", there.Text, StringComparison.Ordinal);
        Assert.Equal("~ worker attic: ~ maxBuilds 3 -> 1", DifferenceTests.Said(Assert.Single((await queries.Compare(3, 1, None))!.Things)));
        Assert.Empty((await queries.Compare(2, 2, None))!.Things);
        Assert.Null(await queries.Compare(1, 4, None));
        Assert.Null(await queries.Compare(1, 99, None));
        Assert.Null((await queries.Find(4, None))!.Things);
    }

    [Fact]
    public async Task A_revision_from_before_differences_were_kept_is_compared_when_it_is_read()
    {
        await Apply(Samples.Small);
        await Apply(Samples.Small.Replace("attic: {}", "attic: { maxBuilds: 2 }", StringComparison.Ordinal));
        await store.Execute("DELETE FROM config_differences; UPDATE config_revisions SET summary = NULL");

        Assert.Equal("~ worker attic: ~ maxBuilds 1 -> 2", DifferenceTests.Said(Assert.Single((await queries.Find(2, None))!.Things!)));
    }

    [Fact]
    public async Task Revisions_are_listed_newest_first_page_by_page()
    {
        for (var i = 0; i < 5; i++)
            await Apply(Samples.Small + $"\n# {i}");

        var first = await queries.List(null, 2, None);
        var second = await queries.List(first.Next, 2, None);
        var third = await queries.List(second.Next, 2, None);

        Assert.Equal([5, 4, 3, 2, 1], first.Items.Concat(second.Items).Concat(third.Items).Select(r => (int)r.Id));
        Assert.Null(third.Next);
    }

    [Fact]
    public async Task A_watched_file_is_applied_at_start_and_when_it_changes_and_broken_ones_are_said()
    {
        var folder = Directory.CreateTempSubdirectory("weir-config");
        var logs = new LogLines();
        try
        {
            var file = Path.Combine(folder.FullName, "weir.yaml");
            await File.WriteAllTextAsync(file, Samples.Small, None);
            using var factory = LoggerFactory.Create(b => b.AddProvider(logs));
            var options = new ConfigurationSourceOptions { Path = folder.FullName, Quiet = TimeSpan.FromMilliseconds(30), Look = TimeSpan.FromMilliseconds(500) };
            var first = new FirstLook(options, TimeProvider.System);
            Assert.False(first.IsOver);
            using var watcher = new ConfigurationWatcher(options, actions, first, TimeProvider.System, new Logger<ConfigurationWatcher>(factory));
            await watcher.StartAsync(None);
            await Until(async () => (await queries.InForce(None))?.Parts is [{ Name: "weir.yaml" }]);
            await Until(() => Task.FromResult(first.IsOver));

            await File.WriteAllTextAsync(file, "weir: 1\nbuildres: {}\n", None);
            await Until(async () => (await queries.Newest(None))?.State == RevisionState.Refused);
            await File.WriteAllBytesAsync(file, [.. "weir: 1\n# caf"u8, 0xE9, (byte)'\n'], None);
            await Until(async () => (await queries.Newest(None))?.Problems is [{ Message: var m }] && m.Contains("is not UTF-8", StringComparison.Ordinal));
            await File.WriteAllTextAsync(file, "", None);
            await Until(() => Task.FromResult(Said("is empty")));
            File.Delete(file);
            await Until(() => Task.FromResult(Said("holds no *.yaml")));
            Assert.Equal(1, (await queries.InForce(None))!.Id);

            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.yml"), Samples.Small + "\n# other", None);
            await Until(async () => (await queries.InForce(None))?.Parts is [{ Name: "a.yml" }]);
            await watcher.StopAsync(None);
            Assert.True(Said("weir.yaml:2:1: buildres: A configuration has no key \"buildres\". Did you mean \"builders\"?"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        bool Said(string text) => logs.ToString().Contains(text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restored_revision_outlives_a_restart_until_somebody_touches_the_files()
    {
        var folder = Directory.CreateTempSubdirectory("weir-config");
        try
        {
            var file = Path.Combine(folder.FullName, "weir.yaml");
            await File.WriteAllTextAsync(file, Samples.Small, None);
            await Look();
            await File.WriteAllTextAsync(file, Samples.Small + "\n# newer", None);
            await Look();
            var history = new RevisionHistory(queries, actions);
            var (outcome, restored) = await history.Restore(1, "the newer is broken", ApplyTerms.None, Ann, None);
            Assert.IsType<Shared.ActionOutcome.Done>(outcome);
            Assert.Equal("revision 1 restored: the newer is broken", (await queries.InForce(None))!.Reason);

            await Look();
            Assert.Equal(restored!.RevisionId, (await queries.InForce(None))!.Id);

            await File.WriteAllTextAsync(file, Samples.Small + "\n# newest", None);
            await Look();
            Assert.EndsWith("# newest", (await queries.InForce(None))!.Parts[0].Text, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        // As a master does when it starts.
        async Task Look()
        {
            var options = new ConfigurationSourceOptions { Path = folder.FullName };
            using var watcher = new ConfigurationWatcher(options, actions, new(options, TimeProvider.System), TimeProvider.System, NullLogger<ConfigurationWatcher>.Instance);
            await watcher.RunOnce(None);
        }
    }

    private async Task<ApplyResult> Apply(string text) => await actions.Apply(Samples.Part(text), "because", ApplyTerms.None, Ann, None);

    private Task<string?> Scalar(string sql) => store.Scalar<string>(sql);

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
            await Task.Delay(20, limit.Token);
    }
}
