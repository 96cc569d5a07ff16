using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Secrets go into the order that is sent, and into no row.</summary>
public sealed class SecretSendingTests
{
    private const string Canary = "canary-3b1f-of-the-store";
    private readonly string prefix = $"WEIR_TEST_{Guid.NewGuid():N}_";

    private WeirConfiguration Configuration(params StepConfiguration[] steps) =>
        World.Builders(("hull", steps)) with { Secrets = [new SecretSourceConfiguration { From = "env", Prefix = prefix }] };

    [Fact]
    public async Task The_order_has_the_value_and_the_store_the_name()
    {
        Environment.SetEnvironmentVariable(prefix + "KEY", Canary);
        var step = new RunStepConfiguration { Name = "deploy", Shell = "deploy --key ${{ secrets.KEY }}", Env = new Dictionary<string, string> { ["AUTH"] = "Bearer ${{ secrets.KEY }}", ["N"] = "${{ build.number }}" } };
        await using var world = await World.Create(Configuration(step));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];
        var running = await worker.Running();
        var everything = string.Concat(await world.Rows<string>("SELECT spec::text FROM commands UNION ALL SELECT plan::text FROM build_plans UNION ALL SELECT model::text FROM config_revisions"));
        await worker.End(running, new() { Kind = EndKind.Exited, ExitCode = 0 });

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(Canary, running.Secrets["KEY"]);
        Assert.Equal(["Bearer ", null], running.Spec.SecretEnv["AUTH"].Select(p => p.Text));
        Assert.Equal(["KEY"], running.Spec.SecretEnv["WEIR_1"].Select(p => p.Secret));
        Assert.Equal("1", running.Spec.Env["N"]);
        Assert.Equal("deploy --key \"${WEIR_1}\"", ((RunSpec)running.Spec).Arguments[2]);
        Assert.Contains("\"Secret\": \"KEY\"", everything, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, everything, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "The secret KEY cannot be had: it is in none of the sources")]
    [InlineData("abc", "The secret KEY has less than 4 characters")]
    public async Task A_secret_that_cannot_be_had_fails_its_step_in_words(string? value, string why)
    {
        Environment.SetEnvironmentVariable(prefix + "KEY", value);
        await using var world = await World.Create(Configuration(new RunStepConfiguration { Name = "deploy", Shell = "echo ${{ secrets.KEY }}" }));
        var engine = await world.StartEngine();
        await (await world.AddWorker()).Connect(engine);
        var request = (await world.Request("hull"))[0];

        Assert.Equal(BuildResult.Exception, await world.ResultOf(request));
        Assert.StartsWith(why, await world.Sql<string>("SELECT state_text FROM steps"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_that_is_sent_by_an_adopter_without_the_secret_ends_in_words()
    {
        Environment.SetEnvironmentVariable(prefix + "KEY", Canary);
        await using var world = await World.Create(Configuration(new RunStepConfiguration { Name = "deploy", Shell = "echo ${{ secrets.KEY }}" }));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Loses = true;
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];
        await world.Eventually(() => Task.FromResult(worker.Lost == 1), "the order to be on its way");
        Environment.SetEnvironmentVariable(prefix + "KEY", null);
        worker.Loses = false;
        await worker.Connect(engine);

        Assert.Equal(BuildResult.Exception, await world.ResultOf(request));
        Assert.StartsWith("could not start: The secret KEY cannot be had", await world.Sql<string>("SELECT state_text FROM steps"), StringComparison.Ordinal);
        Assert.Empty(worker.Starts);
    }

    [Fact]
    public async Task A_worker_that_has_become_one_of_an_earlier_release_is_asked_for_nothing_that_it_does_not_know()
    {
        Environment.SetEnvironmentVariable(prefix + "KEY", Canary);
        await using var world = await World.Create(Configuration(
            new RunStepConfiguration { Name = "old", Shell = "true" },
            new RunStepConfiguration { Name = "new", Shell = "echo ${{ secrets.KEY }}", Logs = new Dictionary<string, string> { ["a"] = "a.log" } }));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];
        var first = await worker.Running();
        worker.Abilities = [];
        await worker.Connect(engine);
        await worker.End(first, new EndedFrame { Kind = EndKind.Exited, ExitCode = 0 });

        Assert.Equal(BuildResult.Exception, await world.ResultOf(request));
        Assert.Equal(
            ["done", "This step needs a worker that can be given secrets and can follow log files; the worker w1 is of an earlier release and needs an upgrade."],
            await world.Rows<string>("SELECT state_text FROM steps ORDER BY number"));
    }

    [Fact]
    public async Task Nothing_is_begun_on_a_worker_of_an_earlier_release_that_it_could_not_do()
    {
        Environment.SetEnvironmentVariable(prefix + "KEY", Canary);
        await using var world = await World.Create(Configuration(new RunStepConfiguration { Name = "new", Shell = "echo ${{ secrets.KEY }}" }));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Abilities = [WorkerAbilities.Warnings];
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];

        await world.Eventually(async () => await world.Sql<string?>("SELECT text FROM builder_waits") == "It needs a worker that can be given secrets; worker w1 is of an earlier release.", "the reason");
        Assert.Contains("can be given secrets", (await new WorkerQueries(world.Store.Database).Find("w1", CancellationToken.None))!.Lacks);

        worker.Abilities = WorkerAbilities.All;
        await worker.Connect(engine);
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Empty((await new WorkerQueries(world.Store.Database).Find("w1", CancellationToken.None))!.Lacks);
    }
}
