using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Support;

namespace Weir.Engine.Tests.Queue;

/// <summary>How much of a long queue a pass looks at.</summary>
public sealed class QueueViewTests
{
    [Fact]
    public async Task Of_a_builder_as_many_as_could_start_are_looked_at_and_one_more_the_first_and_the_oldest()
    {
        await using var world = await World.Create(World.Builders(("a", [World.Run("make")])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 2);
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        await Many(world, 2);
        await world.Eventually(() => world.Sql<bool>("SELECT count(*) = 2 FROM builds"), "both slots to be taken");
        var old = await Many(world, 10);
        var urgent = await Many(world, 30, priority: 1);

        var view = View(world);
        var unknown = (await view.Read(null, 0, default))!;
        var known = (await view.Read(null, 0, default))!;
        var all = (await View(world, everything: true).Read(null, 0, default))!;

        Assert.Equal(20, unknown.Heads);
        Assert.Equal(3, known.Heads);
        Assert.Equal([.. urgent.Take(3), .. old.Take(3)], known.State.Requests.Select(r => r.Id).OrderByDescending(id => urgent.Contains(id)).ThenBy(id => id));
        Assert.Equal(40, all.State.Requests.Count);
    }

    [Fact]
    public async Task Where_a_property_is_required_many_are_looked_at_since_many_may_have_to_be_put_aside()
    {
        var plain = World.Builders(("a", [World.Run("make")]));
        await using var world = await World.Create(plain with { Builders = [plain.Builders[0] with { Properties = [new() { Name = "version", Required = true }] }] });
        var engine = await world.StartEngine();
        await (await world.AddWorker(maxBuilds: 1)).Connect(engine);
        var view = View(world);
        await engine.Stop();
        await Many(world, 30);

        await view.Read(null, 0, default);

        Assert.Equal(1000, (await view.Read(null, 0, default))!.Heads);
    }

    [Fact]
    public async Task Workers_that_come_find_as_many_as_they_can_take()
    {
        await using var world = await World.Create(World.Builders(("a", [World.Run("make")])));
        var engine = await world.StartEngine();
        await (await world.AddWorker("w1", maxBuilds: 1)).Connect(engine);
        var requests = await Many(world, 25);
        await (await world.AddWorker("w2", maxBuilds: 8)).Connect(engine);

        foreach (var request in requests)
            Assert.Equal(Shared.Builds.BuildResult.Success, await world.ResultOf(request));
    }

    private static async Task<long[]> Many(World world, int count, int priority = 0)
    {
        var requests = new long[count];
        for (var i = 0; i < count; i++)
            requests[i] = (await world.Submit(["a"], priority: priority)).Requests[0];
        return requests;
    }

    private static QueueView View(World world, bool everything = false)
    {
        var database = world.Store.Database;
        return new(database, new ConfigurationInForce(database), new UsualDurations(database, TimeProvider.System), new WorkerPasts(database, TimeProvider.System), TimeProvider.System) { AlsoLater = everything, About = everything ? 2000 : 1000 };
    }
}
