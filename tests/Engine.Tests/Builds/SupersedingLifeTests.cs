using Weir.Engine.Builds;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Shared.Queue;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>From changes to builds: what newer ones do to older, what is called off with a buildset, and what its first failure does to the rest.</summary>
public sealed class SupersedingLifeTests
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };
    private static readonly EndedFrame Failed = new() { Kind = EndKind.Exited, ExitCode = 1 };

    private const string Text = """
        weir: 1
        codebases: { lib: { repository: "https://example.org/lib.git", branch: main } }
        workers: { "*": { maxBuilds: 4 } }
        schedulers:
          on-lib: { type: single-branch, changes: { codebase: lib, branch: main }, builders: [linux], codebases: [lib], OPTIONS }
          package: { type: triggerable, builders: [deb, rpm], failFast: FAILFAST }
        builders:
          linux: { collapse: compatible, steps: [ { name: make, run: "make ${{ sourceStamps.lib.revision }}" } ] }
          whole: { steps: [ { name: pack, trigger: { scheduler: package, wait: WAIT } }, { name: after, run: after } ] }
          deb: { steps: [ { name: make, run: "make deb" } ] }
          rpm: { steps: [ { name: make, run: "make rpm" } ] }
        """;

    private static async Task<World> Create(string options = "cancelOlder: false", bool wait = true, bool failFast = false)
    {
        var text = Text.Replace("OPTIONS", options, StringComparison.Ordinal).Replace("WAIT", wait ? "true" : "false", StringComparison.Ordinal).Replace("FAILFAST", failFast ? "true" : "false", StringComparison.Ordinal);
        var (model, problems) = ConfigurationReader.Read(Samples.Part(text));
        Assert.Empty(problems);
        var world = await World.Create(model!);
        await world.Store.Execute("INSERT INTO schedulers (name, kind, builders, enabled) VALUES ('on-lib', 'single-branch', '{linux}', true), ('package', 'triggerable', '{deb,rpm}', true)");
        return world;
    }

    private static async Task<FakeWorker> Connected(World world, World.Engine engine, int slots = 4, string name = "w1")
    {
        var worker = await world.AddWorker(name, slots);
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        return worker;
    }

    private static async Task Commit(World world, World.Engine engine, string revision)
    {
        await engine.Get<IChangeActions>().Add([new NewChange { Author = "ann", Codebase = "lib", Branch = "main", Revision = revision, Comments = revision, Files = ["a.c"] }], Ada, CancellationToken.None);
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM sourcestamps WHERE revision = @revision)", new { revision }), "the change to be seen");
    }

    private static string Of(FakeWorker.FakeCommand command) => ((RunSpec)command.Spec).Arguments[^1];

    private static Task<bool> Runs(World world, FakeWorker worker, int commands) => world.Eventually(() => Task.FromResult(worker.Commands.Values.Count(c => !c.Ended) == commands), $"{commands} commands to run");

    private static async Task End(FakeWorker worker, EndedFrame end, string? only = null)
    {
        foreach (var command in worker.Commands.Values.Where(c => !c.Ended && (only is null || Of(c) == only)))
            await worker.End(command, end);
    }

    private static async Task AssertOver(World world)
    {
        await world.Eventually(() => world.Sql<bool>("SELECT NOT EXISTS (SELECT FROM buildsets WHERE completed_at IS NULL)"), "all to end");
        Assert.Equal(0, await world.Sql<long>("SELECT (SELECT count(*) FROM open_requests) + (SELECT count(*) FROM build_owners)"));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task What_waited_behind_a_build_is_one_build_with_the_changes_of_all()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await Connected(world, engine, slots: 1);
        await Commit(world, engine, "r1");
        await Runs(world, worker, 1);
        foreach (var revision in new[] { "r2", "r3", "r4" })
            await Commit(world, engine, revision);

        await End(worker, Done);
        await world.Eventually(() => Task.FromResult(worker.Commands.Values.Any(c => !c.Ended)), "the newest to run");
        await End(worker, Done);
        await AssertOver(world);

        Assert.Equal(["1 0", "2 6 for 3", "3 6 for 4", "4 0"], await world.Rows<string>("SELECT id || ' ' || results || coalesce(' for ' || superseded_by, '') FROM requests ORDER BY id"));
        Assert.Equal(["r1", "r4"], await world.Rows<string>("SELECT revision FROM builds ORDER BY id"));
        Assert.Equal("r2 r3 r4", await world.Sql<string>("SELECT string_agg(c->>'Revision', ' ' ORDER BY c->>'Revision') FROM builds b JOIN build_plans p ON p.build_id = b.id CROSS JOIN jsonb_array_elements(p.plan->'Changes') c WHERE b.request_id = 4"));
        var detail = (await new BuildQueries(world.Store.Database).Detail(await world.Sql<long>("SELECT id FROM builds WHERE request_id = 4"), CancellationToken.None))!;
        Assert.Equal((1, "r2 r3 r4"), (detail.Supersedes, string.Join(' ', detail.Changes.Select(c => c.Revision))));
    }

    [Fact]
    public async Task A_build_of_an_older_change_is_stopped_and_says_for_whom()
    {
        await using var world = await Create("cancelOlder: true");
        var engine = await world.StartEngine();
        var worker = await Connected(world, engine);
        await Commit(world, engine, "r1");
        await Runs(world, worker, 1);

        await Commit(world, engine, "r2");
        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(1));
        await Runs(world, worker, 1);
        await End(worker, Done);

        Assert.Equal(BuildResult.Success, await world.ResultOf(2));
        Assert.Equal("stopped by scheduler on-lib: superseded by buildset 2", await world.Sql<string>("SELECT state_text FROM builds WHERE request_id = 1"));
        Assert.Equal(2, (await new BuildQueries(world.Store.Database).Detail(await world.Sql<long>("SELECT id FROM builds WHERE request_id = 1"), CancellationToken.None))!.SupersededBy);
        await AssertOver(world);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_cancels_a_buildset_cancels_what_its_builds_have_set_off_whether_they_wait_for_it_or_not(bool wait)
    {
        await using var world = await Create(wait: wait);
        var engine = await world.StartEngine();
        var worker = await Connected(world, engine, slots: 2);
        var (set, _) = await world.Submit(["whole"]);
        await world.Eventually(() => world.Sql<bool>("SELECT count(*) = 2 FROM requests WHERE buildset_id <> @set", new { set }), "its builds to be asked for");
        await Runs(world, worker, 2);

        Assert.IsType<Shared.ActionOutcome.Done>(await engine.Get<IQueueActions>().CancelBuildset(set, "enough", Ada, CancellationToken.None));
        await AssertOver(world);

        Assert.Equal([6, 6, 6], await world.Rows<int>("SELECT results FROM requests"));
        Assert.IsType<Shared.ActionOutcome.Conflict>(await engine.Get<IQueueActions>().CancelBuildset(set, "again", Ada, CancellationToken.None));
    }

    [Fact]
    public async Task A_buildset_that_has_ended_can_still_be_cancelled_with_what_its_builds_left_behind()
    {
        await using var world = await Create(wait: false);
        var engine = await world.StartEngine();
        var worker = await Connected(world, engine, slots: 3);
        var (set, requests) = await world.Submit(["whole"]);
        await Runs(world, worker, 3);
        await End(worker, Done, "after");
        Assert.Equal(BuildResult.Success, await world.ResultOf(requests[0]));

        Assert.IsType<Shared.ActionOutcome.Done>(await engine.Get<IQueueActions>().CancelBuildset(set, null, Ada, CancellationToken.None));
        await AssertOver(world);

        Assert.Equal([0, 6, 6], await world.Rows<int>("SELECT results FROM requests ORDER BY id"));
    }

    [Fact]
    public async Task The_first_failure_ends_the_rest_where_that_is_wanted()
    {
        await using var world = await Create(failFast: true);
        var engine = await world.StartEngine();
        var worker = await Connected(world, engine, slots: 3);
        var whole = (await world.Request("whole"))[0];
        await Runs(world, worker, 2);

        await End(worker, Failed, "make deb");

        Assert.Equal(BuildResult.Failure, await world.ResultOf(whole)); // what ended the rest, and not that it was ended
        Assert.Equal(["deb Failure", "rpm Cancelled"], (await world.Rows<(string, short)>("SELECT of.name, r.results FROM requests r JOIN builders of ON of.id = r.builder_id WHERE waited_for ORDER BY 1")).Select(r => $"{r.Item1} {(BuildResult)r.Item2}"));
        Assert.Equal("stopped by buildset 2: deb failed (failFast)", await world.Sql<string>("SELECT b.state_text FROM builds b JOIN builders of ON of.id = b.builder_id WHERE of.name = 'rpm'"));
        await AssertOver(world);
    }

    [Fact]
    public async Task What_waits_is_ended_with_it_and_without_the_wish_all_is_built()
    {
        foreach (var failFast in new[] { true, false })
        {
            await using var world = await Create(failFast: failFast);
            var engine = await world.StartEngine();
            var worker = await Connected(world, engine, slots: 1);
            var whole = (await world.Request("whole"))[0];
            await Runs(world, worker, 1);
            await End(worker, Failed);
            if (!failFast)
            {
                await world.Eventually(() => world.Sql<bool>("SELECT count(*) = 3 FROM builds"), "the other to run");
                await Runs(world, worker, 1);
                await End(worker, Done);
            }

            Assert.Equal(BuildResult.Failure, await world.ResultOf(whole));
            Assert.Equal(failFast ? 2 : 3, await world.Sql<long>("SELECT count(*) FROM builds"));
            await AssertOver(world);
        }
    }
}
