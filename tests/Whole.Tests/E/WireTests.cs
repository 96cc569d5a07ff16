using Weir.Support;
using Weir.Whole.Tests.B;

namespace Weir.Whole.Tests.E;

/// <summary>Invariants 3, 3a and 4 when it is not the programs that fail but what lies between them: wires that are cut, swallow everything without a word, or are slow.</summary>
public sealed class WireTests
{
    private static Task FirstLines(Installation weir) =>
        weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 50 ? 1L : (long?)null, "the first lines");

    [Theory]
    [InlineData("cut again and again")]
    [InlineData("swallows for longer than both ends wait")]
    [InlineData("slow")]
    public async Task Between_worker_and_engine(string how)
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger, "0.3"));
        var port = Installation.FreePort();
        await using var wire = new ChaosProxy(port);
        var url = $"http://127.0.0.1:{wire.Port}";
        var master = await weir.StartMaster("one", port: port, url: url);
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), url);
        var request = await weir.Force(master, "soak");
        await FirstLines(weir);

        switch (how)
        {
            case "slow":
                wire.Delay = TimeSpan.FromMilliseconds(150);
                break;
            case "cut again and again":
                for (var i = 0; i < 8; i++)
                {
                    wire.Cut();
                    await Task.Delay(400);
                }
                break;
            default:
                wire.Swallows = true;
                await weir.Until(async () => await weir.Sql<long?>("SELECT 1::bigint FROM worker_sessions WHERE ended_at IS NOT NULL"), "the engine to notice");
                wire.Heal();
                break;
        }

        Assert.Equal(0, await weir.ResultOf(request, 90));
        await SurvivalTests.AssertWhole(weir, master, ledger);
    }

    [Fact]
    public async Task Between_an_engine_and_its_store_while_another_engine_is_there()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger, "0.6"));
        var (wire, connection) = ChaosProxy.BeforeStore(weir.Store.Options.ConnectionString);
        await using var _ = wire;
        var one = await weir.StartMaster("one", connection: connection);
        var two = await weir.StartMaster("two");
        weir.StartWorker("w1", await weir.WorkerToken(two, "w1"), one.Url);
        await weir.Until(async () => await weir.Sql<long?>("SELECT 1::bigint FROM worker_sessions s JOIN masters m ON m.id = s.master_id WHERE m.name = 'one' AND s.ended_at IS NULL"), "the worker at the first engine");
        var request = await weir.Force(two, "soak");
        await FirstLines(weir);

        wire.Swallows = true;
        await weir.Until(async () => await weir.Sql<long?>("SELECT 1::bigint FROM worker_sessions s JOIN masters m ON m.id = s.master_id WHERE m.name = 'two' AND s.ended_at IS NULL"), "the worker at the other engine", 90);
        // What the first one had in its hands arrives now, and is refused.
        wire.Heal();

        Assert.Equal(0, await weir.ResultOf(request, 90));
        await SurvivalTests.AssertWhole(weir, two, ledger);
        await Installation.Eventually(async () => (await one.Http.GetAsync("/readyz")).IsSuccessStatusCode, "the first engine to be ready again", () => one.Process.Output);
    }
}
