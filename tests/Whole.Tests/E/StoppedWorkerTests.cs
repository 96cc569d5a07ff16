using Weir.Whole.Tests.B;

namespace Weir.Whole.Tests.E;

/// <summary><c>weir-worker stop</c> on real processes, with the engine killed in between.</summary>
public sealed class StoppedWorkerTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_worker_is_stopped_in_mid_build_its_engine_is_killed_and_the_build_ends_well_before_the_worker_goes()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger, "0.3"));
        var one = await weir.StartMaster("one");
        var two = await weir.StartMaster("two");
        var token = await weir.WorkerToken(one, "w1");
        var worker = weir.StartWorker("w1", token, one.Url);
        var request = await weir.Force(one, "soak");
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 50 ? 1L : (long?)null, "the first lines");

        var stop = weir.RunWorkerProgram("stop", "--graceful", "--work", weir.WorkDirectory("w1"));
        await weir.Until(async () => await weir.Sql<long?>("SELECT 1::bigint FROM worker_sessions WHERE stopping_at IS NOT NULL"), "the master to be told");
        Assert.Contains("It finishes 1 build and goes.", await two.Http.GetStringAsync("/workers"));
        await one.Process.Kill();
        var late = await weir.Force(two, "soak");

        Assert.Equal(0, await weir.ResultOf(request));
        await worker.WaitForExit(TimeSpan.FromSeconds(20));
        await stop.WaitForExit(TimeSpan.FromSeconds(10));
        Assert.Equal((0, 0), (worker.ExitCode, stop.ExitCode));
        await SurvivalTests.AssertWhole(weir, two, ledger);
        Assert.Equal("two", await weir.Sql<string>("SELECT m.name FROM builds b JOIN masters m ON m.id = b.master_id"));

        weir.StartWorker("w1", token, two.Url);
        Assert.Equal(0, await weir.ResultOf(late));
    }
}
