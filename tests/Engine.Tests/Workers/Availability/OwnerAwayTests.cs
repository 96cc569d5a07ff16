using Weir.Engine.Workers;
using Weir.Shared.Queue;
using Weir.Shared.Workers;
using Weir.Support;

namespace Weir.Engine.Tests.Workers.Availability;

/// <summary>What the owner of a machine says of it, as engines take it.</summary>
public sealed class OwnerAwayTests : IAsyncLifetime
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;
    private World world = null!;

    public async ValueTask InitializeAsync() => world = await World.Create(World.Builders(("lib", [World.Run("compile")])));

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task Nothing_is_begun_while_he_is_there_and_it_goes_on_when_his_time_is_over()
    {
        var (engine, worker) = await Connected();
        await engine.Sessions.Away(worker.Session!, new("a film", 3600), Now);
        var request = (await world.Request("lib"))[0];
        await world.Eventually(async () => await Waiting(request) is { Kind: WaitKind.WorkersAway } reason
            && reason.Text.StartsWith("Worker w1 is away, as its owner said at its machine: a film, until 20", StringComparison.Ordinal), "the reason");
        var shown = (await new WorkerQueries(world.Store.Database).Find("w1", Now))!;
        Assert.Equal((WorkerState.Away, "Its owner has set it away: a film"), (shown.State, shown.StateReason));

        await engine.Sessions.Away(worker.Session!, new(null, 1), Now);
        await worker.Running();
        Assert.True(await world.Sql<bool>("SELECT started_at >= away_until FROM builds, worker_sessions"));
    }

    [Fact]
    public async Task It_is_told_with_the_hello_too_and_ends_when_he_is_back()
    {
        var (engine, worker) = await Connected();
        worker.Absence = new("moving", null);
        await worker.Connect(engine);
        var request = (await world.Request("lib"))[0];
        await world.Eventually(async () => await Waiting(request) is { Kind: WaitKind.WorkersAway, Text: "Worker w1 is away, as its owner said at its machine: moving." }, "the reason");
        var since = await world.Sql<DateTime>("SELECT away_at FROM worker_sessions");
        await worker.Connect(engine);
        Assert.Equal(since, await world.Sql<DateTime>("SELECT away_at FROM worker_sessions"));

        await engine.Sessions.Away(worker.Session!, null, Now);
        await worker.Running();
    }

    [Fact]
    public async Task What_comes_from_a_machine_is_not_believed_blindly()
    {
        var (engine, worker) = await Connected();

        await engine.Sessions.Away(worker.Session!, new("a\0b\n" + new string('x', 9000), double.PositiveInfinity), Now);
        Assert.True(await world.Sql<bool>("SELECT length(away_reason) <= 500 AND away_until < weir_now() + interval '367 days' FROM worker_sessions"));
        await engine.Sessions.Away(worker.Session!, new(null, double.NaN), Now);
        Assert.True(await world.Sql<bool>("SELECT away_reason IS NULL AND away_until IS NULL AND away_at IS NOT NULL FROM worker_sessions"));
        await engine.Sessions.Away(worker.Session!, new(null, -5), Now);
        Assert.Equal(WorkerState.Available, (await new WorkerQueries(world.Store.Database).Find("w1", Now))!.State);
    }

    private async Task<(World.Engine, FakeWorker)> Connected()
    {
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        return (engine, worker);
    }

    private async Task<WaitReason?> Waiting(long request) => (await world.Store.Queue.Request(request, Now))!.Waiting;
}
