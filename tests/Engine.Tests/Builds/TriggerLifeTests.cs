using Weir.Engine.Configuration.Check;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Builds that set others off, from the text of the configuration to the rows: with and without waiting, stopped, taken over, on a worker with one slot.</summary>
public sealed class TriggerLifeTests
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };
    private static readonly EndedFrame Failed = new() { Kind = EndKind.Exited, ExitCode = 1 };

    private const string Text = """
        weir: 1
        codebases: { lib: { repository: "https://example.org/lib.git", branch: main } }
        workers: { "*": { maxBuilds: 4 } }
        schedulers:
          package: { type: triggerable, builders: [deb, rpm], properties: { from: scheduler, size: big }, priority: 3 }
        builders:
          whole:
            steps:
              - { name: set, set: { answer: 42 } }
              - { name: pack, trigger: { scheduler: package, wait: WAIT, properties: { from: "build ${{ build.number }}", answer: "${{ properties.answer }}" } } }
              - { name: after, run: after, alwaysRun: true }
          deb: { steps: [ { name: make, run: "make deb" } ] }
          rpm: { steps: [ { name: make, run: "make rpm" } ] }
        """;

    private static WeirConfiguration Model(bool wait = true)
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(Text.Replace("WAIT", wait ? "true" : "false", StringComparison.Ordinal)));
        Assert.Empty(problems);
        return model!;
    }

    private static async Task<World> Create(bool wait = true)
    {
        var world = await World.Create(Model(wait));
        // What applying a revision leaves besides.
        await world.Store.Execute("INSERT INTO schedulers (name, kind, builders, enabled) VALUES ('package', 'triggerable', '{deb,rpm}', true)");
        return world;
    }

    private static string Of(CommandSpec spec) => ((RunSpec)spec).Arguments[^1];

    private static Task<bool> Waits(World world) => world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM triggers WHERE waiting)"), "the step to wait");

    private static async Task AssertOver(World world)
    {
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM triggers WHERE waiting"));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM build_owners"));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task It_waits_for_all_and_takes_the_worst_result_and_hands_down_what_it_has()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = spec => ("", Of(spec) == "make rpm" ? Failed : Done);
        await worker.Connect(engine);

        var whole = (await world.Submit(["whole"], priority: 7)).Requests[0];

        Assert.Equal(BuildResult.Failure, await world.ResultOf(whole));
        Assert.Equal("2 builds of package: failure", await world.Sql<string>("SELECT state_text FROM steps WHERE name = 'pack'"));
        var parent = await world.Sql<long>("SELECT id FROM builds WHERE request_id = @whole", new { whole });
        Assert.Equal((parent, "Triggered from"), (await world.Sql<long>("SELECT parent_build_id FROM buildsets WHERE scheduler = 'package'"), await world.Sql<string>("SELECT parent_relationship FROM buildsets WHERE scheduler = 'package'")));
        Assert.Equal(["deb", "rpm"], await world.Rows<string>("SELECT b.name FROM requests r JOIN builders b ON b.id = r.builder_id WHERE r.waited_for AND r.priority = 7 ORDER BY 1"));
        // The build's own revision, its properties over the scheduler's, each with its source; a single expression keeps its type.
        Assert.Equal(["abc"], await world.Rows<string>("SELECT DISTINCT b.revision FROM builds b JOIN builders n ON n.id = b.builder_id WHERE n.name IN ('deb', 'rpm')"));
        Assert.Equal(["answer 42 Trigger", "from \"build 1\" Trigger", "reason \"triggered by whole #1\" Scheduler", "scheduler \"package\" Scheduler", "size \"big\" Scheduler"], await world.Rows<string>("""
            SELECT p.name || ' ' || p.value::text || ' ' || p.source FROM build_properties p JOIN builds b ON b.id = p.build_id JOIN builders n ON n.id = b.builder_id
            WHERE n.name = 'deb' AND p.name IN ('answer', 'from', 'reason', 'scheduler', 'size') ORDER BY p.name
            """));
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM firings WHERE identity LIKE 'step:%'"));
        await AssertOver(world);
    }

    [Fact]
    public async Task On_a_worker_with_one_slot_its_builds_run_one_after_the_other_in_its_place()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 1);
        var most = 0L;
        worker.Behaviour = spec => ("", Done);
        await worker.Connect(engine);

        var (first, second) = ((await world.Request("whole"))[0], (await world.Request("whole"))[0]);
        while (await world.Sql<long>("SELECT count(*) FROM requests WHERE completed_at IS NULL") > 0)
        {
            most = Math.Max(most, await world.Sql<long>("SELECT count(*) FROM build_owners"));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Equal((BuildResult.Success, BuildResult.Success), (await world.ResultOf(first), await world.ResultOf(second)));
        // A parent and one of its own; never a second of them, nor the other parent beside.
        Assert.InRange(most, 1, 2);
        Assert.True(await world.Sql<bool>("""
            SELECT bool_and(NOT EXISTS (SELECT FROM builds o WHERE o.id <> c.id AND o.buildset_id = c.buildset_id AND o.started_at < c.completed_at AND c.started_at < o.completed_at))
            FROM builds c JOIN buildsets s ON s.id = c.buildset_id WHERE s.parent_build_id IS NOT NULL
            """));
        await AssertOver(world);
    }

    [Fact]
    public async Task Without_waiting_it_goes_on_at_once()
    {
        await using var world = await Create(wait: false);
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = spec => Of(spec) == "after" ? ("", Done) : null;
        await worker.Connect(engine);

        var whole = (await world.Request("whole"))[0];

        Assert.Equal(BuildResult.Success, await world.ResultOf(whole));
        Assert.Equal("started 2 builds", await world.Sql<string>("SELECT state_text FROM steps WHERE name = 'pack'"));
        Assert.Equal(2, await world.Sql<long>("SELECT count(*) FROM requests WHERE NOT waited_for AND completed_at IS NULL"));
        await world.Eventually(() => Task.FromResult(worker.Commands.Values.Count(c => !c.Ended) == 2), "both to run");
        foreach (var command in worker.Commands.Values)
            await worker.End(command, Done);
        await world.Eventually(() => world.Sql<bool>("SELECT NOT EXISTS (SELECT FROM requests WHERE completed_at IS NULL)"), "all to end");
        await AssertOver(world);
    }

    [Fact]
    public async Task Who_stops_it_stops_what_runs_and_cancels_what_waits_and_it_ends_after_them()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 1);
        worker.Behaviour = spec => Of(spec) == "after" ? ("", Done) : null;
        await worker.Connect(engine);
        var whole = (await world.Request("whole"))[0];
        await world.Eventually(() => Task.FromResult(worker.Commands.Count == 1), "one of its builds to run");

        var parent = await world.Sql<long>("SELECT id FROM builds WHERE request_id = @whole", new { whole });
        await engine.Get<IBuildActions>().Stop(parent, "enough", Ada, CancellationToken.None);

        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(whole));
        Assert.Equal(2, await world.Sql<long>("SELECT count(*) FROM requests WHERE results = 6 AND waited_for"));
        Assert.True(await world.Sql<bool>("SELECT p.completed_at >= max(c.completed_at) FROM builds p, builds c WHERE p.id = @parent AND c.id <> @parent GROUP BY p.completed_at", new { parent }));
        Assert.Equal("ada: enough", await world.Sql<string>("SELECT requested_by || ': ' || reason FROM build_stops WHERE build_id <> @parent", new { parent }));
        Assert.Equal("Success", ((BuildResult)await world.Sql<short>("SELECT results FROM steps WHERE name = 'after'")).ToString());
        await AssertOver(world);
    }

    [Fact]
    public async Task Another_engine_takes_it_over_while_it_waits_and_nothing_is_set_off_twice()
    {
        await using var world = await Create();
        var one = await world.StartEngine("one");
        var worker = await world.AddWorker(maxBuilds: 2);
        worker.Behaviour = _ => null;
        await worker.Connect(one);
        var whole = (await world.Request("whole"))[0];
        await Waits(world);
        await world.Eventually(() => Task.FromResult(worker.Commands.Values.Count(c => !c.Ended) == 2), "its builds to run");
        await one.Stop();

        var two = await world.StartEngine("two");
        worker.Behaviour = _ => ("", Done);
        await worker.Connect(two);
        foreach (var command in worker.Commands.Values)
            await worker.End(command, Done);

        Assert.Equal(BuildResult.Success, await world.ResultOf(whole));
        Assert.Equal(3, await world.Sql<long>("SELECT count(*) FROM builds"));
        Assert.Equal(2, await world.Sql<long>("SELECT count(*) FROM buildsets"));
        await AssertOver(world);
    }

    [Fact]
    public async Task Builds_that_end_at_another_engine_are_noticed_by_the_sweep_where_notices_are_lost()
    {
        var model = Model();
        await using var world = await World.Create(model with { Builders = [.. model.Builders.Select(b => b with { Workers = new() { Names = [b.Name == "whole" ? "near" : "far"] } })] }, notifications: false);
        await world.Store.Execute("INSERT INTO schedulers (name, kind, builders, enabled) VALUES ('package', 'triggerable', '{deb,rpm}', true)");
        var (one, two) = (await world.StartEngine("one"), await world.StartEngine("two"));
        var (near, far) = (await world.AddWorker("near"), await world.AddWorker("far"));
        near.Behaviour = far.Behaviour = _ => ("", Done);
        await near.Connect(one);
        var whole = (await world.Request("whole"))[0];
        await Waits(world);
        await far.Connect(two);

        Assert.Equal(BuildResult.Success, await world.ResultOf(whole));
        Assert.Equal(["one", "two", "two"], await world.Rows<string>("SELECT m.name FROM builds b JOIN masters m ON m.id = b.master_id ORDER BY 1"));
        await AssertOver(world);
    }

    [Fact]
    public async Task The_only_engine_that_goes_begins_what_its_builds_wait_for_and_nothing_else()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 1);
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var whole = (await world.Request("whole"))[0];
        await world.Eventually(() => Task.FromResult(worker.Commands.Count == 1), "the first of its builds to run");
        var other = (await world.Request("whole"))[0];

        var master = await world.Sql<long>("SELECT id FROM masters");
        await engine.Get<Shared.Masters.IMasterActions>().Shutdown(master, new() { Reason = "upgrade" }, Ada, CancellationToken.None);
        worker.Behaviour = _ => ("", Done);
        foreach (var command in worker.Commands.Values)
            await worker.End(command, Done);

        Assert.Equal(BuildResult.Success, await world.ResultOf(whole));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM builds WHERE request_id = @other", new { other }));
        await AssertOver(world);
    }

    [Fact]
    public async Task A_scheduler_that_is_switched_off_is_said_and_nothing_is_set_off()
    {
        await using var world = await Create();
        await world.Store.Execute("UPDATE schedulers SET enabled = false");
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => ("", Done);
        await worker.Connect(engine);

        Assert.Equal(BuildResult.Exception, await world.ResultOf((await world.Request("whole"))[0]));
        Assert.Equal("nothing was started: the scheduler package is switched off, or none of its builders is there", await world.Sql<string>("SELECT state_text FROM steps WHERE name = 'pack'"));
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM buildsets"));
        await AssertOver(world);
    }

    [Fact]
    public async Task Stopped_while_its_worker_is_away_it_ends_at_once_and_what_it_has_set_off_is_called_off()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 1);
        worker.Behaviour = spec => Of(spec) == "after" ? ("", Done) : null;
        await worker.Connect(engine);
        var whole = (await world.Request("whole"))[0];
        await Waits(world);
        var parent = await world.Sql<long>("SELECT id FROM builds WHERE request_id = @whole", new { whole });

        await worker.Disconnect();
        await engine.Get<IBuildActions>().Stop(parent, "gone", Ada, CancellationToken.None);

        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(whole));
        await world.Eventually(() => world.Sql<bool>("SELECT count(*) = 0 FROM open_requests"), "what waits to be called off");
        await world.Eventually(() => world.Sql<bool>("SELECT count(*) = 0 FROM build_owners"), "what runs to be stopped");
        await AssertOver(world);
    }
}
