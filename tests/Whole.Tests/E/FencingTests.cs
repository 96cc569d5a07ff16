using Weir.Whole.Tests.B;

namespace Weir.Whole.Tests.E;

/// <summary>Invariant 3 on real processes: one owner at a time, whoever else is there, freezes, or answers no more.</summary>
public sealed class FencingTests
{
    private static Task FirstLines(Installation weir) =>
        weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 50 ? 1L : (long?)null, "the first lines");

    [Fact]
    public async Task A_second_worker_of_the_name_is_refused_while_the_first_answers_and_takes_its_place_when_it_is_dead()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger, "0.2"));
        var master = await weir.StartMaster("one");
        var token = await weir.WorkerToken(master, "w1");
        var first = weir.StartWorker("w1", token, master.Url);
        var request = await weir.Force(master, "soak");
        await FirstLines(weir);

        var second = weir.StartWorker("w1", token, master.Url, work: "other");
        await Installation.Eventually(() => Task.FromResult(second.Output.Contains("refuses this worker: Another installation is connected under this name (to master one).", StringComparison.Ordinal)), "the refusal", () => second.Output);
        Assert.True(second.Alive);
        Assert.Equal(0, await weir.ResultOf(request));
        await SurvivalTests.AssertWhole(weir, master, ledger);

        await first.Kill();
        await Installation.Eventually(() => Task.FromResult(second.Output.Contains("Connected to", StringComparison.Ordinal)), "the second to take its place", () => second.Output, 60);
        Assert.Equal(0, await weir.ResultOf(await weir.Force(master, "soak")));
    }

    [Fact]
    public async Task A_worker_that_freezes_is_taken_for_gone_and_carries_on_when_it_wakes_up()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger));
        var master = await weir.StartMaster("one");
        var worker = weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var request = await weir.Force(master, "soak");
        await FirstLines(weir);

        worker.Freeze();
        await weir.Until(async () => await weir.Sql<long?>("SELECT 1::bigint FROM worker_sessions WHERE ended_at IS NOT NULL"), "the engine to notice");
        Assert.Contains("missing", await master.Http.GetStringAsync("/api/v2/workers"));
        Assert.Equal(1, await weir.Sql<long>("SELECT count(*) FROM builds WHERE completed_at IS NULL"));
        worker.Thaw();

        Assert.Equal(0, await weir.ResultOf(request));
        await SurvivalTests.AssertWhole(weir, master, ledger);
    }

    [Fact]
    public async Task The_only_engine_freezes_until_its_worker_has_given_it_up_and_carries_on()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger));
        var master = await weir.StartMaster("one");
        var worker = weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var request = await weir.Force(master, "soak");
        await FirstLines(weir);

        master.Process.Freeze();
        await Installation.Eventually(() => Task.FromResult(worker.Output.Contains("No connection to", StringComparison.Ordinal)), "the worker to notice", () => worker.Output);
        master.Process.Thaw();

        Assert.Equal(0, await weir.ResultOf(request));
        await SurvivalTests.AssertWhole(weir, master, ledger);
    }
}
