using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Attempts, warnings and followed logs of run steps, as rows.</summary>
public sealed class RunStepLifeTests
{
    private static EndedFrame Exit(int code, long? warnings = null) => new() { Kind = EndKind.Exited, ExitCode = code, Warnings = warnings };

    [Fact]
    public async Task Each_attempt_is_a_command_and_the_last_one_counts()
    {
        var step = new RunStepConfiguration { Name = "flaky", Shell = "make check", Retries = 2, RetryDelay = TimeSpan.FromSeconds(3) };
        await using var world = await World.Create(World.Builders(("hull", [step])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        var specs = new List<RunSpec>();
        worker.Behaviour = spec =>
        {
            lock (specs)
                specs.Add((RunSpec)spec);
            return ("output\n", specs.Count == 1 ? Exit(2) : Exit(0));
        };
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal([(null, 0L), ("Attempt 2 of 3; the one before: exit code 2.", 3000L)], specs.Select(s => (s.Heading, s.DelayMs)));
        Assert.Equal("done (attempt 2 of 3)", await world.Sql<string>("SELECT state_text FROM steps"));
        Assert.Equal("{\"attempts\": 2}", await world.Sql<string>("SELECT statistics::text FROM steps"));
        Assert.Equal(2, await world.Sql<long>("SELECT line_count FROM logs"));
    }

    [Fact]
    public async Task What_is_stopped_is_not_tried_again()
    {
        await using var world = await World.Create(World.Builders(("hull", [new RunStepConfiguration { Name = "flaky", Shell = "x", Retries = 5 }])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => ("", new EndedFrame { Kind = EndKind.Interrupted, Signal = 15, Reason = "enough" });
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];

        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(request));
        Assert.Single(worker.Starts);
    }

    [Theory]
    [InlineData(0, null, false, BuildResult.Success, BuildResult.Success, "done", "stdio")]
    [InlineData(3, null, false, BuildResult.Warnings, BuildResult.Success, "3 warnings", "stdio,warnings (3)")]
    [InlineData(3, null, true, BuildResult.Warnings, BuildResult.Warnings, "3 warnings", "stdio,warnings (3)")]
    [InlineData(3, 2, false, BuildResult.Failure, BuildResult.Failure, "3 warnings, at most 2 are allowed", "stdio,warnings (3)")]
    public async Task Warnings_count(int count, int? max, bool warn, BuildResult ofStep, BuildResult ofBuild, string text, string logs)
    {
        var step = new RunStepConfiguration { Name = "compile", Shell = "make", Warnings = new() { Max = max }, WarnOnWarnings = warn };
        await using var world = await World.Create(World.Builders(("hull", [step])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];
        var command = await worker.Running();
        await worker.Print(command, string.Concat(Enumerable.Range(1, count).Select(i => $"warning: {i}\n")), log: WarningRule.Log);
        await worker.End(command, Exit(0, count));

        Assert.Equal(ofBuild, await world.ResultOf(request));
        Assert.Equal(((short)ofStep, text), (await world.Sql<short>("SELECT results FROM steps"), await world.Sql<string>("SELECT state_text FROM steps")));
        Assert.Equal(logs, string.Join(',', await world.Rows<string>("SELECT name FROM logs ORDER BY id")));
        Assert.Equal(count.ToString(System.Globalization.CultureInfo.InvariantCulture), await world.Sql<string>("SELECT value::text FROM build_properties WHERE name = 'warnings-count'"));
    }

    [Fact]
    public async Task A_followed_log_is_whole_when_the_engine_is_replaced_in_the_middle()
    {
        var step = new RunStepConfiguration { Name = "check", Shell = "make check", Logs = new Dictionary<string, string> { ["tests.log"] = "build/${{ properties.buildername }}.log" } };
        await using var world = await World.Create(World.Builders(("hull", [step])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];
        var command = await worker.Running();
        await worker.Print(command, "a\nb\n", log: "tests.log");
        await worker.Print(command, "out\n");
        await world.Eventually(async () => await world.Sql<long>("SELECT sum(line_count)::bigint FROM logs") == 3 ? "stored" : null, "the first lines");
        var other = await world.StartEngine("two");
        await worker.Connect(other);
        await worker.Print(command, "c\n", log: "tests.log");
        await worker.End(command, Exit(0));

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal([new FollowedLog("tests.log", "build/hull.log")], ((RunSpec)command.Spec).Logs);
        Assert.Equal(["stdio 1 1", "tests.log 3 2"], await world.Rows<string>("SELECT slug || ' ' || line_count || ' ' || chunk_count FROM logs WHERE completed_at IS NOT NULL ORDER BY id"));
        Assert.Equal(3, await world.Sql<long>("SELECT sum(k.line_count)::bigint FROM log_chunks k JOIN logs l ON l.id = k.log_id WHERE l.slug = 'tests.log'"));
    }

    [Fact]
    public async Task An_exit_code_can_ask_for_the_whole_build_again()
    {
        var step = new RunStepConfiguration { Name = "check", Shell = "x", ExitCodes = new Dictionary<int, BuildResult> { [75] = BuildResult.Retry } };
        await using var world = await World.Create(World.Builders(("hull", [step, World.Run("tidy") with { AlwaysRun = true }])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => ("", Exit(75));
        await worker.Connect(engine);
        await world.Request("hull");

        await world.Eventually(async () => await world.Sql<bool>("SELECT EXISTS (SELECT FROM open_requests WHERE attempt = 2)") ? "again" : null, "the next attempt");
        Assert.Equal(["check", "tidy"], await world.Rows<string>("SELECT name FROM steps WHERE results <> 3 ORDER BY number"));
    }
}
