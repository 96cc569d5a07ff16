using Weir.Engine.Workers;
using Weir.Shared.Protocol;
using Weir.Shared.Queue;
using Weir.Shared.Workers;
using Weir.Support;

namespace Weir.Engine.Tests.Workers;

/// <summary>A worker that is stopped at its machine gets nothing new, finishes what it has, and is told when nothing is left.</summary>
public sealed class StoppingTests : IAsyncLifetime
{
    private static readonly EndedFrame Good = new() { Kind = EndKind.Exited, ExitCode = 0 };
    private static CancellationToken Now => TestContext.Current.CancellationToken;
    private World world = null!;

    public async ValueTask InitializeAsync() => world = await World.Create(World.Builders(("lib", [World.Run("compile"), World.Run("test")]), ("app", [World.Run("link")])));

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task Nothing_new_starts_on_it_and_it_is_told_when_its_last_build_is_over()
    {
        var (engine, worker) = await Busy();

        await engine.Sessions.Stopping(worker.Session!, Now);
        var late = (await world.Request("app"))[0];
        await world.Eventually(async () => (await world.Store.Queue.Request(late, Now))!.Waiting is { Kind: WaitKind.WorkersMissing, Text: "Worker w1 is stopping." }, "the reason");
        Assert.Equal((WorkerState.Stopping, "It finishes 1 build and goes."), await Shown());
        Assert.Equal(0, worker.FinishedTimes);

        // Both steps of the build that had begun.
        await worker.End(await worker.Running(), Good);
        await worker.End(await worker.Running(), Good);
        await world.Eventually(() => Task.FromResult(worker.FinishedTimes > 0), "the word that nothing is left");

        Assert.Equal(1, await world.Sql<int>("SELECT count(*)::int FROM builds WHERE results = 0"));
        Assert.Equal(1, await world.Sql<int>("SELECT count(*)::int FROM builds"));
        await worker.Disconnect();
        Assert.Equal((WorkerState.Missing, "It was stopped at its machine."), await Shown());
    }

    [Fact]
    public async Task It_stays_so_at_the_next_engine_and_ends_with_the_next_start()
    {
        var (_, worker) = await Busy();
        var two = await world.StartEngine("two");

        worker.Stopping = true;
        await worker.Connect(two);
        await world.Request("app");
        await Task.Delay(500, Now);
        Assert.Equal(1, await world.Sql<int>("SELECT count(*)::int FROM builds"));
        await worker.End(await worker.Running(), Good);
        await worker.End(await worker.Running(), Good);
        await world.Eventually(() => Task.FromResult(worker.FinishedTimes > 0), "the word that nothing is left");
        await worker.Disconnect();

        worker.Stopping = false;
        await worker.Connect(two);
        await worker.Running();
        Assert.Equal((WorkerState.Available, null), await Shown());
    }

    [Fact]
    public async Task No_claim_follows_once_it_was_said()
    {
        var engine = await world.StartEngine();
        for (var round = 0; round < 15; round++)
        {
            var worker = await world.AddWorker($"w{round}", maxBuilds: 1000);
            worker.Behaviour = _ => null;
            await worker.Connect(engine);
            var storm = Task.Run(async () =>
            {
                for (var i = 0; i < 20; i++)
                    await world.Request("app");
            }, Now);
            await Task.Delay(round * 7, Now);

            await engine.Sessions.Stopping(worker.Session!, Now);
            var then = await Begun(worker);
            await storm;
            await Task.Delay(100, Now);

            Assert.Equal(then, await Begun(worker));
            await world.Sql<int?>("DELETE FROM open_requests; UPDATE requests SET completed_at = weir_now(), results = 6 WHERE completed_at IS NULL AND claimed_at IS NULL");
            foreach (var command in await Commands(worker, then))
                await worker.End(command, Good);
            await world.Eventually(async () => await world.Sql<int>("SELECT count(*)::int FROM build_owners") == 0, "the builds to end");
            await world.Sql<int?>("UPDATE buildsets s SET completed_at = weir_now(), results = 6 WHERE completed_at IS NULL AND NOT EXISTS (SELECT FROM requests r WHERE r.buildset_id = s.id AND r.completed_at IS NULL)");
            await worker.Disconnect();
        }
    }

    // An engine of an earlier release greets it next: it knows nothing of these columns and leaves them as they are.
    [Fact]
    public async Task What_was_said_in_an_earlier_session_means_nothing()
    {
        var (engine, worker) = await Busy();
        await engine.Sessions.Stopping(worker.Session!, Now);

        await world.Sql<int?>("UPDATE worker_sessions SET session = session + 1");

        Assert.Equal((WorkerState.Available, null), await Shown());
    }

    private async Task<(World.Engine, FakeWorker)> Busy()
    {
        var engine = await world.StartEngine("one");
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        await world.Request("lib");
        await worker.Running();
        return (engine, worker);
    }

    private Task<int> Begun(FakeWorker worker) => world.Sql<int>("SELECT count(*)::int FROM builds WHERE worker_id = @Id", new { worker.Id });

    private Task<FakeWorker.FakeCommand[]> Commands(FakeWorker worker, int count) =>
        world.Eventually(() => Task.FromResult(worker.Commands.Values.Where(c => !c.Ended).ToArray() is var all && all.Length == count ? all : null), $"{count} commands")!;

    private async Task<(WorkerState, string?)> Shown()
    {
        var worker = (await new WorkerQueries(world.Store.Database).Find("w1", Now))!;
        return (worker.State, worker.StateReason);
    }
}
