using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Locks;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Builds that use what the build holds that waits for them.</summary>
public sealed class InheritedLockTests
{
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private const string Text = """
        weir: 1
        workers: { "*": { maxBuilds: 6 } }
        locks: { bench: { capacity: 2 } }
        schedulers: { parts: { type: triggerable, builders: [left, right] } }
        builders:
          whole:
            locks: { name: bench, units: 2 }
            steps: [ { name: parts, trigger: { scheduler: parts, wait: true, inherit: bench } } ]
          left: { locks: [ { name: bench, units: 2 } ], steps: [ { run: left } ] }
          right: { steps: [ { run: before }, { name: on, run: right, locks: bench } ] }
          other: { locks: bench, steps: [ { run: other } ] }
        """;

    private static async Task<World> Create()
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(Text));
        Assert.Empty(problems);
        var world = await World.Create(model!);
        await world.Store.Execute("INSERT INTO schedulers (name, kind, builders, enabled) VALUES ('parts', 'triggerable', '{left,right}', true)");
        return world;
    }

    private static string Of(CommandSpec spec) => ((RunSpec)spec).Arguments[^1];

    [Fact]
    public async Task They_share_what_it_holds_one_after_the_other_and_others_wait_for_it()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 6);
        worker.Behaviour = spec => Of(spec) == "before" ? ("", Done) : null;
        await worker.Connect(engine);
        var whole = (await world.Request("whole"))[0];
        // left has the whole share; right stands before it with its step.
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM lock_claims WHERE held_at IS NULL) AND EXISTS (SELECT FROM commands)"), "one to wait for the other");
        var other = (await world.Request("other"))[0];

        await world.Eventually(async () => await world.Sql<string?>("SELECT text FROM builder_waits w JOIN builders b ON b.id = w.builder_id WHERE b.name = 'other'") is { } text && text.StartsWith("The lock bench is held by whole #1", StringComparison.Ordinal), "the reason");
        var held = Assert.Single(await new LockQueries(world.Store.Database, engine.Get<ConfigurationInForce>()).List(CancellationToken.None));
        Assert.Equal([("left", "whole #1"), ("whole", null)], held.Holders.Select(h => (h.Builder, h.Through)).Order());
        Assert.Empty(await world.BrokenInvariants());

        foreach (var command in worker.Commands.Values.Where(c => !c.Ended))
            await worker.End(command, Done);
        await world.Eventually(() => Task.FromResult(worker.Commands.Values.Any(c => !c.Ended && Of(c.Spec) == "right")), "the other one to have it");
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM builds WHERE request_id = @other", new { other }));
        worker.Behaviour = _ => ("", Done);
        foreach (var command in worker.Commands.Values.Where(c => !c.Ended))
            await worker.End(command, Done);

        Assert.Equal((BuildResult.Success, BuildResult.Success), (await world.ResultOf(whole), await world.ResultOf(other)));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM lock_claims"));
        Assert.Empty(await world.BrokenInvariants());
    }

    // Of a lock with two units whole (1) holds all; left (2) uses one of them, and lets below (3) use it.
    private static LockState State(params long[] open)
    {
        LockState.ClaimRow[] claims = [Claim(1, 2), Claim(2, 1, 1), Claim(3, 1, 2, 1)];
        return LockState.Of([new(1, "bench", false, 2, new Dictionary<string, int>())], claims.Where(c => open.Contains(c.BuildId)));

        static LockState.ClaimRow Claim(long build, int units, params long[] through) => new() { Id = build, LockId = 1, BuildId = build, Units = units, Held = true, Through = through };
    }

    [Fact]
    public void What_is_left_of_them_counts_in_the_nearest_that_is_left_or_by_itself()
    {
        LockNeed one = new(new(1, 0), 2, 1, false), ofWhole = one with { Place = new(1, 0, 1) }, ofLeft = new(new(1, 0, 2), 1, 1, false);

        Assert.Equal((false, true, false), Fits(State(1, 2, 3)));
        Assert.Equal((false, true, true), Fits(State(1, 3)));
        Assert.Equal((true, true, false), Fits(State(2, 3)));
        Assert.Equal((true, true, true), Fits(State(3)));
        Assert.Equal([3], State(1, 3).Table().Holders(ofWhole));
        Assert.Equal([3], State(3).Table().Holders(one));

        (bool, bool, bool) Fits(LockState state) => (state.Table().Fits(one), state.Table().Fits(ofWhole), state.Table().Fits(ofLeft));
    }

    /// <summary>What is written, and what is said about it.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "wait: true, inherit: bench", "wait: true, inherit: bensh", "There is neither a lock nor a shared directory \"bensh\". Did you mean \"bench\"?" },
        { "wait: true, inherit: bench", "inherit: bench", "Only a trigger with \"wait: true\" can let others use what the build holds" },
        { "locks: { name: bench, units: 2 }\n", "locks: { name: bench, units: 1 }\n", "A build of left wants 2 units of bench, but whole holds only 1 of it: that could never start." },
        { "    locks: { name: bench, units: 2 }\n", "", "whole does not hold bench in this step" },
        { "wait: true, inherit: bench", "wait: true", "whole holds bench while its step parts waits for left, which needs bench. Do not hold over a trigger what the builds it waits for need, let them use what it holds (`inherit`)" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_it_does_not_hold_it_cannot_let_others_use(string good, string bad, string said)
    {
        Assert.Contains(good, Text, StringComparison.Ordinal);

        var (_, problems) = ConfigurationReader.Read(Samples.Part(Text.Replace(good, bad, StringComparison.Ordinal)));

        Assert.Contains(said, Assert.Single(problems).Message, StringComparison.Ordinal);
    }
}
