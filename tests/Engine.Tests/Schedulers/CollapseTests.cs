using Weir.Engine.Tests.Changes;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;
using Weir.Support;

namespace Weir.Engine.Tests.Schedulers;

/// <summary>Waiting requests that are built together: the newest of them is built at the place of the oldest, the others say which one it is, and none of them is ever a success.</summary>
public sealed class CollapseTests
{
    private const string Told = "SELECT r.id || CASE WHEN r.completed_at IS NULL THEN ' waits' ELSE ' ' || r.results || ' for ' || coalesce(r.superseded_by::text, 'nobody') END FROM requests r ORDER BY r.id";

    private static WeirConfiguration Model(CollapseRule rule, params SchedulerConfiguration[] schedulers) =>
        Configurations.Of(schedulers) is var model ? model with { Builders = [.. model.Builders.Select(b => b with { Collapse = rule })] } : throw new System.Diagnostics.UnreachableException();

    private static Task<IReadOnlyList<string>> Requests(Works works) => works.Store.Database.Query<string>(Told, null, CancellationToken.None);

    private static async Task<long> Change(Works works, string revision, string branch = "main", params (string Name, string Json)[] properties) => (await works.Log.Add([new NewChange
    {
        Author = "ann",
        Codebase = "lib",
        Branch = branch,
        Revision = revision,
        Comments = revision,
        Files = ["src/a.c"],
        Properties = properties.ToDictionary(p => p.Name, p => System.Text.Json.JsonDocument.Parse(p.Json).RootElement),
    }], Works.Ann, CancellationToken.None))[0];

