using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Shared.Queue;
using Weir.Support;

namespace Weir.Engine.Tests.Queue;

/// <summary>When requests will start, and moving them to the front, with real builds behind it.</summary>
public sealed class QueueForecastTests
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    // A builder whose builds take ten minutes, and one that is running.
    private static async Task<(World World, World.Engine Engine, FakeWorker Worker)> Busy()
    {
        var world = await World.Create(World.Builders(("a", [World.Run("make")]), ("b", [World.Run("make")])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 1);
        await worker.Connect(engine);
        await world.ResultOf((await world.Request("a"))[0]);
        await world.Store.Execute("UPDATE builds SET started_at = completed_at - interval '10 minutes'");
        worker.Behaviour = _ => null;
        await world.Request("a");
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM builds WHERE completed_at IS NULL)"), "the second to run");
        return (world, engine, worker);
    }

    private static async Task<double?> Minutes(World world, long request)
    {
        var at = (await world.Store.Queue.Request(request, CancellationToken.None))!.Waiting!.ExpectedStartAt;
        return at is null ? null : (at.Value - await world.Sql<DateTime>("SELECT weir_now()")).TotalMinutes;
    }

    private static Task<bool> Waits(World world, long request) =>
        world.Eventually(async () => (await world.Store.Queue.Request(request, CancellationToken.None))!.Waiting?.Kind == WaitKind.SlotsFull, "the reason");

    [Fact]
    public async Task It_is_told_by_usual_durations_and_who_stands_before_and_not_where_nobody_knows()
    {
        var (world, _, worker) = await Busy();
        await using var _1 = world;
        var first = (await world.Request("a"))[0];
        var second = (await world.Request("a"))[0];
        var unknown = (await world.Request("b"))[0];
        var last = (await world.Request("a"))[0];
        await Waits(world, last);

        Assert.InRange((await Minutes(world, first))!.Value, 9, 10.1);
        Assert.InRange((await Minutes(world, second))!.Value, 19, 20.1);
        Assert.InRange((await Minutes(world, unknown))!.Value, 29, 30.1);
        Assert.Null(await Minutes(world, last)); // behind one of which nobody knows how long it takes

        var part = await world.Store.Queue.Part(new(), CancellationToken.None);
        Assert.Equal([true, true, true, false], part.Requests.Select(r => r.Waiting!.ExpectedStartAt is not null));
        await End(world, worker);
    }

    // Two slots, a lock, two projects of different weight, a higher priority: builds end in the order in which they began, and all take the same time.
    [Fact]
    public async Task They_start_in_the_order_that_was_told()
    {
        var locked = World.Builders(("a", [World.Run("make")]), ("b", [World.Run("make")]), ("c", [World.Run("make")]));
        await using var world = await World.Create(locked with
        {
            Locks = [new() { Name = "db", Capacity = 1 }],
            Projects = [new() { Name = "big", Weight = 2 }, new() { Name = "small" }],
            Builders = [.. locked.Builders.Select(b => b.Name switch { "a" => b with { Locks = [new() { Name = "db", Exclusive = true }], Project = "big" }, "b" => b with { Project = "big" }, _ => b with { Project = "small" } })],
        });
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 2);
        await worker.Connect(engine);
        foreach (var name in new[] { "a", "b", "c" })
            await world.ResultOf((await world.Request(name))[0]);
        await world.Store.Execute("UPDATE builds SET started_at = completed_at - interval '10 minutes'");
        worker.Behaviour = _ => null;
        await world.Request("a");
        await world.Request("c");
        await world.Eventually(() => world.Sql<bool>("SELECT count(*) = 2 FROM steps WHERE completed_at IS NULL"), "two to run");
        await world.Store.Execute("UPDATE builds SET started_at = weir_now() - id * interval '1 minute' WHERE completed_at IS NULL");
        foreach (var name in new[] { "a", "a", "b", "b", "c", "c" })
            await world.Request(name);
        await world.Submit(["c"], priority: 5);
        await world.Eventually(() => world.Sql<bool>("SELECT count(*) = 3 FROM builder_waits WHERE kind <> 'New'"), "the reasons");

        var part = (await world.Store.Queue.Part(new(), CancellationToken.None)).Requests;
        var told = part.ToDictionary(r => r.Id, r => r.Waiting!.ExpectedStartAt!.Value);
        var durations = new List<long>();
        while (await world.Sql<bool>("SELECT EXISTS (SELECT FROM builds WHERE completed_at IS NULL)"))
        {
            var next = await world.Sql<long>("SELECT id FROM builds WHERE completed_at IS NULL ORDER BY started_at, id LIMIT 1");
            var before = await world.Sql<long>("SELECT count(*) FROM builds");
            var command = 0L;
            await world.Eventually(async () => (command = await world.Sql<long>("SELECT coalesce(min(id), 0) FROM commands WHERE build_id = @next", new { next })) != 0 && worker.Commands.ContainsKey(command), "its command");
            await worker.End(worker.Commands[command], Done);
            await world.Eventually(() => world.Sql<bool>("SELECT completed_at IS NOT NULL AND (NOT EXISTS (SELECT FROM open_requests) OR (SELECT count(*) FROM builds) > @before) FROM builds WHERE id = @next", new { next, before }), "another to start");
            durations.Add(next);
        }

        var started = await world.Rows<long>("SELECT request_id FROM builds WHERE request_id = ANY(@those) ORDER BY started_at, id", new { those = told.Keys.ToArray() });
        Assert.Equal(7, started.Count);
        Assert.Equal(told.OrderBy(t => t.Value).Select(t => t.Key), started);
        Assert.Equal(9, durations.Count);
    }

    [Fact]
    public async Task A_build_that_takes_twice_as_long_as_usual_may_take_for_ever()
    {
        var (world, _, worker) = await Busy();
        await using var _1 = world;
        var request = (await world.Request("a"))[0];
        await Waits(world, request);

        await world.Store.Execute("UPDATE builds SET started_at = weir_now() - interval '11 minutes' WHERE completed_at IS NULL");
        Assert.InRange((await Minutes(world, request))!.Value, 0.5, 1.1);
        await world.Store.Execute("UPDATE builds SET started_at = weir_now() - interval '22 minutes' WHERE completed_at IS NULL");
        Assert.Null(await Minutes(world, request));
        await End(world, worker);
    }

    [Fact]
    public async Task Who_is_moved_up_is_first_and_it_is_on_record()
    {
        var (world, engine, worker) = await Busy();
        await using var _1 = world;
        var (_, urgent) = await world.Submit(["a"], priority: 5);
        var plain = (await world.Request("b"))[0];
        var actions = engine.Get<IQueueActions>();

        Assert.Equal(new ActionOutcome.Done(plain), await actions.MoveUp(plain, "the release waits", Ada, CancellationToken.None));
        Assert.Equal(new ActionOutcome.Done(plain), await actions.MoveUp(plain, null, Ada, CancellationToken.None)); // there is nothing before it
        Assert.Equal([plain, urgent[0]], (await world.Store.Queue.Waiting(10, CancellationToken.None)).Select(r => r.Id));
        Assert.Equal([6, 6], await world.Rows<int>("SELECT priority FROM requests WHERE id = @plain UNION ALL SELECT priority FROM open_requests WHERE request_id = @plain", new { plain }));
        Assert.Equal(["priority 0 to 6: the release waits", "priority 6 to 6"], await world.Rows<string>("SELECT reason FROM audit WHERE action = 'request.raise' AND actor = 'ada' ORDER BY id"));
        await End(world, worker);

        Assert.True(await world.Sql<bool>("SELECT (SELECT started_at FROM builds WHERE request_id = @plain) < (SELECT started_at FROM builds WHERE request_id = @urgent)", new { plain, urgent = urgent[0] }));
        Assert.IsType<ActionOutcome.NotFound>(await actions.MoveUp(999_999, null, Ada, CancellationToken.None));
        Assert.IsType<ActionOutcome.Conflict>(await actions.MoveUp(plain, null, Ada, CancellationToken.None));
    }

    private static async Task End(World world, FakeWorker worker)
    {
        worker.Behaviour = _ => ("", Done);
        foreach (var command in worker.Commands.Values.Where(c => !c.Ended))
            await worker.End(command, Done);
        await world.Eventually(() => world.Sql<bool>("SELECT NOT EXISTS (SELECT FROM requests WHERE completed_at IS NULL)"), "all to end");
    }
}
