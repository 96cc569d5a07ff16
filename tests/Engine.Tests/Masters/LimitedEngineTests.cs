using Weir.Engine.Masters;
using Weir.Shared.Configuration;
using Weir.Shared.Queue;
using Weir.Support;

namespace Weir.Engine.Tests.Masters;

/// <summary>Engines that are for some builders only, and idle workers that go where they are needed.</summary>
public sealed class LimitedEngineTests : IAsyncLifetime
{
    private static readonly BuilderLimits North = new(["lib*"], []);
    private static readonly BuilderLimits South = new([], ["arm"]);
    private static CancellationToken Now => TestContext.Current.CancellationToken;
    private World world = null!;

    public async ValueTask InitializeAsync() => world = await World.Create(new()
    {
        Builders =
        [
            new() { Name = "lib", Steps = [World.Run("compile")], Workers = new() { Tags = ["linux"] } },
            new() { Name = "app", Steps = [World.Run("link")], Tags = ["arm"], Workers = new() { Tags = ["linux"] } },
            new() { Name = "firmware", Steps = [World.Run("flash")], Tags = ["arm"], Workers = new() { Names = ["board*"] } },
        ],
        Workers = [new WorkerConfiguration { Name = "*", MaxBuilds = 4 }],
    });

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task Each_engine_begins_only_its_own_builders()
    {
        var (north, south) = (await world.StartEngine("north", limits: North), await world.StartEngine("south", limits: South));
        var (w1, w2) = (await world.AddWorker("w1", tags: ["linux"]), await world.AddWorker("w2", tags: ["linux"]));
        await w1.Connect(north);
        await w2.Connect(south);

        foreach (var request in await world.Request("lib", "app"))
            await world.ResultOf(request);

        Assert.Equal(["app south w2", "lib north w1"], await world.Rows<string>(
            "SELECT f.name || ' ' || m.name || ' ' || w.name FROM builds b JOIN builders f ON f.id = b.builder_id JOIN masters m ON m.id = b.master_id JOIN workers w ON w.id = b.worker_id ORDER BY 1"));
        var shown = await new MasterQueries(world.Store.Database).List(Now);
        Assert.Equal(["north: lib* ", "south:  arm"], shown.Select(m => $"{m.Name}: {string.Join(",", m.OnlyBuilders)} {string.Join(",", m.OnlyTags)}"));
    }

    [Fact]
    public async Task What_no_engine_may_begin_says_so_until_one_comes()
    {
        var north = await world.StartEngine("north", limits: North);
        var w1 = await world.AddWorker("w1", tags: ["linux"]);
        await w1.Connect(north);
        var request = (await world.Request("app"))[0];

        await Waits(request, WaitKind.NoEngine, "No engine that runs may begin it: north is for the builders lib*.");
        var other = await world.StartEngine("other");
        await Waits(request, WaitKind.WorkersElsewhere, "Worker w1 is connected to north, which may not begin it; the first to be idle comes over.");
        await w1.Disconnect();
        await w1.Connect(other);

        await world.ResultOf(request);
    }

    [Fact]
    public async Task An_engine_takes_only_workers_that_its_builders_can_use_and_names_better_addresses()
    {
        var north = await world.StartEngine("north", limits: North);
        var board = await world.AddWorker("board-7");

        var alone = await board.Connect(north);
        Assert.Equal("This engine is for the builders lib*; none of them can use this worker, and no other engine that could is there.", alone.Refusal);
        Assert.False(alone.Final);
        Assert.Empty(alone.Addresses);

        await world.StartEngine("west", limits: new(["lib"], []));
        await world.StartEngine("south", limits: South);
        var refused = await board.Connect(north);
        Assert.Equal("This engine is for the builders lib*; none of them can use this worker.", refused.Refusal);
        Assert.Equal(["http://south"], refused.Addresses);
    }

    // It was connected to an engine that is no more.
    [Fact]
    public async Task A_worker_with_open_builds_is_taken_in_where_nobody_else_could_drive_them()
    {
        var south = await world.StartEngine("south", limits: South);
        var board = await world.AddWorker("board-7");
        board.Behaviour = _ => null;
        await board.Connect(south);
        var request = (await world.Request("firmware"))[0];
        var command = await board.Running();
        await south.Stop();
        var north = await world.StartEngine("north", limits: North);

        Assert.Null((await board.Connect(north)).Refusal);
        await board.End(command, new() { Kind = Shared.Protocol.EndKind.Exited, ExitCode = 0 });

        await world.ResultOf(request);
    }

    [Fact]
    public async Task An_idle_worker_goes_over_when_only_the_other_engine_may_begin_what_waits_for_it()
    {
        var north = await world.StartEngine("north", limits: North, spreads: true);
        var south = await world.StartEngine("south", limits: South, spreads: true);
        await Settled();
        var w1 = await world.AddWorker("w1", tags: ["linux"]);
        await w1.Connect(north);
        var request = (await world.Request("app"))[0];

        await w1.Left.WaitAsync(TimeSpan.FromSeconds(30), Now);
        Assert.Equal(["http://south"], w1.SentTo);
        await w1.Disconnect();
        await w1.Connect(south);

        await world.ResultOf(request);
        Assert.Equal("south", await world.Sql<string>("SELECT m.name FROM builds b JOIN masters m ON m.id = b.master_id"));
    }

    [Fact]
    public async Task A_worker_that_runs_something_stays()
    {
        var north = await world.StartEngine("north", limits: North, spreads: true);
        await world.StartEngine("south", limits: South, spreads: true);
        await Settled();
        var w1 = await world.AddWorker("w1", maxBuilds: 1, tags: ["linux"]);
        w1.Behaviour = _ => null;
        await w1.Connect(north);
        await world.Request("lib");
        var command = await w1.Running();
        await world.Request("app");
        await Task.Delay(3000, Now);
        Assert.False(w1.Left.IsCompleted);

        await w1.End(command, new() { Kind = Shared.Protocol.EndKind.Exited, ExitCode = 0 });
        await w1.Left.WaitAsync(TimeSpan.FromSeconds(30), Now);
    }

    [Fact]
    public async Task One_that_does_not_arrive_is_not_sent_there_again()
    {
        var one = await world.StartEngine("one", spreads: true);
        await world.StartEngine("two", spreads: true);
        await Settled();
        var (w1, w2) = (await world.AddWorker("w1"), await world.AddWorker("w2"));
        await w1.Connect(one);
        await w2.Connect(one);

        await w1.Left.WaitAsync(TimeSpan.FromSeconds(30), Now);
        Assert.Equal(["http://two"], w1.SentTo);
        Assert.False(w2.Left.IsCompleted);
        await w1.Disconnect();
        await w1.Connect(one); // it could not reach the other

        await w2.Left.WaitAsync(TimeSpan.FromSeconds(30), Now);
        Assert.Contains("did not arrive at two", world.Log.ToString(), StringComparison.Ordinal);
    }

    // An engine that has just come is given nothing yet.
    private Task<int?> Settled() => world.Sql<int?>("UPDATE masters SET started_at = started_at - interval '1 minute'");

    private Task<bool> Waits(long request, WaitKind kind, string text) => world.Eventually(async () =>
        (await world.Store.Queue.Request(request, Now))!.Waiting is { } reason && reason.Kind == kind && reason.Text == text, $"the reason {text}");
}
