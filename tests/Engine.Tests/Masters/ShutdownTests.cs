using Microsoft.Extensions.Hosting;
using Weir.Engine.Masters;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Masters;
using Weir.Support;

namespace Weir.Engine.Tests.Masters;

/// <summary>E2: a master that is told to go begins nothing more, hands its workers over with what they run, and waits only for what nobody else can do.</summary>
public sealed class ShutdownTests : IAsyncLifetime
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });
    private World world = null!;

    public async ValueTask InitializeAsync() => world = await World.Create(World.Builders(("lib", [World.Run("compile")]), ("app", [World.Run("link")])));

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task The_only_engine_waits_for_its_build_and_begins_nothing_more()
    {
        var (engine, worker, id) = await Busy("one");

        Assert.IsType<ActionOutcome.Done>(await Actions(engine).Shutdown(id, new() { Reason = "new kernel" }, Ada, CancellationToken.None));
        await world.Request("app");
        await Task.Delay(700);

        Assert.False(IsGoing(engine));
        Assert.Equal(1, await world.Sql<int>("SELECT count(*)::int FROM builds"));
        var shown = Assert.Single(await new MasterQueries(world.Store.Database).List(CancellationToken.None));
        Assert.Equal((MasterState.Draining, "ada", "new kernel"), (shown.State, shown.Drain!.By, shown.Drain.Reason));
        Assert.Equal(("lib", 1, "w1"), shown.Drain.WaitsFor.Select(b => (b.Builder, b.Number, b.Worker!)).Single());

        await worker.End(await worker.Running(), Good);
        await world.Eventually(() => Task.FromResult(IsGoing(engine)), "the engine to go");
        Assert.Equal(0, await world.Sql<short>("SELECT results FROM builds"));
        Assert.Equal(1, await world.Sql<int>("SELECT count(*)::int FROM open_requests"));
    }

    [Fact]
    public async Task Workers_are_handed_over_at_once_with_what_they_run()
    {
        var (one, worker, id) = await Busy("one");
        var two = await world.StartEngine("two");
        var running = await worker.Running();

        await Actions(two).Shutdown(id, new(), Ada, CancellationToken.None);
        await worker.Left.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(["http://two"], worker.SentTo);
        await worker.Disconnect();
        await worker.Connect(two);

        await world.Eventually(() => Task.FromResult(IsGoing(one)), "the engine to go");
        Assert.False(running.Ended);
        await worker.Print(running, "after the other engine took over\n");
        await worker.End(running, Good);
        await world.Eventually(async () => await world.Sql<bool>("SELECT EXISTS (SELECT FROM builds WHERE results = 0)"), "the build to end");
        Assert.Equal("two", await world.Sql<string>("SELECT m.name FROM builds b JOIN masters m ON m.id = b.master_id"));
        Assert.Equal([1], worker.Starts.Values);
    }

    [Fact]
    public async Task An_engine_that_goes_sends_who_comes_to_it_to_another_one()
    {
        var (one, _, id) = await Busy("one");
        await Actions(one).Shutdown(id, new(), Ada, CancellationToken.None);
        var late = await world.AddWorker("w2");
        Assert.Null((await late.Connect(one)).Refusal); // nowhere else to go

        await world.StartEngine("two");
        var welcome = await late.Connect(one);

        Assert.Equal("This master is shutting down.", welcome.Refusal);
        Assert.False(welcome.Final);
        Assert.Equal(["http://two"], welcome.Addresses);
    }

    [Fact]
    public async Task Taken_back_it_goes_on()
    {
        var (engine, worker, id) = await Busy("one");
        await Actions(engine).Shutdown(id, new(), Ada, CancellationToken.None);
        await world.Request("app");
        await Task.Delay(300);

        Assert.IsType<ActionOutcome.Done>(await Actions(engine).CancelShutdown(id, Ada, CancellationToken.None));
        await worker.Running(c => c.Id > 1);

        Assert.False(IsGoing(engine));
        Assert.Equal("Active", await world.Sql<string>("SELECT state FROM masters"));
        Assert.IsType<ActionOutcome.Conflict>(await Actions(engine).CancelShutdown(id, Ada, CancellationToken.None));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, 1)]
    public async Task Quick_or_at_its_deadline_it_leaves_what_runs_behind(bool quick, int? seconds)
    {
        var (engine, worker, id) = await Busy("one");

        await Actions(engine).Shutdown(id, new() { Quick = quick, Within = seconds is { } s ? TimeSpan.FromSeconds(s) : null }, Ada, CancellationToken.None);

        await world.Eventually(() => Task.FromResult(IsGoing(engine)), "the engine to go");
        await engine.Stop();
        var again = await world.StartEngine("one");
        await worker.Connect(again);
        await worker.End(await worker.Running(), Good);
        await world.Eventually(async () => await world.Sql<bool>("SELECT EXISTS (SELECT FROM builds WHERE results = 0)"), "the build to end");
        Assert.Equal("Active", await world.Sql<string>("SELECT state FROM masters"));
    }

    [Fact]
    public async Task What_cannot_be_done_is_said()
    {
        var engine = await world.StartEngine("one");
        var id = await engine.Get<Self>().Id(CancellationToken.None);
        var actions = Actions(engine);

        Assert.IsType<ActionOutcome.NotFound>(await actions.Shutdown(id + 7, new(), Ada, CancellationToken.None));
        Assert.IsType<ActionOutcome.Invalid>(await actions.Shutdown(id, new() { Within = TimeSpan.FromDays(8) }, Ada, CancellationToken.None));
        Assert.Equal("one: It runs; shut it down first.", Assert.IsType<ActionOutcome.Conflict>(await actions.Retire(id, Ada, CancellationToken.None)).Why);
        await engine.Stop();
        var store = new MasterActions(world.Store.Database);
        Assert.Equal("one: It does not run.", Assert.IsType<ActionOutcome.Conflict>(await store.Shutdown(id, new(), Ada, CancellationToken.None)).Why);
        Assert.IsType<ActionOutcome.Done>(await store.Retire(id, Ada, CancellationToken.None));
        Assert.Empty(await new MasterQueries(world.Store.Database).List(CancellationToken.None));

        await world.StartEngine("one");
        Assert.Equal(MasterState.Active, Assert.Single(await new MasterQueries(world.Store.Database).List(CancellationToken.None)).State);
    }

    private static Shared.Protocol.EndedFrame Good => new() { Kind = Shared.Protocol.EndKind.Exited, ExitCode = 0 };

    private static IMasterActions Actions(World.Engine engine) => engine.Get<IMasterActions>();

    private static bool IsGoing(World.Engine engine) => engine.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;

    // An engine with a worker that runs a build of lib.
    private async Task<(World.Engine Engine, FakeWorker Worker, long Id)> Busy(string name)
    {
        var engine = await world.StartEngine(name);
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        await world.Request("lib");
        await worker.Running();
        return (engine, worker, await engine.Get<Self>().Id(CancellationToken.None));
    }
}
