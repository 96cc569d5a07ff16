using Weir.Engine.Configuration.Check;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Caps of projects in the store: never exceeded by two engines that claim at once, and never in the way of builds that wait for one another.</summary>
public sealed class CapLifeTests
{
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private const string Text = """
        weir: 1
        projects: { gst: { cap: CAP }, other: { cap: 1 } }
        workers: { "*": { maxBuilds: 8 } }
        schedulers:
          over-there: { type: triggerable, builders: [middle, beside] }
          back-here: { type: triggerable, builders: [leaf, leaf2] }
        builders:
          top: { project: gst, steps: [ { name: go, trigger: { scheduler: over-there, wait: true } } ] }
          middle: { project: other, steps: [ { name: go, trigger: { scheduler: back-here, wait: true } } ] }
          beside: { project: gst, steps: [ { name: make, run: make } ] }
          leaf: { project: gst, steps: [ { name: make, run: make } ] }
          leaf2: { project: gst, steps: [ { name: make, run: make } ] }
          plain: { project: gst, steps: [ { name: make, run: make } ] }
        """;

    // Builds of the project below which none of its runs: what a cap counts.
    private const string Counted = """
        SELECT count(*) FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders of ON of.id = b.builder_id
        WHERE of.project = 'gst' AND NOT weir_lends_cap(b.id, 'gst')
        """;

    private static async Task<World> Create(int cap)
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(Text.Replace("CAP", $"{cap}", StringComparison.Ordinal)));
        Assert.Empty(problems);
        var world = await World.Create(model!);
        await world.Store.Execute("INSERT INTO schedulers (name, kind, builders, enabled) VALUES ('over-there', 'triggerable', '{middle,beside}', true), ('back-here', 'triggerable', '{leaf,leaf2}', true)");
        return world;
    }

    // Until all have ended; the most that counted at any moment, and the most that ran.
    private static async Task<(long Counted, long Ran)> Watch(World world)
    {
        var (counted, ran) = (0L, 0L);
        await world.Eventually(async () =>
        {
            counted = Math.Max(counted, await world.Sql<long>(Counted));
            ran = Math.Max(ran, await world.Sql<long>("SELECT count(*) FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders of ON of.id = b.builder_id WHERE of.project = 'gst'"));
            return !await world.Sql<bool>("SELECT EXISTS (SELECT FROM requests WHERE completed_at IS NULL)");
        }, "all to end");
        Assert.Empty(await world.BrokenInvariants());
        return (counted, ran);
    }

    [Fact]
    public async Task Two_engines_that_claim_at_once_start_no_more_than_may_run()
    {
        await using var world = await Create(cap: 3);
        var (one, two) = (await world.StartEngine("one"), await world.StartEngine("two"));
        for (var n = 0; n < 4; n++)
        {
            var worker = await world.AddWorker($"w{n}", 8);
            worker.Behaviour = _ => ("", Done);
            await worker.Connect(n % 2 == 0 ? one : two);
        }
        // Until both have taken part: on a busy machine one of them may be faster forty times.
        for (var round = 0; round < 5 && await world.Sql<long>("SELECT count(DISTINCT master_id) FROM builds") < 2; round++)
        {
            for (var n = 0; n < 40; n++)
                await world.Request("plain");

            var (counted, ran) = await Watch(world);

            Assert.InRange(counted, 1, 3);
            Assert.InRange(ran, 1, 3);
        }
        // As the store wrote it down: no build began while three ran.
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM builds b WHERE (SELECT count(*) FROM builds o WHERE o.id <> b.id AND o.started_at <= b.started_at AND o.completed_at > b.started_at) > 2"));
        Assert.True(await world.Sql<long>("SELECT count(DISTINCT master_id) FROM builds") == 2);
    }

    [Fact]
    public async Task With_a_cap_of_one_a_chain_through_another_project_gets_through()
    {
        await using var world = await Create(cap: 1);
        var engine = await world.StartEngine();
        var worker = await world.AddWorker("w", 8);
        worker.Behaviour = _ => ("", Done);
        await worker.Connect(engine);
        var requests = await world.Request("top");
        var others = (await world.Request("top")).Concat(await world.Request("plain")).ToArray();

        var (counted, ran) = await Watch(world);

        Assert.Equal(1, counted);
        Assert.Equal(2, ran); // the one on top, and one below it
        foreach (var request in requests.Concat(others))
            Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(11, await world.Sql<long>("SELECT count(*) FROM builds"));
    }

    [Fact]
    public async Task Who_waits_says_so()
    {
        await using var world = await Create(cap: 1);
        var engine = await world.StartEngine();
        var worker = await world.AddWorker("w", 8);
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        await world.Request("plain");
        await world.Request("plain");

        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM builder_waits WHERE kind = 'CapReached' AND text = 'The project gst has 1 build running, which is its cap.')"), "the reason");
        worker.Behaviour = _ => ("", Done);
        await worker.End(worker.Commands.Values.Single(), Done);
        await Watch(world);
    }
}
