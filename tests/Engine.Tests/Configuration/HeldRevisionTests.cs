using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Queue;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration;

/// <summary>Revisions that are good, and whose builds could wait for ever for builds that began before.</summary>
public sealed class HeldRevisionTests
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private const string Head = """
        weir: 1
        workers: { w1: { maxBuilds: 9 } }
        locks: { a: {}, b: {} }
        schedulers: { on-y: { type: triggerable, builders: [y] } }
        builders:

        """;

    private const string First = Head + "  x: { locks: [a], steps: [ { run: one }, { name: ask, run: two, locks: [b] } ] }\n  y: { steps: [ { run: y } ] }\n";
    private const string Turned = Head + "  x: { locks: [b], steps: [ { run: one }, { name: ask, run: two, locks: [a] } ] }\n  y: { steps: [ { run: y } ] }\n";

    private static async Task<ApplyResult> Apply(World world, string text) => await new RevisionActions(world.Store.Database, new ConfigurationInForce(world.Store.Database), new RetiredRequests()).Apply(Samples.Part(text), "because", ApplyTerms.None, Ann, None);

    private static async Task<(World World, FakeWorker Worker, long Revision)> Running(string text, string builder = "x")
    {
        var world = await World.Create(ConfigurationReader.Read(Samples.Part(text)).Model!);
        var revision = (await Apply(world, text)).RevisionId!.Value;
        var engine = await world.StartEngine();
        var worker = new FakeWorker(world, "w1") { Id = await world.Sql<long>("SELECT id FROM workers WHERE name = 'w1'"), Behaviour = _ => null };
        await worker.Connect(engine);
        await world.Request(builder);
        await worker.Running();
        return (world, worker, revision);
    }

    private static Task<string> States(World world) => world.Sql<string>("SELECT string_agg(state, ' ' ORDER BY id) FROM config_revisions WHERE id > 1");

    [Fact]
    public async Task It_is_held_back_and_says_so_and_comes_in_force_by_itself_when_the_builds_have_ended()
    {
        var (world, worker, first) = await Running(First);
        await using var _ = world;

        var result = await Apply(world, Turned);

        const string because = "Builds could wait for one another for ever: x holds a while its step ask asks for b; x holds b while its step ask asks for a. It comes in force by itself when builds that began earlier have ended: x #1.";
        Assert.Equal((true, true, because), (result.Accepted, result.Changed, result.HeldBecause));
        Assert.Equal(first, await world.Sql<long>("SELECT revision_id FROM config_in_force"));
        var held = await new RevisionQueries(world.Store.Database).Find(result.RevisionId!.Value, None);
        Assert.Equal((RevisionState.HeldBack, because), (held!.State, held.HeldBecause));
        Assert.Equal($"revision {result.RevisionId}, held back", await world.Sql<string>("SELECT subject FROM audit ORDER BY id DESC LIMIT 1"));
        // Given again it is the same one.
        Assert.Equal((result.RevisionId, false, because), await Apply(world, Turned) is var again ? (again.RevisionId, again.Changed, again.HeldBecause) : default);

        // What comes of the builder meanwhile begins under the new one; others go on.
        var (next, other) = ((await world.Request("x"))[0], (await world.Request("y"))[0]);
        await world.Eventually(async () => await world.Sql<string?>("SELECT text FROM builder_waits") == $"It begins under revision {result.RevisionId}, which is held back until builds that began earlier have ended.", "the reason");
        var ofOther = await worker.Running(c => !c.Ended && ((RunSpec)c.Spec).Arguments[^1] == "y");
        worker.Behaviour = _ => ("", Done);
        await worker.End(ofOther, Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(other));

        await worker.End(await worker.Running(), Done);

        await world.Eventually(() => world.Sql<bool>("SELECT revision_id = @held FROM config_in_force", new { held = result.RevisionId }), "the revision in force");
        Assert.Equal("Superseded InForce", await States(world));
        Assert.Equal(BuildResult.Success, await world.ResultOf(next));
        Assert.Equal([first, result.RevisionId!.Value], await world.Rows<long>("SELECT config_revision_id FROM builds b JOIN builders n ON n.id = b.builder_id WHERE n.name = 'x' ORDER BY b.id"));
    }

    [Fact]
    public async Task A_circle_through_locks_that_are_renamed_is_one_all_the_same()
    {
        var (world, worker, _) = await Running(First);
        await using var __ = world;
        var renamed = Turned.Replace("{ a: {}, b: {} }", "{ aa: { was: a }, bb: { was: b } }", StringComparison.Ordinal).Replace("  x: { locks: [b]", "  xx: { was: x, locks: [bb]", StringComparison.Ordinal).Replace("locks: [a] }", "locks: [aa] }", StringComparison.Ordinal);

        var result = await Apply(world, renamed);

        Assert.Equal("Builds could wait for one another for ever: xx holds aa while its step ask asks for bb; xx holds bb while its step ask asks for aa. It comes in force by itself when builds that began earlier have ended: x #1.", result.HeldBecause);
        Assert.Equal("a b", await world.Sql<string>("SELECT string_agg(name, ' ' ORDER BY id) FROM locks"));
        worker.Behaviour = _ => ("", Done);
        await worker.End(await worker.Running(), Done);
        await world.Eventually(() => world.Sql<bool>("SELECT revision_id = @held FROM config_in_force", new { held = result.RevisionId }), "the revision in force");
        Assert.Equal("aa bb", await world.Sql<string>("SELECT string_agg(name, ' ' ORDER BY id) FROM locks"));
    }

    [Fact]
    public async Task A_newer_one_takes_its_place_and_the_one_in_force_given_again_takes_it_back()
    {
        var (world, worker, first) = await Running(First);
        await using var _ = world;

        await Apply(world, Turned);
        await Apply(world, Turned + "# again\n");
        Assert.Equal("InForce Superseded HeldBack", await States(world));
        await Apply(world, First);
        Assert.Equal("InForce Superseded Superseded", await States(world));
        var other = await Apply(world, First + "  z: { steps: [ { run: z } ] }\n");
        Assert.Null(other.HeldBecause);
        Assert.Equal("Superseded Superseded Superseded InForce", await States(world));
        await Apply(world, Turned);
        await Apply(world, First);
        Assert.Equal("Superseded Superseded Superseded Superseded Superseded InForce", await States(world));

        worker.Behaviour = _ => ("", Done);
        await worker.End(await worker.Running(), Done);
        await world.Eventually(() => world.Sql<bool>("SELECT NOT EXISTS (SELECT FROM build_owners)"), "the end");
        Assert.NotEqual(first, await world.Sql<long>("SELECT revision_id FROM config_in_force"));
    }

    [Fact]
    public async Task A_build_that_has_passed_the_step_is_in_nobodys_way()
    {
        var (world, worker, _) = await Running(Head + "  x: { locks: [a], steps: [ { name: ask, run: one, locks: [b] }, { run: two } ] }\n  y: { steps: [ { run: y } ] }\n");
        await using var _ = world;
        Assert.NotNull((await Apply(world, Turned)).HeldBecause);

        await worker.End(await worker.Running(), Done);

        await world.Eventually(() => world.Sql<bool>("SELECT count(*) = 1 FROM config_revisions WHERE state = 'InForce' AND held_because IS NOT NULL"), "the revision in force");
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM build_owners"));
        await worker.End(await worker.Running(c => !c.Ended), Done);
        await world.Eventually(() => world.Sql<bool>("SELECT NOT EXISTS (SELECT FROM build_owners)"), "the end");
    }

    [Fact]
    public async Task What_a_running_build_will_wait_for_must_not_come_to_need_what_it_holds()
    {
        var (world, worker, _) = await Running(Head + "  x: { locks: [a], steps: [ { run: one }, { trigger: { scheduler: on-y, wait: true } } ] }\n  y: { steps: [ { run: y } ] }\n");
        await using var _ = world;

        var result = await Apply(world, Head + "  x: { steps: [ { run: one } ] }\n  y: { locks: [a], steps: [ { run: y } ] }\n");

        Assert.StartsWith("Builds could wait for one another for ever: x holds a while its step trigger on-y waits for y, which needs a.", result.HeldBecause, StringComparison.Ordinal);
        worker.Behaviour = _ => ("", Done);
        await worker.End(await worker.Running(), Done);
        await world.Eventually(() => world.Sql<bool>("SELECT revision_id = @held FROM config_in_force", new { held = result.RevisionId }), "the revision in force");
        Assert.True(await world.Sql<bool>("SELECT count(*) = 2 AND bool_and(results = 0) FROM builds WHERE completed_at IS NOT NULL"));
    }

    [Fact]
    public async Task An_engine_that_starts_finds_what_was_held_back()
    {
        var (world, worker, _) = await Running(First);
        await using var _ = world;
        var result = await Apply(world, Turned);
        await worker.Engine!.Stop();
        await world.Store.Execute("UPDATE builds SET completed_at = weir_now(), results = 4; UPDATE steps SET completed_at = weir_now(), results = 4; UPDATE logs SET completed_at = weir_now(); DELETE FROM commands; DELETE FROM build_owners; UPDATE requests SET completed_at = weir_now(), results = 4; UPDATE buildsets SET completed_at = weir_now(), results = 4");

        await world.StartEngine("heir");

        await world.Eventually(() => world.Sql<bool>("SELECT revision_id = @held FROM config_in_force", new { held = result.RevisionId }), "the revision in force");
    }
}
