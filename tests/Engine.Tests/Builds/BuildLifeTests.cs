using System.Diagnostics.Metrics;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Shared.Queue;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

public sealed class BuildLifeTests
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });

    private static EndedFrame Exit(int code) => new() { Kind = EndKind.Exited, ExitCode = code };

    [Fact]
    public async Task A_request_becomes_a_build_whose_steps_run_in_order()
    {
        await using var world = await World.Create(World.Builders(("hull", [World.Run("configure"), World.Run("compile"), World.Run("check")])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = spec => (((RunSpec)spec).Arguments[2] + "\n", Exit(0));
        var claims = 0;
        using var meters = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Name == "weir.claim.time") listener.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<double>((_, seconds, _, _) => Interlocked.Add(ref claims, seconds > 0 ? 1 : 0));
        meters.Start();
        await worker.Connect(engine);

        var request = (await world.Request("hull"))[0];

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(["configure", "compile", "check"], await world.Rows<string>("SELECT name FROM steps ORDER BY number"));
        Assert.Equal(3, await world.Sql<long>("SELECT sum(line_count)::bigint FROM logs WHERE completed_at IS NOT NULL"));
        Assert.Empty(await world.BrokenInvariants());
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM commands"));
        Assert.True(claims > 0, "How long the claim took was not told.");
    }

    [Theory]
    [InlineData(true, true, false, "success,failure", BuildResult.Failure)]
    [InlineData(false, true, false, "success,failure,success", BuildResult.Failure)]
    [InlineData(false, false, true, "success,failure,success", BuildResult.Warnings)]
    [InlineData(false, false, false, "success,failure,success", BuildResult.Success)]
    public async Task Flags_decide_what_a_failed_step_does(bool halt, bool flunk, bool warn, string steps, BuildResult result)
    {
        var failing = World.Run("check") with { HaltOnFailure = halt, FlunkOnFailure = flunk, WarnOnFailure = warn };
        await using var world = await World.Create(World.Builders(("hull", [World.Run("compile"), failing, World.Run("package")])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        var count = 0;
        worker.Behaviour = _ => ("", Exit(Interlocked.Increment(ref count) == 2 ? 2 : 0));
        await worker.Connect(engine);

        var request = (await world.Request("hull"))[0];

        Assert.Equal(result, await world.ResultOf(request));
        var ran = await world.Rows<short>("SELECT results FROM steps WHERE results <> 3 ORDER BY number");
        Assert.Equal(steps, string.Join(',', ran.Select(r => ((BuildResult)r).Word())));
    }

    [Fact]
    public async Task A_halted_build_still_runs_what_always_runs_and_what_asks_for_failure()
    {
        await using var world = await World.Create(World.Builders(("hull",
        [
            World.Run("compile"), World.Run("package"), World.Run("tidy") with { AlwaysRun = true }, World.Run("report") with { If = "failure()" }, World.Run("praise") with { If = "success()" },
        ])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        var first = true;
        worker.Behaviour = _ => { var code = first ? 1 : 0; first = false; return ("", Exit(code)); };
        await worker.Connect(engine);

        var request = (await world.Request("hull"))[0];

        Assert.Equal(BuildResult.Failure, await world.ResultOf(request));
        Assert.Equal(["compile", "tidy", "report"], await world.Rows<string>("SELECT name FROM steps WHERE results <> 3 ORDER BY number"));
        Assert.StartsWith("failed compile", await world.Sql<string>("SELECT state_text FROM builds"));
    }

    [Fact]
    public async Task Properties_flow_from_one_step_to_the_next()
    {
        await using var world = await World.Create(World.Builders(("hull",
        [
            new SetStepConfiguration { Name = "set", Assignments = [new() { Name = "sha", Shell = "git rev-parse HEAD" }, new() { Name = "label", Value = "${{ format('{0}-x', properties.flavour) }}" }] },
            new RunStepConfiguration { Name = "use", Arguments = ["echo", "${{ properties.sha }}", "${{ properties.label }}"] },
        ])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        IReadOnlyList<string>? used = null;
        worker.Behaviour = spec =>
        {
            var run = (RunSpec)spec;
            if (run.Capture)
                return ("abc\n", Exit(0) with { Output = "abc\n" });
            used = run.Arguments;
            return ("", Exit(0));
        };
        await worker.Connect(engine);

        var (_, requests) = await world.Submit(["hull"], [new PropertyRecord("flavour", "\"mint\"", "Force Build Form")]);

        Assert.Equal(BuildResult.Success, await world.ResultOf(requests[0]));
        Assert.Equal(["echo", "abc", "mint-x"], used);
        Assert.Equal("set", await world.Sql<string>("SELECT source FROM build_properties WHERE name = 'sha'"));
    }

    [Fact]
    public async Task A_stopped_build_ends_its_command_runs_what_always_runs_and_is_cancelled()
    {
        await using var world = await World.Create(World.Builders(("hull", [World.Run("soak"), World.Run("package"), World.Run("tidy") with { AlwaysRun = true }])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = spec => ((RunSpec)spec).Arguments[2] == "true" && worker.Starts.Count == 1 ? null : ("", Exit(0));
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];
        await worker.Running();

        var outcome = await engine.Get<IBuildActions>().Stop(await world.Sql<long>("SELECT id FROM builds"), "wrong branch", Ada, CancellationToken.None);

        Assert.IsType<ActionOutcome.Done>(outcome);
        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(request));
        Assert.Equal(["wrong branch"], worker.Interrupts);
        Assert.Equal(["soak", "tidy"], await world.Rows<string>("SELECT name FROM steps WHERE results <> 3 ORDER BY number"));
        Assert.Equal("stopped by ada: wrong branch", await world.Sql<string>("SELECT state_text FROM builds"));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task A_build_whose_worker_is_away_can_be_stopped_all_the_same()
    {
        await using var world = await World.Create(World.Builders(("hull", [World.Run("soak")])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];
        await worker.Running();
        await worker.Disconnect();

        await engine.Get<IBuildActions>().Stop(await world.Sql<long>("SELECT id FROM builds"), null, Ada, CancellationToken.None);

        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(request));
        var welcome = await worker.Connect(engine);
        Assert.False(welcome.Verdicts.Single().Continue);
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task A_waiting_request_can_be_cancelled_and_its_buildset_ends_with_it()
    {
        await using var world = await World.Create(World.Builders(("hull", [World.Run("soak")])));
        var engine = await world.StartEngine();
        var (buildset, requests) = await world.Submit(["hull"]);

        await engine.Get<IQueueActions>().Cancel(requests[0], "no need", Ada, CancellationToken.None);

        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(requests[0]));
        Assert.Equal((short)BuildResult.Cancelled, await world.Sql<short>("SELECT results FROM buildsets WHERE id = @buildset", new { buildset }));
        Assert.IsType<ActionOutcome.Conflict>(await engine.Get<IQueueActions>().Cancel(requests[0], null, Ada, CancellationToken.None));
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM audit WHERE action = 'request.cancel'"));
    }

    [Fact]
    public async Task Two_engines_and_many_requests_start_each_request_once()
    {
        await using var world = await World.Create(World.Builders(("a", [World.Run("x")]), ("b", [World.Run("x")]), ("c", [World.Run("x")])));
        var engines = new[] { await world.StartEngine("one"), await world.StartEngine("two") };
        for (var i = 0; i < 4; i++)
            await (await world.AddWorker($"w{i}", maxBuilds: 2)).Connect(engines[i % 2]);

        var requests = new List<long>();
        for (var i = 0; i < 20; i++)
            requests.AddRange(await world.Request("a", "b", "c"));

        foreach (var request in requests)
            Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(60, await world.Sql<long>("SELECT count(*) FROM builds"));
        Assert.Equal(20, await world.Sql<long>("SELECT max(number) FROM builds"));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task A_rebuild_builds_the_revision_that_was_built()
    {
        await using var world = await World.Create(World.Builders(("hull", [World.Run("x")])));
        var engine = await world.StartEngine();
        await (await world.AddWorker()).Connect(engine);
        await world.ResultOf((await world.Request("hull"))[0]);

        var outcome = await engine.Get<IBuildActions>().Rebuild(await world.Sql<long>("SELECT id FROM builds"), "once more", Ada, CancellationToken.None);

        var request = Assert.IsType<ActionOutcome.Done>(outcome).Id!.Value;
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(["abc", "abc"], await world.Rows<string>("SELECT revision FROM builds ORDER BY id"));
        Assert.Equal("rebuild of hull #1: once more", await world.Sql<string>("SELECT reason FROM buildsets ORDER BY id DESC LIMIT 1"));
    }

    [Fact]
    public async Task A_request_that_lacks_a_required_property_is_set_aside_with_its_reason()
    {
        var configuration = World.Builders(("hull", [World.Run("x")]));
        configuration = configuration with { Builders = [configuration.Builders[0] with { Properties = [new PropertyDeclaration { Name = "version", Required = true }] }] };
        await using var world = await World.Create(configuration);
        var engine = await world.StartEngine();
        await (await world.AddWorker()).Connect(engine);

        await world.Request("hull");

        var text = await world.Eventually(() => world.Sql<string?>("SELECT wait_text FROM open_requests WHERE wait_kind = 'SetAside'"), "the request set aside");
        Assert.Contains("version", text);
    }
}
