using Weir.Engine.Builds;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Pauses;
using Weir.Shared.Protocol;
using Weir.Shared.Queue;
using Weir.Shared.Workers;
using Weir.Support;

namespace Weir.Engine.Tests.Workers.Availability;

/// <summary>A worker on which builds get lost again and again is left alone for a while, tried with one build, and trusted again when it ends.</summary>
public sealed class QuarantineTests : IAsyncLifetime
{
    private static readonly EndedFrame Good = new() { Kind = EndKind.Exited, ExitCode = 0 };
    private static readonly EndedFrame Bad = new() { Kind = EndKind.Exited, ExitCode = 1 };
    private static CancellationToken Now => TestContext.Current.CancellationToken;
    private World world = null!;
    private World.Engine engine = null!;
    private FakeWorker worker = null!;

    public async ValueTask InitializeAsync()
    {
        world = await World.Create(World.Builders(("lib", [World.Run("compile")])));
        engine = await world.StartEngine();
        worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
    }

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task Three_losses_in_a_row_put_it_there_a_probe_and_its_good_end_take_it_out()
    {
        await Lose(Setbacks.Most);
        var shown = await Shown();
        Assert.Equal((WorkerState.Paused, "In quarantine: 3 times in a row builds were lost on it"), (shown.State, shown.StateReason));
        Assert.Equal(5, await world.Sql<int>("SELECT round(extract(epoch FROM quarantined_until - weir_now()) / 60)::int FROM workers"));
        var requests = new[] { (await world.Request("lib"))[0], (await world.Request("lib"))[0] };
        await world.Eventually(async () => (await world.Store.Queue.Request(requests[0], Now))!.Waiting is { Kind: WaitKind.WorkersPaused } reason
            && reason.Text.StartsWith("Worker w1 is in quarantine: 3 times in a row builds were lost on it, until 20", StringComparison.Ordinal), "the reason");

        await world.Sql<int?>("UPDATE workers SET quarantined_until = weir_now(), changes_at = weir_now()");
        world.Nudge("workers");
        var probe = await worker.Running();
        await Task.Delay(300, Now);
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM build_owners")); // it has four slots
        Assert.Equal(WorkerState.Available, (await Shown()).State);
        await worker.End(probe, Bad); // that the build failed is no fault of the worker's
        await world.Eventually(async () => await world.Sql<bool>("SELECT quarantined_at IS NULL AND setbacks = 0 FROM workers"), "the end of the quarantine");
        await worker.End(await worker.Running(), Good);
        Assert.Equal([BuildResult.Failure, BuildResult.Success], new[] { await world.ResultOf(requests[0]), await world.ResultOf(requests[1]) }.Order().Reverse());
    }

    [Fact]
    public async Task A_probe_that_is_lost_doubles_the_time()
    {
        await Lose(Setbacks.Most + 1);

        Assert.Equal(10, await world.Sql<int>("SELECT round(extract(epoch FROM quarantined_until - weir_now()) / 60)::int FROM workers"));
        Assert.Equal("In quarantine: 4 times in a row builds were lost on it", (await Shown()).StateReason);
    }

    [Fact]
    public async Task What_one_outage_takes_with_it_counts_once()
    {
        foreach (var _ in Enumerable.Range(0, 4))
            await world.Request("lib");
        await world.Eventually(() => Task.FromResult(worker.Commands.Count == 4), "four builds");

        await Reboot();
        await world.Eventually(async () => await world.Sql<long>("SELECT count(*) FROM builds WHERE results = 5") == 4, "the losses");

        Assert.Equal(1, await world.Sql<int>("SELECT setbacks FROM workers"));
        Assert.Equal(WorkerState.Available, (await Shown()).State);
        await Clear();
    }

    [Fact]
    public async Task Who_resumes_it_ends_the_quarantine()
    {
        await Lose(Setbacks.Most);

        await engine.Get<IPauseActions>().End([new(PauseKind.Worker, "w1")], new Actor("ada", new HashSet<string>()), Now);

        Assert.Equal((WorkerState.Available, null), ((await Shown()).State, (await Shown()).StateReason));
        Assert.Equal(["worker.resume"], await world.Rows<string>("SELECT action FROM audit"));
        await world.Request("lib");
        await worker.End(await worker.Running(), Good);
    }

    // Each time a build of its own, which the machine's restart takes with it; its next attempt is called off.
    private async Task Lose(int times)
    {
        for (var time = 1; time <= times; time++)
        {
            await world.Sql<int?>("UPDATE workers SET quarantined_until = weir_now()");
            world.Nudge("queue");
            await world.Request("lib");
            await world.Eventually(() => Task.FromResult(worker.Commands.Values.Any(c => !c.Ended)), "the build");
            await Reboot();
            await world.Eventually(async () => await world.Sql<int>("SELECT setbacks FROM workers") == time, $"setback {time}");
            await Clear();
        }
    }

    private async Task Reboot()
    {
        await worker.Disconnect();
        worker.Commands.Clear();
        worker.Boot = Guid.NewGuid().ToString();
        await worker.Connect(engine);
    }

    private async Task Clear()
    {
        await world.Sql<int?>("""
            DELETE FROM open_requests; UPDATE requests SET completed_at = weir_now(), results = 6 WHERE completed_at IS NULL AND claimed_at IS NULL;
            UPDATE buildsets s SET completed_at = weir_now(), results = 6 WHERE completed_at IS NULL AND NOT EXISTS (SELECT FROM requests r WHERE r.buildset_id = s.id AND r.completed_at IS NULL)
            """);
    }

    private async Task<WorkerRecord> Shown() => (await new WorkerQueries(world.Store.Database).Find("w1", Now))!;
}
