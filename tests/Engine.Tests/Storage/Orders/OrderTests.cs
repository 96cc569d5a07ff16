using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Orders;
using Weir.Shared.Pauses;
using Weir.Shared.Queue;
using Weir.Support;

namespace Weir.Engine.Tests.Storage.Orders;

/// <summary>What is asked at a master of pages is done by an engine: once, in order, and also when no engine was there to hear of it.</summary>
public sealed partial class OrderTests
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin }, "10.0.0.9");
    private static readonly PauseSubject W1 = new(PauseKind.Worker, "w1");
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task With_an_engine_whoever_asks_hears_what_came_of_it()
    {
        await using var world = await World.Create(World.Builders(("b", [World.Run("x")])));
        await world.StartEngine();
        await world.AddWorker();
        using var pages = await Pages(world);
        var (set, requests) = await world.Submit(["b"]);

        Assert.Equal(new ActionOutcome.Done(requests[0]), await pages.Services.GetRequiredService<IQueueActions>().SetPriority(requests[0], 7, Ada, Never));
        Assert.Equal(7, await world.Sql<int>("SELECT priority FROM requests WHERE id = @id", new { id = requests[0] }));
        Assert.IsType<ActionOutcome.Done>(await pages.Services.GetRequiredService<IQueueActions>().CancelBuildset(set, "no need", Ada, Never));
        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(requests[0]));
        Assert.Equal("The buildset has ended already.", Assert.IsType<ActionOutcome.Conflict>(await pages.Services.GetRequiredService<IQueueActions>().CancelBuildset(set, null, Ada, Never)).Why);
        Assert.IsType<ActionOutcome.NotFound>(await pages.Services.GetRequiredService<IPauseActions>().Begin(Worker("nobody", null), Ada, Never));
        // Who asked, and who did it for whom; a refusal leaves the asking alone.
        Assert.Equal(["request.priority.ordered", "request.priority", "buildset.cancel.ordered", "buildset.cancel", "buildset.cancel.ordered", "pause.begin.ordered"],
            await world.Rows<string>("SELECT action FROM audit WHERE actor = 'ada' AND address = '10.0.0.9' ORDER BY id"));
        await pages.StopAsync();
    }

    [Fact]
    public async Task Without_an_engine_it_is_ordered_and_seen_and_done_in_order_when_one_comes()
    {
        await using var world = await World.Create(World.Builders(("b", [World.Run("x")])));
        await world.AddWorker();
        using var pages = await Pages(world);
        var pauses = pages.Services.GetRequiredService<IPauseActions>();
        var orders = pages.Services.GetRequiredService<IOrderQueries>();

        var first = Assert.IsType<ActionOutcome.Ordered>(await pauses.Begin(Worker("w1", "new disk"), Ada, Never));
        Assert.IsType<ActionOutcome.Ordered>(await pauses.End([W1], Ada, Never));
        Assert.IsType<ActionOutcome.Ordered>(await pauses.Begin(Worker("w1", "again"), Ada, Never));
        Assert.Equal(["pause.begin", "pause.end", "pause.begin"], (await orders.Open(Never)).Select(o => o.Kind));
        Assert.Null(await world.Sql<DateTime?>("SELECT paused_at FROM workers WHERE name = 'w1'"));

        await world.StartEngine("one");
        await world.StartEngine("two");

        await world.Eventually(async () => await world.Sql<long>("SELECT count(*) FROM orders WHERE done_at IS NULL") == 0, "the orders to be carried out");
        Assert.Equal("again", await world.Sql<string>("SELECT pause_reason FROM workers WHERE name = 'w1'"));
        Assert.Equal(["worker.pause", "worker.resume", "worker.pause"], await world.Rows<string>("SELECT action FROM audit WHERE action NOT LIKE '%.ordered' ORDER BY id"));
        Assert.Equal("Done", (await orders.Find(first.Order, Never))!.Outcome);
        await world.Eventually(async () => (await orders.Open(Never)).Count == 0, "the page to have nothing to say of orders");
        await pages.StopAsync();
    }

    [Fact]
    public async Task A_repeated_request_is_one_order_and_its_key_is_no_other_requests()
    {
        await using var world = await World.Create(World.Builders(("b", [World.Run("x")])));
        await world.AddWorker();
        using var pages = await Pages(world);
        var pauses = pages.Services.GetRequiredService<IPauseActions>();
        var keyed = Ada with { Key = new ActionKey("k1", "pause w1") };

        var first = await pauses.Begin(Worker("w1", null), keyed, Never);
        Assert.Equal(first, await pauses.Begin(Worker("w1", null), keyed, Never));
        Assert.IsType<ActionOutcome.KeyReused>(await pauses.End([W1], Ada with { Key = new ActionKey("k1", "resume w1") }, Never));
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM orders"));

        // A master that is an engine says the same, before and after.
        var engine = await world.StartEngine();
        await world.Eventually(async () => await world.Sql<long>("SELECT count(*) FROM orders WHERE done_at IS NOT NULL"), "the order to be carried out");
        Assert.IsType<ActionOutcome.Ordered>(first);
        Assert.IsType<ActionOutcome.Done>(await engine.Get<IPauseActions>().Begin(Worker("w1", null), keyed, Never));
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM audit WHERE action = 'worker.pause'"));
        Assert.IsType<ActionOutcome.Done>(await pauses.Begin(Worker("w1", null), keyed, Never));
        await pages.StopAsync();
    }

    [Fact]
    public async Task What_was_refused_may_be_asked_for_again_under_its_key()
    {
        await using var world = await World.Create(World.Builders(("b", [World.Run("x")])));
        var engine = await world.StartEngine();
        using var pages = await Pages(world);
        var pauses = pages.Services.GetRequiredService<IPauseActions>();
        var keyed = Ada with { Key = new ActionKey("k1", "pause w1") };
        Assert.IsType<ActionOutcome.NotFound>(await pauses.Begin(Worker("w1", null), keyed, Never));
        Assert.IsType<ActionOutcome.NotFound>(await engine.Get<IPauseActions>().Begin(Worker("w1", null), keyed, Never));
        await world.AddWorker();

        Assert.IsType<ActionOutcome.Done>(await pauses.Begin(Worker("w1", null), keyed, Never));
        Assert.IsType<ActionOutcome.Done>(await engine.Get<IPauseActions>().Begin(Worker("w1", null), keyed, Never));

        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM audit WHERE action = 'worker.pause'"));
        await pages.StopAsync();
    }

    [Fact]
    public async Task An_order_that_an_engine_died_over_is_done_by_another_and_once()
    {
        await using var world = await World.Create(World.Builders(("b", [World.Run("x")])));
        var (_, requests) = await world.Submit(["b"]);
        using var pages = await Pages(world);
        var ordered = Assert.IsType<ActionOutcome.Ordered>(await pages.Services.GetRequiredService<IQueueActions>().Cancel(requests[0], "late", Ada, Never));
        // One has taken it and died; another had done it, and died before it was told.
        await world.Store.Execute($"UPDATE orders SET taken_until = weir_now() + interval '1 second' WHERE id = {ordered.Order}");
        var engine = await world.StartEngine();
        await Task.Delay(400);
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM orders WHERE done_at IS NOT NULL"));
        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(requests[0]));
        var by = Ada with { Key = new ActionKey("order", "request.cancel") { Order = ordered.Order } };

        Assert.Equal(new ActionOutcome.Done(requests[0]), await engine.Get<IQueueActions>().Cancel(requests[0], "late", by, Never));

        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM audit WHERE action = 'request.cancel'"));
        await pages.StopAsync();
    }

    [Fact]
    public async Task One_that_was_refused_is_not_done_by_an_engine_that_slept_over_it()
    {
        await using var world = await World.Create(World.Builders(("b", [World.Run("x")])));
        await world.AddWorker();
        var engine = await world.StartEngine();
        await world.Store.Execute("INSERT INTO orders (kind, subject, arguments, asked_by, asked_at, done_at, outcome, complaint) VALUES ('worker.pause', 'worker w1', '{}', 'ada', weir_now(), weir_now(), 'Conflict', 'no')");
        var by = Ada with { Key = new ActionKey("order", "worker.pause") { Order = await world.Sql<long>("SELECT max(id) FROM orders") } };

        await engine.Get<IPauseActions>().Begin(Worker("w1", null), by, Never);

        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM workers WHERE paused_at IS NOT NULL"));
    }

    [Fact]
    public async Task What_a_master_of_the_version_before_ordered_is_still_understood()
    {
        await using var world = await World.Create(World.Builders(("b", [World.Run("x")])));
        await world.AddWorker();
        await world.Store.Execute("INSERT INTO orders (kind, subject, arguments, asked_by, reason, asked_at) VALUES ('worker.pause', 'worker w1', '{\"Name\":\"w1\",\"Token\":null}', 'ada', 'new disk', weir_now())");
        await world.StartEngine();
        await world.Eventually(async () => await world.Sql<string?>("SELECT pause_reason FROM workers WHERE name = 'w1'") == "new disk", "the pause");

        await world.Store.Execute("INSERT INTO orders (kind, subject, arguments, asked_by, asked_at) VALUES ('worker.resume', 'worker w1', '{\"Name\":\"w1\",\"Token\":null}', 'ada', weir_now())");

        await world.Eventually(async () => await world.Sql<DateTime?>("SELECT paused_at FROM workers WHERE name = 'w1'") is null, "its end");
        await world.Eventually(async () => await world.Sql<long>("SELECT count(*) FROM orders WHERE outcome = 'Done'") == 2, "both to be answered");
    }

    [Fact]
    public async Task Every_kind_that_is_asked_for_is_known_to_engines()
    {
        await using var world = await World.Create(World.Builders(("b", [World.Run("x")])));
        var engine = await world.StartEngine(configure: services => services.AddConfiguration(new Weir.Engine.Configuration.Watching.ConfigurationSourceOptions(), engine: true));
        var known = engine.Services.GetServices<OrderKinds>().SelectMany(k => k.Of(engine.Services)).Select(k => k.Name).ToHashSet();
        var asked = Directory.EnumerateFiles(RepositoryRoot.Below("Engine"), "*Orders.cs", SearchOption.AllDirectories).SelectMany(f => AskedFor().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).ToHashSet();

        Assert.Equal(28, asked.Count);
        Assert.Equal(asked.Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
    }

    [System.Text.RegularExpressions.GeneratedRegex("\"([a-z-]+\\.[a-z.]+)\"")]
    private static partial System.Text.RegularExpressions.Regex AskedFor();

    private static NewPause Worker(string name, string? reason) => new([new(PauseKind.Worker, name)], reason);

    /// <summary>A master of pages on the world's store.</summary>
    private static async Task<IHost> Pages(World world)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddStorage(world.Store.Options);
        builder.Services.AddConfiguration(new Weir.Engine.Configuration.Watching.ConfigurationSourceOptions(), engine: false);
        builder.Services.AddQueries();
        builder.Services.AddEngine(new MasterOptions { Name = "pages", Roles = ["ui"], DataDirectory = Directory.CreateTempSubdirectory("weir-pages-").FullName, CacheDirectory = Path.GetTempPath(), Heartbeat = TimeSpan.FromMilliseconds(500) });
        var host = builder.Build();
        await using (var connection = await host.Services.GetRequiredService<Database>().Open(CancellationToken.None))
            await host.Services.GetRequiredService<StoreClock>().Measure(connection, CancellationToken.None);
        await host.StartAsync();
        return host;
    }
}
