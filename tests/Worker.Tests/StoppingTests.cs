using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary><c>weir-worker stop</c>: no new builds first, then what runs is finished, then it goes.</summary>
public sealed class StoppingTests
{
    private static Task<(int Exit, string Output)> Stop(WorkerUnderTest worker, params string[] more) => WorkerUnderTest.RunProgram(null, ["stop", "--work", worker.Work, .. more]);

    private static async Task<WorkerUnderTest> Started(FakeEngine engine)
    {
        var worker = new WorkerUnderTest(engine).Start();
        await Eventually.Holds(() => engine.Ready, "the worker is there");
        return worker;
    }

    [Fact]
    public async Task It_tells_the_engine_finishes_what_the_engine_has_begun_and_goes()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        var command = engine.Shell("sleep 3; echo done");
        await command.Started();

        var stop = Stop(worker, "--graceful");
        await Eventually.Holds(() => engine.Stoppings.Contains(engine.Session), "the engine is told");
        Assert.Equal(0, (await command.End()).ExitCode);
        // The next step of the same build.
        Assert.Equal(0, (await engine.Shell("echo next").End()).ExitCode);
        Assert.False(stop.IsCompleted);
        Assert.False(worker.Agent.HasExited);

        await engine.Client.Finished(engine.Session);
        var (exit, said) = await stop;

        Assert.Equal(0, exit);
        Assert.Contains("takes nothing new, finishes what its masters have begun on it (1 command runs), and goes.", said, StringComparison.Ordinal);
        Assert.EndsWith("It has gone.\n", said, StringComparison.Ordinal);
        Assert.True(worker.Agent.WaitForExit(5000));
        Assert.Equal(0, worker.Agent.ExitCode);
        await Eventually.Holds(() => worker.Keeper is null, "the keeper leaves");
        Assert.Empty(engine.Complaints);
    }

    [Fact]
    public async Task It_says_so_again_to_the_next_engine_and_in_every_hello()
    {
        await using var one = await FakeEngine.Start();
        await using var two = await FakeEngine.Start(beside: one);
        await using var worker = await Started(one);
        var command = one.Shell("sleep 2; echo done");
        await command.Started();
        Assert.False(one.Hellos[^1].Stopping);
        Assert.Equal(0, (await Stop(worker, "--no-wait")).Exit);
        await Eventually.Holds(() => one.Stoppings.Count == 1, "the engine is told");

        await one.Client.Leave("to the other", [two.Address.ToString()]);
        await Eventually.Holds(() => two.Ready, "it goes to the other engine");
        Assert.True(two.Hellos[^1].Stopping);
        Assert.Equal(0, (await command.End()).ExitCode);
        await two.Client.Finished(two.Session);

        Assert.True(worker.Agent.WaitForExit(10_000));
        Assert.Equal(0, worker.Agent.ExitCode);
    }

    [Fact]
    public async Task An_engine_of_the_first_protocol_is_not_told_and_the_worker_goes_when_nothing_has_run_for_some_seconds()
    {
        await using var engine = await FakeEngine.Start();
        engine.Protocol = 1;
        await using var worker = await Started(engine);
        var command = engine.Shell("sleep 7; echo done");
        await command.Started();

        var stop = Stop(worker);
        Assert.Equal(0, (await command.End()).ExitCode);
        Assert.False(worker.Agent.HasExited);
        Assert.Equal(0, (await stop).Exit);

        Assert.Empty(engine.Stoppings);
        Assert.Equal("done\n", command.Text());
        Assert.Contains("is of an earlier release and cannot be told", worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_but_a_stopping_worker_takes_the_word_that_it_has_finished()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);

        await engine.Client.Finished(engine.Session);

        Assert.Equal(0, (await engine.Shell("true").End()).ExitCode);
        Assert.False(worker.Agent.HasExited);
    }

    [Fact]
    public async Task At_once_means_that_commands_run_on_and_are_taken_up()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        var command = engine.Shell("echo run >> ../ledger; sleep 3; echo done");
        await command.Started();

        var (exit, said) = await Stop(worker, "--now");

        Assert.Equal(0, exit);
        Assert.Contains("1 command runs on and will be taken up when it starts again.", said, StringComparison.Ordinal);
        Assert.True(worker.Agent.WaitForExit(5000));
        Assert.Equal(0, worker.Agent.ExitCode);
        worker.Start();
        Assert.Equal(0, (await command.End()).ExitCode);
        Assert.Equal("done\n", command.Text());
        Assert.Equal("run\n", await File.ReadAllTextAsync(Path.Combine(worker.Work, "ledger"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_cannot_be_stopped_is_said()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        await worker.KillAgent();

        Assert.Equal((0, $"No worker runs in {worker.Work}.\n"), await Stop(worker));
        Assert.Equal((2, "--graceful finishes first, --now does not: give one of them.\n"), await Stop(worker, "--graceful", "--now"));
        var (exit, said) = await WorkerUnderTest.RunProgram(null, "stop", "--work", "/nowhere");
        Assert.Equal((2, "/nowhere is not the directory of a worker; name it with --work.\n"), (exit, said));
    }
}
