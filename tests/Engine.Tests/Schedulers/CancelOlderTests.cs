using Weir.Engine.Tests.Changes;
using Weir.Shared.Configuration;
using Weir.Support;

namespace Weir.Engine.Tests.Schedulers;

/// <summary>A newer change of a branch or pull request ends what its scheduler started for older ones.</summary>
public sealed class CancelOlderTests
{
    private const string Told = "SELECT r.id || CASE WHEN r.completed_at IS NULL THEN ' open' ELSE ' ' || r.results END || coalesce(' for ' || r.superseded_by, '') FROM requests r ORDER BY r.id";

    private static AnyBranchConfiguration Any(CancelOlder older, TimeSpan? stable = null) => new() { Name = "any", Builders = ["lib-linux", "app-linux"], CancelOlder = older, TreeStable = stable };

    private static Task<IReadOnlyList<string>> Requests(Works works) => works.Store.Database.Query<string>(Told, null, CancellationToken.None);

    // The first request runs, as a claim would leave it.
    private static Task Run(Works works, long request) => works.Store.Execute($"""
        DELETE FROM open_requests WHERE request_id = {request};
        UPDATE requests SET claimed_at = weir_now() WHERE id = {request};
        INSERT INTO workers (name) VALUES ('w{request}');
        INSERT INTO masters (name, incarnation, state, roles, version, started_at, heartbeat_at) SELECT 'm', 1, 'Active', '{"{engine}"}', '1', weir_now(), weir_now() WHERE NOT EXISTS (SELECT FROM masters);
        INSERT INTO builds (builder_id, number, request_id, buildset_id, worker_id, master_id, config_revision_id, attempt, started_at, state_text)
        SELECT r.builder_id, r.id, r.id, r.buildset_id, (SELECT id FROM workers WHERE name = 'w{request}'), (SELECT max(id) FROM masters), (SELECT revision_id FROM config_in_force), 1, weir_now(), 'starting' FROM requests r WHERE r.id = {request};
        INSERT INTO build_owners (build_id, epoch, master_id, worker_id) SELECT b.id, 1, b.master_id, b.worker_id FROM builds b WHERE b.request_id = {request}
        """);

    [Fact]
    public async Task Requests_of_the_same_line_are_superseded_and_those_of_others_wait_on()
    {
        await using var works = await Works.With(Configurations.Of(Any(CancelOlder.Waiting)));
        await works.Commit("a", branch: "refs/pull/7/head");
        await works.Commit("b", branch: "main");
        await works.Classify();
        await works.Commit("c", branch: "refs/pull/7/head");
        await works.Classify();

        Assert.Equal(["1 6 for 5", "2 6 for 6", "3 open", "4 open", "5 open", "6 open"], await Requests(works));
        await StoreSoundness.Assert(works.Store.Database);
    }

    [Theory]
    [InlineData(CancelOlder.Nothing, new[] { "1 open", "2 open", "3 open", "4 open" }, 0)]
    [InlineData(CancelOlder.Waiting, new[] { "1 open", "2 6 for 4", "3 open", "4 open" }, 0)]
    [InlineData(CancelOlder.Running, new[] { "1 open for 3", "2 6 for 4", "3 open", "4 open" }, 1)]
    public async Task Builds_are_stopped_where_it_says_so(CancelOlder older, string[] told, int stopped)
    {
        await using var works = await Works.With(Configurations.Of(Any(older)));
        await works.Commit("a");
        await works.Classify();
        await Run(works, 1);
        await works.Commit("b");
        await works.Classify();

        Assert.Equal(told, await Requests(works));
        Assert.Equal(Enumerable.Repeat("scheduler any: superseded by buildset 2", stopped), await works.Store.Database.Query<string>("SELECT requested_by || ': ' || reason FROM build_stops", null, CancellationToken.None));
    }

    [Fact]
    public async Task With_a_quiet_time_too()
    {
        await using var works = await Works.With(Configurations.Of(Any(CancelOlder.Waiting, TimeSpan.FromSeconds(5))));
        for (var n = 0; n < 2; n++)
        {
            await works.Commit($"r{n}");
            await works.Classify();
            await works.Store.MoveClock(TimeSpan.FromSeconds(6));
            await works.FireDue();
        }

        Assert.Equal(["1 6 for 3", "2 6 for 4", "3 open", "4 open"], await Requests(works));
    }

    [Fact]
    public async Task A_change_that_is_shown_late_ends_its_own_set_and_not_the_newer()
    {
        await using var works = await Works.With(Configurations.Of(Any(CancelOlder.Running)));
        await works.Commit("a");
        await works.Store.Execute("CREATE TABLE kept AS SELECT * FROM change_work; DELETE FROM change_work");
        await works.Commit("b");
        await works.Classify();
        await works.Store.Execute("INSERT INTO change_work SELECT * FROM kept");
        await works.Classify();

        Assert.Equal(["1 open", "2 open", "3 6 for 1", "4 6 for 2"], await Requests(works));
    }

    [Fact]
    public async Task Two_engines_leave_one_open_set_of_each_branch()
    {
        await using var works = await Works.With(Configurations.Of(Any(CancelOlder.Running)));
        using var one = works.NewClassifier();
        using var two = works.NewClassifier();
        for (var n = 0; n < 20; n++)
        {
            await works.Commit($"a{n}", branch: "a");
            await works.Commit($"b{n}", branch: "b");
            await works.Commit($"c{n}", branch: "a");
            await Task.WhenAll(one.ClassifyAll(CancellationToken.None), two.ClassifyAll(CancellationToken.None), works.Classify());
        }

        var open = await works.Store.Database.Query<string>("""
            SELECT s.line || ' ' || (s.newest_change = (SELECT max(n.newest_change) FROM buildsets n WHERE n.line = s.line)) FROM buildsets s WHERE completed_at IS NULL ORDER BY 1
            """, null, CancellationToken.None);
        Assert.Equal(["lib:a true", "lib:b true"], open);
        await StoreSoundness.Assert(works.Store.Database);
    }
}
