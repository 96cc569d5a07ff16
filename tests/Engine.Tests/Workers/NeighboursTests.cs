using Weir.Engine.Storage;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Workers;

/// <summary>A worker knows of every engine, also of those that came after it was welcomed.</summary>
public sealed class NeighboursTests
{
    [Fact]
    public async Task Workers_are_told_of_engines_that_come_and_go()
    {
        await using var world = await World.Create(World.Builders(("lib", [World.Run("compile")])));
        var one = await world.StartEngine("one");
        var (w1, old) = (await world.AddWorker(), await world.AddWorker("old"));
        old.Protocol = WorkerProtocol.Oldest;
        Assert.Equal(["http://one"], (await w1.Connect(one)).Addresses);
        Assert.Equal(1, (await old.Connect(one)).Protocol);

        var two = await world.StartEngine("two");
        await world.Eventually(() => Task.FromResult(w1.ToldEngines.SequenceEqual(["http://one", "http://two"])), "the word of the other engine");
        await two.Stop();
        world.Nudge(WakeTopic.Masters);
        await world.Eventually(() => Task.FromResult(w1.ToldEngines.SequenceEqual(["http://one"])), "the word that it has gone");

        Assert.Empty(old.ToldEngines);
    }
}