    [Fact]
    public async Task The_newest_is_built_at_the_place_of_the_oldest_with_the_changes_of_all()
    {
        await using var works = await Works.With(Model(CollapseRule.Compatible, Configurations.OnLib()));
        var changes = new List<long>();
        for (var n = 0; n < 3; n++)
        {
            changes.Add(await works.Commit($"r{n}"));
            await works.Classify();
            await works.Store.Execute("UPDATE open_requests SET priority = 7 WHERE priority = 0");
            await works.Store.MoveClock(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["1 6 for 2", "2 6 for 3", "3 waits"], await Requests(works));
        Assert.Equal("3 true 7", await works.Store.Scalar<string>("SELECT o.request_id || ' ' || (o.submitted_at = (SELECT min(submitted_at) FROM requests)) || ' ' || o.priority FROM open_requests o"));
        Assert.Equal("true 7", await works.Store.Scalar<string>("SELECT (place_since = (SELECT min(submitted_at) FROM requests)) || ' ' || priority FROM requests WHERE id = 3")); // for its next attempt
        Assert.Equal(changes, (await works.Store.Database.Query<long>("SELECT weir_changes_of(3)", null, CancellationToken.None)).Order());
        Assert.Equal([6, 6, null], await works.Store.Database.Query<int?>("SELECT results FROM buildsets ORDER BY id", null, CancellationToken.None));
        await StoreSoundness.Assert(works.Store.Database);
    }

    [Fact]
    public async Task Readers_are_told()
    {
        await using var works = await Works.With(Model(CollapseRule.Compatible, Configurations.OnLib()));
        await works.Commit("a");
        await works.Classify();
        await works.Commit("b");
        await works.Classify();
        var queries = works.Store.Queue;

        Assert.Equal((2L, 0), ((await queries.Request(1, CancellationToken.None))!.SupersededBy, (await queries.Request(1, CancellationToken.None))!.Supersedes));
        Assert.Equal((null, 1), ((await queries.Request(2, CancellationToken.None))!.SupersededBy, (await queries.Request(2, CancellationToken.None))!.Supersedes));
        Assert.Equal(1, await works.Store.Scalar<long>("SELECT count(*) FROM event_outbox WHERE kind = 'RequestCompleted' AND request_id = 1")
            + await works.Store.Scalar<long>("SELECT count(*) FROM events WHERE kind = 'RequestCompleted' AND request_id = 1"));
    }

    public static TheoryData<string, CollapseRule, string, (string, string)[], bool> Pairs => new()
    {
        { "never", CollapseRule.Never, "main", [], false },
        { "same branch", CollapseRule.Compatible, "main", [], true },
        { "another branch", CollapseRule.Compatible, "other", [], false },
        { "another property", CollapseRule.Compatible, "main", [("target", "\"prod\"")], false },
        { "another property, always", CollapseRule.Always, "main", [("target", "\"prod\"")], true },
        { "another branch, always", CollapseRule.Always, "other", [], false },
    };

    [Theory, MemberData(nameof(Pairs))]
    public async Task Together_is_built_what_is_alike(string what, CollapseRule rule, string branch, (string, string)[] properties, bool together)
    {
        await using var works = await Works.With(Model(rule, Configurations.OnLib(branch: "**")));
        await Change(works, "a");
        await works.Classify();
        await Change(works, "b", branch, properties);
        await works.Classify();

        Assert.Equal(together ? ["1 6 for 2", "2 waits"] : ["1 waits", "2 waits"], await Requests(works));
        Assert.NotNull(what);
    }

    [Theory]
    [InlineData(CollapseRule.Compatible, new[] { "1 waits", "2 waits" })]
    [InlineData(CollapseRule.Always, new[] { "1 6 for 2", "2 waits" })]
    public async Task Two_schedulers_are_two_wishes_unless_all_is_one(CollapseRule rule, string[] told)
    {
        await using var works = await Works.With(Model(rule, Configurations.OnLib(), Configurations.OnLib(name: "lint")));
        await works.Commit("a");

        await works.Classify();

        Assert.Equal(told, await Requests(works));
    }

    [Fact]
    public async Task What_somebody_asked_for_is_built_for_itself()
    {
        await using var works = await Works.With(Model(CollapseRule.Always, Configurations.OnLib(), Configurations.Release()));
        var order = new ForceOrder
        {
            Scheduler = "release",
            Builders = ["lib-linux"],
            Properties = new Dictionary<string, System.Text.Json.JsonElement> { ["version"] = System.Text.Json.JsonSerializer.SerializeToElement("1.2.3") },
        };
        await works.Actions.Force(order, Works.Ann, CancellationToken.None);
        await works.Commit("a");
        await works.Classify();
        await works.Actions.Force(order, Works.Ann, CancellationToken.None);

        Assert.Equal(["1 waits", "2 waits", "3 waits"], await Requests(works));
    }

    [Fact]
    public async Task What_runs_already_is_left_alone()
    {
        await using var works = await Works.With(Model(CollapseRule.Compatible, Configurations.OnLib()));
        await works.Commit("a");
        await works.Classify();
        await works.Store.Execute("DELETE FROM open_requests; UPDATE requests SET claimed_at = weir_now()");
        await works.Commit("b");
        await works.Classify();

        Assert.Equal(["1 waits", "2 waits"], await Requests(works)); // the first one is a build, which has not ended
        Assert.Equal(2, await works.Store.Scalar<long>("SELECT request_id FROM open_requests"));
    }

    [Fact]
    public async Task Each_time_that_is_made_up_for_is_built_where_all_are_wanted()
    {
        await using var works = await Works.With(Model(CollapseRule.Compatible, Configurations.Every(TimeSpan.FromHours(1)) with { CatchUp = CatchUp.All }, Configurations.Every(TimeSpan.FromHours(1), "soak")));
        await works.Sync.Sync(CancellationToken.None);
        await works.FireDue();
        await works.Store.MoveClock(TimeSpan.FromHours(3.5));
        await works.FireDue();

        var waiting = await works.Store.Database.Query<(string, long)>("SELECT b.scheduler, count(*) FROM open_requests JOIN buildsets b ON b.id = buildset_id GROUP BY 1 ORDER BY 1", null, CancellationToken.None);
        Assert.Equal([("hourly", 4), ("soak", 1)], waiting);
    }

    [Fact]
    public async Task An_older_change_that_comes_late_does_not_take_the_place_of_a_newer()
    {
        await using var works = await Works.With(Model(CollapseRule.Compatible, Configurations.OnLib()));
        var first = await works.Commit("a");
        await works.Store.Execute("CREATE TABLE kept AS SELECT * FROM change_work; DELETE FROM change_work");
        await works.Commit("b");
        await works.Classify();
        await works.Store.Execute("INSERT INTO change_work SELECT * FROM kept");
        await works.Classify();

        Assert.Equal(["1 waits", "2 6 for 1"], await Requests(works));
        Assert.Contains(first, await works.Store.Database.Query<long>("SELECT weir_changes_of(1)", null, CancellationToken.None));
    }

    // Engines that classify at once, and claims in between: each change ends in exactly one build or in one that waits, and the newest wins.
    [Fact]
    public async Task However_many_engines_make_and_claim_at_once_no_change_is_lost_and_one_request_waits()
    {
        await using var works = await Works.With(Model(CollapseRule.Always, Configurations.OnLib(), Configurations.OnLib(name: "second")));
        var classifiers = Enumerable.Range(0, 3).Select(_ => works.NewClassifier()).ToArray();
        var ids = new List<long>();
        for (var round = 0; round < 25; round++)
        {
            for (var n = 0; n < 4; n++)
                ids.Add(await works.Commit($"r{round}-{n}"));
            await Task.WhenAll([.. classifiers.Select(c => c.ClassifyAll(CancellationToken.None)), Claim(works)]);
        }
        await works.Classify();

        Assert.True(await works.Store.Scalar<long>("SELECT count(*) FROM open_requests") <= 1);
        var built = await works.Store.Database.Query<long>("SELECT weir_changes_of(r.id) FROM requests r WHERE r.completed_at IS NULL", null, CancellationToken.None);
        Assert.Equal(ids.Order(), built.Distinct().Order());
        Assert.Equal(0, await works.Store.Scalar<long>("SELECT count(*) FROM requests WHERE completed_at IS NOT NULL AND (results <> 6 OR superseded_by IS NULL)"));
        Assert.True(await works.Store.Scalar<long>("SELECT count(*) FROM requests WHERE claimed_at IS NOT NULL") > 1);
        foreach (var classifier in classifiers)
            classifier.Dispose();
    }

    // As a claim takes rows of the queue.
    private static async Task Claim(Works works)
    {
        for (var n = 0; n < 6; n++)
        {
            await works.Store.Execute("""
                WITH free AS (SELECT request_id FROM open_requests FOR UPDATE SKIP LOCKED), taken AS (DELETE FROM open_requests o USING free WHERE o.request_id = free.request_id RETURNING o.request_id)
                UPDATE requests SET claimed_at = weir_now() WHERE id IN (SELECT request_id FROM taken)
                """);
            await Task.Delay(7);
        }
    }
}
