using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Queue;
using Weir.Engine.Schedulers.Impacts;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Schedulers.Impacts;

/// <summary>What becomes of a revision itself, and of shared directories, is said before it is applied; and then it comes so.</summary>
public sealed class ForesightTests
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private const string Text = """
        weir: 1
        workers: { w1: { maxBuilds: 9, tags: [big] }, w2: { tags: [big] } }
        locks: { a: {}, b: {} }
        sharedDirectories: { sdk: {}, docs: {} }
        builders:
          x: { locks: [a], steps: [ { run: one }, { name: ask, run: two, locks: [b] } ] }
          y: { workers: { tags: big }, steps: [ { name: y, run: y, shared: { sdk: read } } ] }
          z: { steps: [ { name: z, run: z, shared: { docs: write } } ] }
        """;

    private const string Turned = """
        weir: 1
        workers: { w1: { maxBuilds: 9, tags: [big] }, w2: { tags: [big] } }
        locks: { a: {}, b: {} }
        sharedDirectories: { sdk: {}, docs: {} }
        builders:
          x: { locks: [b], steps: [ { run: one }, { name: ask, run: two, locks: [a] } ] }
          y: { workers: { tags: big }, steps: [ { name: y, run: y, shared: { sdk: read } } ] }
          z: { steps: [ { name: z, run: z, shared: { docs: write } } ] }
        """;

    private static async Task<(World World, FakeWorker Worker, RevisionActions Revisions, ImpactQueries Impacts)> Running(string builder)
    {
        var world = await World.Create(ConfigurationReader.Read(Samples.Part(Text)).Model!);
        var revisions = new RevisionActions(world.Store.Database, new ConfigurationInForce(world.Store.Database), new RetiredRequests());
        Assert.Empty((await revisions.Apply(Samples.Part(Text), "", ApplyTerms.None, Ann, None)).Problems);
        var engine = await world.StartEngine();
        var worker = new FakeWorker(world, "w1") { Id = await world.Sql<long>("SELECT id FROM workers WHERE name = 'w1'"), Behaviour = _ => null };
        await worker.Connect(engine);
        await world.Request(builder);
        await worker.Running();
        return (world, worker, revisions, new(world.Store.Database, revisions, new RevisionQueries(world.Store.Database)));
    }

    [Fact]
    public async Task One_that_would_be_held_back_is_and_says_the_same_beforehand()
    {
        var (world, worker, revisions, impacts) = await Running("x");
        await using var _ = world;

        var before = (await impacts.Of(Samples.Part(Turned), ApplyTerms.None, None)).Impact!;
        var applied = await revisions.Apply(Samples.Part(Turned), "", ApplyTerms.None, Ann, None);

        Assert.Equal((RevisionState.HeldBack, applied.HeldBecause, "x #1"), (before.Waits!.State, before.Waits.Because, string.Join(',', before.Waits.Builds)));
        Assert.Equal($"The revision is held back at first. {applied.HeldBecause}", before.Sentences()[0]);
        // Without that build nothing is in the way.
        worker.Behaviour = _ => ("", Done);
        await worker.End(await worker.Running(), Done);
        await world.Eventually(() => world.Sql<bool>("SELECT NOT EXISTS (SELECT FROM build_owners)"), "the end of the build");
        Assert.Null((await impacts.Of(Samples.Part(Text), ApplyTerms.None, None)).Impact!.Waits);
    }

    [Fact]
    public async Task One_that_shall_wait_for_idle_builders_says_for_which_builds_and_until_when()
    {
        var (world, _, revisions, impacts) = await Running("y");
        await using var __ = world;
        var changed = Samples.Part(Text + "\ntitle: other\n");
        var deadline = new DateTimeOffset(2030, 1, 2, 3, 4, 0, TimeSpan.Zero);

        var whole = (await impacts.Of(changed, new() { WhenIdle = [] }, None)).Impact!;
        var one = (await impacts.Of(changed, new() { WhenIdle = ["y"], Deadline = deadline, AtDeadline = AtDeadline.Drop }, None)).Impact!;
        var other = (await impacts.Of(changed, new() { WhenIdle = ["x"] }, None)).Impact!;
        var unknown = await impacts.Of(changed, new() { WhenIdle = ["yy"] }, None);

        Assert.Equal("The revision is not in force at once. It waits until everything is idle. y #1 runs; nothing else of its builder begins meanwhile.", whole.Sentences()[0]);
        Assert.Equal("The revision is not in force at once. It waits until y is idle. y #1 runs; nothing else of its builder begins meanwhile. At 2030-01-02 03:04 UTC it is dropped, whatever runs.", one.Sentences()[0]);
        Assert.Null(other.Waits);
        Assert.Equal("There is no builder \"yy\" for which it could wait. Did you mean \"y\"?", Assert.Single(unknown.Problems).Message);
        Assert.Equal(RevisionState.WaitingForIdle, (await revisions.Apply(changed, "", new() { WhenIdle = [] }, Ann, None)).State);
        // What waits already is in what comes after it, and that waits as well unless it says otherwise.
        Assert.Equal(RevisionState.WaitingForIdle, (await impacts.Of(Samples.Part(Text + "\ntitle: third\n"), ApplyTerms.None, None)).Impact!.Waits!.State);
        Assert.Null((await impacts.Of(Samples.Part(Text + "\ntitle: third\n"), new() { Now = true }, None)).Impact!.Waits);
        Assert.Equal(RevisionState.WaitingForIdle, (await revisions.Apply(Samples.Part(Text + "\ntitle: third\n"), "", ApplyTerms.None, Ann, None)).State);
    }

    [Theory]
    [InlineData("docs: {}", "docs: {}, kit: { was: sdk }", "The shared directory sdk is called kit from then on, and stays on worker w1; 1 build goes on using it.")]
    [InlineData("sharedDirectories: { sdk: {}, docs: {} }", "sharedDirectories: { docs: {} }", "The shared directory sdk is removed from worker w1 when 1 build that uses it has ended.")]
    [InlineData("{ w1: { maxBuilds: 9, tags: [big] }", "{ w1: { maxBuilds: 9 }", "The shared directory sdk loses its home; 1 build goes on using it. Worker w1, which has it, may not run y: who shares it waits until an admin moves it.")]
    [InlineData("{ w1: { maxBuilds: 9, tags: [big] }, w2", "{ w2", "The shared directory sdk loses its home; 1 build goes on using it. Worker w1, which has it, is no longer in the configuration: who shares it waits until an admin moves it.")]
    [InlineData("{ w1: { maxBuilds: 9", "{ loft: { was: w1, maxBuilds: 9", null)]
    [InlineData("shared: { sdk: read }", "shared: { sdk: read, docs: read }", "The shared directory sdk loses its home; 1 build goes on using it. Worker w1, which has it, does not have docs, which is on w2 and is used with it: who shares it waits until an admin moves it.")]
    public async Task Shared_directories_that_are_touched_are_told(string old, string now, string? sentence)
    {
        var (world, _, revisions, impacts) = await Running("y");
        await using var __ = world;
        await world.Store.Execute("INSERT INTO shared_directories (lock_id, worker_id, placed_at) SELECT l.id, w.id, weir_now() FROM locks l, workers w WHERE l.name = 'shared/docs' AND w.name = 'w2'");
        var text = Text.Replace(old, now, StringComparison.Ordinal);
        if (now.Contains("kit", StringComparison.Ordinal))
            text = text.Replace("sdk: {}, docs", "docs", StringComparison.Ordinal).Replace("shared: { sdk", "shared: { kit", StringComparison.Ordinal);
        if (now == "sharedDirectories: { docs: {} }")
            text = text.Replace(", shared: { sdk: read }", "", StringComparison.Ordinal);

        var answer = await impacts.Of(Samples.Part(text), ApplyTerms.None, None);

        Assert.Empty(answer.Problems);
        Assert.Equal(sentence is null ? [] : [sentence], answer.Impact!.Sentences().Where(s => s.StartsWith("The shared directory sdk", StringComparison.Ordinal)));
        await revisions.Apply(Samples.Part(text), "", ApplyTerms.None, Ann, None);
        if (sentence is not null && !sentence.Contains("removed", StringComparison.Ordinal))
            Assert.Equal("w1", (await world.Sql<string>("SELECT w.name FROM shared_directories d JOIN locks l ON l.id = d.lock_id JOIN workers w ON w.id = d.worker_id WHERE l.place = 'sdk'")));
    }
}
