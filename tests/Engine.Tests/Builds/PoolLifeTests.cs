using System.Collections.Concurrent;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Locks;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Named things out of a pool: for builds and for steps, by their labels, told to commands.</summary>
public sealed class PoolLifeTests
{
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private const string Text = """
        weir: 1
        workers: { "*": { maxBuilds: 6 } }
        locks: { test-boards: { pool: { b1: [arm], b2: [arm, fast], b3: [arm, fast, new] } } }
        schedulers: { parts: { type: triggerable, builders: [part] } }
        builders:
          fast: { locks: { name: test-boards, labels: fast }, steps: [ { name: flash, run: flash } ] }
          steps:
            locks: { name: test-boards, quantity: 2, from: one, to: two }
            steps: [ { name: before, run: before }, { name: one, run: one }, { name: two, run: two }, { name: after, run: after, locks: { name: test-boards, mode: exclusive } } ]
          any: { locks: test-boards, steps: [ { name: flash, run: flash } ] }
          part: { locks: { name: test-boards, labels: new }, steps: [ { name: flash, run: flash } ] }
          whole: { locks: { name: test-boards, mode: exclusive }, steps: [ { trigger: { scheduler: parts, wait: true, inherit: test-boards } } ] }
        """;

    private static async Task<World> Create()
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(Text));
        Assert.Empty(problems);
        var world = await World.Create(model!);
        await world.Store.Execute("INSERT INTO schedulers (name, kind, builders, enabled) VALUES ('parts', 'triggerable', '{part}', true)");
        return world;
    }

    private static string? Boards(CommandSpec spec) => spec.Env.GetValueOrDefault("WEIR_LOCK_TEST_BOARDS");

    [Fact]
    public async Task A_build_gets_names_with_its_labels_and_its_commands_know_them_and_the_build_keeps_them()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await world.AddWorker(maxBuilds: 6);
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var requests = new List<long>();
        foreach (var builder in new[] { "fast", "any", "fast" })
            requests.Add((await world.Request(builder))[0]);
        await world.Eventually(() => Task.FromResult(worker.Commands.Count == 3), "three to run");
        var last = (await world.Request("fast"))[0];

        // What is of least use to others goes first.
        Assert.Equal(["b1", "b2", "b3"], worker.Commands.Values.Select(c => Boards(c.Spec)).Order());
        Assert.Equal("b1", await world.Sql<string>("SELECT p.value #>> '{}' FROM build_properties p JOIN builds b ON b.id = p.build_id JOIN builders n ON n.id = b.builder_id WHERE n.name = 'any' AND p.name = 'lock_test_boards' AND p.source = 'Lock'"));
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM builder_waits WHERE text LIKE 'The lock test-boards is held by fast #1 and 1 more.')"), "the reason");
        var held = Assert.Single(await new LockQueries(world.Store.Database, engine.Get<ConfigurationInForce>()).List(CancellationToken.None));
        Assert.Equal((3, "b1 b2 b3", "fast"), (held.Pool.Count, string.Join(' ', held.Holders.SelectMany(h => h.Names).Order()), string.Join(' ', Assert.Single(held.Waiters).Labels)));

        worker.Behaviour = _ => ("", Done);
        foreach (var command in worker.Commands.Values.Where(c => !c.Ended))
            await worker.End(command, Done);
        foreach (var request in requests.Append(last))
            Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task Steps_have_theirs_for_as_long_as_they_hold_them_whoever_drives_the_build()
    {
        await using var world = await Create();
        var (north, south) = (await world.StartEngine("north"), await world.StartEngine("south"));
        var worker = await world.AddWorker(maxBuilds: 6);
        var told = new ConcurrentBag<string>();
        worker.Behaviour = spec =>
        {
            told.Add($"{((RunSpec)spec).Arguments[^1]} {Boards(spec)}");
            return ((RunSpec)spec).Arguments[^1] == "one" ? null : ("", Done);
        };
        await worker.Connect(north);
        var request = (await world.Request("steps"))[0];
        await world.Eventually(() => Task.FromResult(worker.Commands.Values.Any(c => !c.Ended && ((RunSpec)c.Spec).Arguments[^1] == "one")), "the first of the run");

        await worker.Connect(south);
        await worker.End(worker.Commands.Values.Single(c => !c.Ended), Done);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(["after b1,b2,b3", "before ", "one b1,b2", "two b1,b2"], told.Order());
        Assert.Equal("b1,b2,b3", await world.Sql<string>("SELECT value #>> '{}' FROM build_properties WHERE name = 'lock_test_boards'"));
    }

    [Fact]
    public async Task Triggered_builds_get_names_of_those_that_the_build_has()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        string? told = null;
        worker.Behaviour = spec =>
        {
            told = Boards(spec);
            return ("", Done);
        };
        await worker.Connect(engine);

        Assert.Equal(BuildResult.Success, await world.ResultOf((await world.Request("whole"))[0]));
        Assert.Equal("b3", told);
    }

    /// <summary>What is written, and what is said about it.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "labels: fast }, steps", "labels: fsat }, steps", "Nothing in the pool of test-boards has the label \"fsat\". Did you mean \"fast\"?" },
        { "labels: fast }, steps", "labels: fast, quantity: 3 }, steps", "3 of test-boards with the label fast were asked for, but the pool has only 2 (b2, b3): that could never start." },
        { "labels: fast }, steps", "units: 1 }, steps", "The lock test-boards has a pool: how many of its things are held is said by `quantity`." },
        { "mode: exclusive }, steps", "quantity: 2 }, steps", "A build of part wants 1 of test-boards with the label new, but whole holds only 2 of it: that may never be there." },
        { "{ pool: { b1", "{ capacity: 3, pool: { b1", "A lock with a pool has as much as the pool has names." },
        { "b1: [arm]", "'b 1': [arm]", "A name of a pool is made of letters" },
        { "pool: { b1: [arm], b2: [arm, fast], b3: [arm, fast, new] }", "capacity: 9", "The lock test-boards has no pool" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_a_pool_cannot_give_is_refused(string good, string bad, string said)
    {
        Assert.Contains(good, Text, StringComparison.Ordinal);

        var (_, problems) = ConfigurationReader.Read(Samples.Part(Text.Replace(good, bad, StringComparison.Ordinal)));

        Assert.Contains(problems, p => p.Message.Contains(said, StringComparison.Ordinal));
    }
}
