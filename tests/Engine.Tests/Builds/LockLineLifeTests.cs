using Weir.Engine.Configuration.Check;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Lines before locks on real rows: whoever cannot go on, or waits for the one who asks, stands in nobody's way.</summary>
public sealed class LockLineLifeTests
{
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private static async Task<World> Create(string text)
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(text));
        Assert.Empty(problems);
        return await World.Create(model!);
    }

    private static Task<bool> Waits(World world, string builder) => world.Eventually(() => world.Sql<bool>("""
        SELECT EXISTS (SELECT FROM lock_claims c JOIN builds b ON b.id = c.build_id JOIN builders n ON n.id = b.builder_id WHERE n.name = @builder AND c.held_at IS NULL)
        """, new { builder }), $"a step of {builder} in the line");

    [Fact]
    public async Task A_waiter_whose_worker_is_away_blocks_nobody_and_has_its_place_again_when_it_is_back()
    {
        await using var world = await Create("""
            weir: 1
            workers: { w1: { maxBuilds: 4 }, w2: { maxBuilds: 4 } }
            locks: { db: {} }
            builders:
              first: { workers: { names: [w1] }, steps: [ { run: first, locks: [db] } ] }
              away: { workers: { names: [w2] }, steps: [ { run: away, locks: [db] } ] }
              last: { workers: { names: [w1] }, steps: [ { run: last, locks: [db] } ] }
            """);
        var engine = await world.StartEngine();
        var (one, two) = (await world.AddWorker("w1"), await world.AddWorker("w2"));
        one.Behaviour = two.Behaviour = _ => null;
        await one.Connect(engine);
        await two.Connect(engine);
        var first = (await world.Request("first"))[0];
        var holding = await one.Running();
        var away = (await world.Request("away"))[0];
        await Waits(world, "away");
        var last = (await world.Request("last"))[0];
        await Waits(world, "last");

        await two.Disconnect();
        await one.End(holding, Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(first));
        var overtook = await one.Running(c => !c.Ended);

        await two.Connect(engine);
        await one.End(overtook, Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(last));
        await two.End(await two.Running(), Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(away));
        Assert.Empty(await world.BrokenInvariants());
    }

    // x waits for b, which y holds while it waits for z, which needs c, where x stands: x's place is not in the way of z.
    [Fact]
    public async Task What_is_waited_for_over_a_trigger_passes_those_who_wait_for_the_one_who_triggered_it()
    {
        await using var world = await Create("""
            weir: 1
            workers: { w1: { maxBuilds: 9 } }
            locks: { b: {}, c: {} }
            schedulers: { on-z: { type: triggerable, builders: [z] } }
            builders:
              x: { steps: [ { run: x, locks: [b, c] } ] }
              y: { locks: [b], steps: [ { run: y }, { trigger: { scheduler: on-z, wait: true } } ] }
              z: { locks: [c], steps: [ { run: z } ] }
            """);
        await world.Store.Execute("INSERT INTO schedulers (name, kind, builders, enabled) VALUES ('on-z', 'triggerable', '{z}', true)");
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 9);
        worker.Behaviour = spec => ((RunSpec)spec).Arguments[^1] == "y" ? null : ("", Done);
        await worker.Connect(engine);
        var y = (await world.Request("y"))[0];
        var command = await worker.Running();
        var x = (await world.Request("x"))[0];
        await Waits(world, "x");

        await worker.End(command, Done);

        Assert.Equal(BuildResult.Success, await world.ResultOf(y));
        Assert.Equal(BuildResult.Success, await world.ResultOf(x));
        Assert.Empty(await world.BrokenInvariants());
    }
}
