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
