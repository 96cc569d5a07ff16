using Weir.Engine.Configuration.Check;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Builds that give their slot up while they wait, and ask for one on the same worker afterwards.</summary>
public sealed class ReleasedSlotTests
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private const string Text = """
        weir: 1
        workers: { near: {}, far: {} }
        locks: { db: {} }
        schedulers: { parts: { type: triggerable, builders: [part] } }
        builders:
          whole:
            workers: { names: [near] }
            steps: [ { name: before, run: before }, { name: parts, trigger: { scheduler: parts, wait: true, release: worker } }, { name: after, run: after } ]
          part: { workers: { names: [far] }, steps: [ { run: part } ] }
          other: { workers: { names: [near] }, steps: [ { run: other } ] }
        """;

    private static async Task<World> Create(string text = Text)
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(text));
        Assert.Empty(problems);
        var world = await World.Create(model!);
        await world.Store.Execute("INSERT INTO schedulers (name, kind, builders, enabled) VALUES ('parts', 'triggerable', '{part}', true)");
        return world;
    }

    private static string Of(CommandSpec spec) => ((RunSpec)spec).Arguments[^1];

    private static Task<FakeWorker.FakeCommand> Open(World world, FakeWorker worker, string what) => world.Eventually(() => Task.FromResult(worker.Commands.Values.SingleOrDefault(c => !c.Ended && Of(c.Spec) == what)), what);

    // whole waits without a slot, other has it, and what whole waited for has ended.
    private static async Task<(World World, World.Engine Engine, FakeWorker Near, long Whole, long Other)> Asking(string text = Text)
    {
        var world = await Create(text);
        var engine = await world.StartEngine();
        var (near, far) = (await world.AddWorker("near", maxBuilds: 1), await world.AddWorker("far", maxBuilds: 1));
        near.Behaviour = spec => Of(spec) == "before" ? ("", Done) : null;
        far.Behaviour = _ => null;
        await near.Connect(engine);
        await far.Connect(engine);
        var whole = (await world.Request("whole"))[0];
        await Open(world, far, "part");
        var other = (await world.Request("other"))[0];
        await Open(world, near, "other");
        Assert.Empty(await world.BrokenInvariants());
        await far.End(far.Commands.Values.Single(c => !c.Ended), Done);
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM build_owners WHERE slot_asked_at IS NOT NULL)"), "the build to ask for its slot");
        return (world, engine, near, whole, other);
    }

    [Fact]
    public async Task Others_have_it_meanwhile_and_it_goes_on_when_it_is_free_again_before_those_who_only_wait_to_begin()
    {
        var (world, _, near, whole, other) = await Asking();
        await using var _1 = world;
        var next = (await world.Request("other"))[0];

        Assert.Equal("waits for a slot on near", await world.Sql<string>("SELECT state_text FROM steps WHERE name = 'parts'"));
        await near.End(await Open(world, near, "other"), Done);
        await Open(world, near, "after");

        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM builds WHERE request_id = @next", new { next }));
        Assert.Empty(await world.BrokenInvariants());
        near.Behaviour = _ => ("", Done);
        await near.End(await Open(world, near, "after"), Done);
        foreach (var request in new[] { whole, other, next })
            Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM build_owners"));
    }

    [Fact]
    public async Task Who_takes_the_build_over_goes_on_asking()
    {
        var (world, engine, near, whole, other) = await Asking();
        await using var _1 = world;
        await engine.Stop();

        var south = await world.StartEngine("south");
        await near.Connect(south);
        near.Behaviour = _ => ("", Done);
        await near.End(await Open(world, near, "other"), Done);

        Assert.Equal((BuildResult.Success, BuildResult.Success), (await world.ResultOf(whole), await world.ResultOf(other)));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task Stopped_it_ends_without_one_if_nothing_is_left_to_do()
    {
        var (world, engine, near, whole, other) = await Asking();
        await using var _1 = world;
        var build = await world.Sql<long>("SELECT id FROM builds WHERE request_id = @whole", new { whole });

        await engine.Get<IBuildActions>().Stop(build, "enough", Ada, CancellationToken.None);

        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(whole));
        near.Behaviour = _ => ("", Done);
        await near.End(await Open(world, near, "other"), Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(other));
    }

    [Fact]
    public async Task Stopped_it_waits_for_one_if_it_has_to_clean_up()
    {
        var (world, engine, near, whole, other) = await Asking(Text.Replace("run: after }", "run: after, alwaysRun: true }", StringComparison.Ordinal));
        await using var _1 = world;
        var build = await world.Sql<long>("SELECT id FROM builds WHERE request_id = @whole", new { whole });

        await engine.Get<IBuildActions>().Stop(build, "enough", Ada, CancellationToken.None);
        await near.End(await Open(world, near, "other"), Done);
        await near.End(await Open(world, near, "after"), Done);

        Assert.Equal((BuildResult.Cancelled, BuildResult.Success), (await world.ResultOf(whole), await world.ResultOf(other)));
    }

    [Fact]
    public async Task The_only_engine_that_goes_begins_what_such_a_build_waits_for()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var (near, far) = (await world.AddWorker("near", maxBuilds: 1), await world.AddWorker("far", maxBuilds: 1));
        near.Behaviour = far.Behaviour = _ => ("", Done);
        await near.Connect(engine);
        var whole = (await world.Request("whole"))[0];
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM build_owners WHERE slot_released_at IS NOT NULL)"), "the build to wait");

        await engine.Get<Shared.Masters.IMasterActions>().Shutdown(await world.Sql<long>("SELECT id FROM masters"), new() { Reason = "upgrade" }, Ada, CancellationToken.None);
        await far.Connect(engine);

        Assert.Equal(BuildResult.Success, await world.ResultOf(whole));
    }

    /// <summary>What is written, and what is said about it.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "wait: true, release: worker", "release: worker", "Only a trigger with \"wait: true\" gives the build's place on its worker up" },
        { "    workers: { names: [near] }\n", "    workers: { names: [near] }\n    locks: db\n", "whole holds db in this step: only who holds no lock and no shared directory may give up the place on his worker" },
        { "release: worker }", "release: slot }", "\"worker\" was expected, not \"slot\"." },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Only_who_holds_nothing_may_give_it_up(string good, string bad, string said)
    {
        Assert.Contains(good, Text, StringComparison.Ordinal);

        var (_, problems) = ConfigurationReader.Read(Samples.Part(Text.Replace(good, bad, StringComparison.Ordinal)));

        Assert.Contains(said, Assert.Single(problems).Message, StringComparison.Ordinal);
    }
}
