using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Configuration.Texts;
using Weir.Engine.Queue;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration;

/// <summary>Revisions that shall come in force when builders are idle.</summary>
public sealed class IdleRevisionTests
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };
    private static readonly ApplyTerms WhenAllIdle = new() { WhenIdle = [] };

    private const string First = """
        weir: 1
        workers: { w1: { maxBuilds: 9 } }
        schedulers: { on-y: { type: triggerable, builders: [y] } }
        builders:
          x: { steps: [ { run: x } ] }
          y: { steps: [ { run: y } ] }
          parent: { steps: [ { run: before }, { trigger: { scheduler: on-y, wait: true } } ] }

        """;

    private const string Second = First + "  z: { steps: [ { run: z } ] }\n";

    private sealed class Scene(World world, FakeWorker worker, long first) : IAsyncDisposable
    {
        public World World => world;
        public FakeWorker Worker => worker;
        public long First => first;
        public RevisionActions Revisions { get; } = new(world.Store.Database, new ConfigurationInForce(world.Store.Database), new RetiredRequests());

        public Task<ApplyResult> Apply(string text, ApplyTerms? terms = null) => Revisions.Apply(Samples.Part(text), "because", terms ?? ApplyTerms.None, Ann, None);

        public RevisionsToCome ToCome => new(world.Store.Database, new ConfigurationInForce(world.Store.Database), Revisions);

        public Task<string> States() => world.Sql<string>("SELECT string_agg(state, ' ' ORDER BY id) FROM config_revisions WHERE id > 1");

        public Task<long> InForce() => world.Sql<long>("SELECT revision_id FROM config_in_force");

        public Task Eventually(long revision) => world.Eventually(async () => await InForce() == revision, $"revision {revision} in force");

        public async Task End(string program)
        {
            var command = await worker.Running(c => !c.Ended && ((RunSpec)c.Spec).Arguments[^1] == program);
            worker.Behaviour = _ => ("", Done);
            await worker.End(command, Done);
        }

        public ValueTask DisposeAsync() => world.DisposeAsync();
    }

    private static async Task<Scene> Running(params string[] builders)
    {
        var world = await World.Create(ConfigurationReader.Read(Samples.Part(First)).Model!);
        var revisions = new RevisionActions(world.Store.Database, new ConfigurationInForce(world.Store.Database), new RetiredRequests());
        var revision = (await revisions.Apply(Samples.Part(First), "because", ApplyTerms.None, Ann, None)).RevisionId!.Value;
        var engine = await world.StartEngine();
        var worker = new FakeWorker(world, "w1") { Id = await world.Sql<long>("SELECT id FROM workers WHERE name = 'w1'"), Behaviour = _ => null };
        await worker.Connect(engine);
        foreach (var builder in builders)
            await world.Request(builder);
        foreach (var program in builders.Select(b => b == "parent" ? "before" : b))
            await worker.Running(c => ((RunSpec)c.Spec).Arguments[^1] == program);
        return new(world, worker, revision);
    }

    [Fact]
    public async Task An_edited_text_waits_as_well_if_its_author_says_so()
    {
        await using var scene = await Running("x");
        var texts = new TextActions(scene.World.Store.Database, scene.Revisions, new RevisionQueries(scene.World.Store.Database));
        var name = Assert.Single(await texts.List(None)).Name;

        var answer = await texts.Save(new() { Name = name, Text = Second, ETag = "*", Terms = new() { WhenIdle = ["x"] } }, Ann, None);

        Assert.Equal((EditOutcome.Accepted, RevisionState.WaitingForIdle), (answer.Outcome, answer.State));
        Assert.Equal(scene.First, await scene.InForce());
        await scene.End("x");
        await scene.Eventually(answer.RevisionId!.Value);
    }

    [Fact]
    public async Task It_waits_until_everything_is_idle_and_nothing_new_starts_meanwhile()
    {
        await using var scene = await Running("x");

        var result = await scene.Apply(Second, WhenAllIdle);

        Assert.Equal((true, true, RevisionState.WaitingForIdle, "It waits until everything is idle."), (result.Accepted, result.Changed, result.State, result.HeldBecause));
        Assert.Equal(scene.First, await scene.InForce());
        Assert.Equal($"revision {result.RevisionId}, when everything is idle", await scene.World.Sql<string>("SELECT subject FROM audit ORDER BY id DESC LIMIT 1"));
        var found = (await new RevisionQueries(scene.World.Store.Database).ToCome(None))!;
        Assert.Equal((result.RevisionId!.Value, "x #1"), (found.Id, string.Join(", ", found.Idle!.Running.Select(b => $"{b.Builder} #{b.Number}"))));
        // Given again without a word it is the same one, and waits on.
        Assert.Equal((result.RevisionId, false, RevisionState.WaitingForIdle), await scene.Apply(Second) is var again ? (again.RevisionId, again.Changed, again.State) : default);

        var waiting = (await scene.World.Request("y"))[0];
        await scene.World.Eventually(async () => await scene.World.Sql<string?>("SELECT kind || ' ' || blocker_kind || ' ' || blocker_id || ' ' || text FROM builder_waits") == $"RevisionToCome revision {result.RevisionId} It begins under revision {result.RevisionId}, which waits until everything is idle.", "the reason");
        await scene.End("x");

        await scene.Eventually(result.RevisionId!.Value);
        Assert.Equal(BuildResult.Success, await scene.World.ResultOf(waiting));
        Assert.Equal([scene.First, result.RevisionId!.Value], await scene.World.Rows<long>("SELECT config_revision_id FROM builds ORDER BY id"));
    }

    [Fact]
    public async Task Other_builders_go_on_while_it_waits_for_named_ones()
    {
        await using var scene = await Running("x");

        var result = await scene.Apply(Second, new() { WhenIdle = ["x"] });
        Assert.Equal("It waits until x is idle.", result.HeldBecause);
        var (other, same) = ((await scene.World.Request("y"))[0], (await scene.World.Request("x"))[0]);
        await scene.Worker.End(await scene.Worker.Running(c => !c.Ended && ((RunSpec)c.Spec).Arguments[^1] == "y"), Done);
        Assert.Equal(BuildResult.Success, await scene.World.ResultOf(other));
        Assert.Equal(1, await scene.World.Sql<long>("SELECT count(*) FROM builds b JOIN builders n ON n.id = b.builder_id WHERE n.name = 'x'"));

        await scene.End("x");
        Assert.Equal(BuildResult.Success, await scene.World.ResultOf(same));
        Assert.Equal(result.RevisionId, await scene.InForce());
    }

    [Fact]
    public async Task What_a_running_build_waits_for_starts_all_the_same_under_the_old_revision()
    {
        await using var scene = await Running("parent");

        var result = await scene.Apply(Second, WhenAllIdle);
        var own = (await scene.World.Request("y"))[0];
        await scene.End("before");

        await scene.Eventually(result.RevisionId!.Value);
        Assert.Equal(BuildResult.Success, await scene.World.ResultOf(own));
        // The child of the trigger began under the old one, though it came after the request that had to wait.
        Assert.Equal([scene.First, scene.First, result.RevisionId!.Value], await scene.World.Rows<long>("SELECT config_revision_id FROM builds ORDER BY id"));
        Assert.Equal("parent y y", await scene.World.Sql<string>("SELECT string_agg(n.name, ' ' ORDER BY b.id) FROM builds b JOIN builders n ON n.id = b.builder_id"));
    }

    [Fact]
    public async Task With_nothing_to_wait_for_it_comes_at_once()
    {
        await using var scene = await Running("x");

        var result = await scene.Apply(Second, new() { WhenIdle = ["y"] });

        Assert.Equal((RevisionState.InForce, result.RevisionId!.Value), (result.State, await scene.InForce()));
        Assert.Null(result.HeldBecause);
        Assert.Equal("There is no builder \"yy\" for which it could wait. Did you mean \"y\"?", (await scene.Apply(First, new() { WhenIdle = ["yy"] })).Problems.Single().Message);
        Assert.Equal(result.RevisionId, await scene.InForce());
        await scene.End("x");
    }

    [Theory]
    [InlineData(AtDeadline.Enforce)]
    [InlineData(AtDeadline.Drop)]
    public async Task At_its_deadline_it_comes_in_force_all_the_same_or_is_dropped(AtDeadline then)
    {
        await using var scene = await Running("x");
        var now = await scene.World.Sql<DateTimeOffset>("SELECT weir_now()");

        var result = await scene.Apply(Second, new() { WhenIdle = [], Deadline = now.AddSeconds(2), AtDeadline = then });
        Assert.Equal(RevisionState.WaitingForIdle, result.State);
        await scene.World.Eventually(() => scene.World.Sql<bool>("SELECT NOT EXISTS (SELECT FROM config_revisions WHERE state = 'WaitingForIdle')"), "the deadline");

        Assert.Equal(then == AtDeadline.Enforce ? "Superseded InForce" : "InForce Superseded", await scene.States());
        Assert.Equal(then == AtDeadline.Enforce ? "config.in_force" : "config.cancel", await scene.World.Sql<string>("SELECT coalesce((SELECT action FROM audit WHERE action IN ('config.in_force', 'config.cancel') ORDER BY id DESC LIMIT 1), '')"));
        Assert.Equal(then == AtDeadline.Enforce, (await scene.World.Sql<string>("SELECT parts::text FROM config_sources WHERE name = 'store'")).Contains("z:", StringComparison.Ordinal));
        Assert.Equal(1, await scene.World.Sql<long>("SELECT count(*) FROM build_owners"));
        await scene.End("x");
    }

    [Fact]
    public async Task Taken_back_it_leaves_what_others_changed_meanwhile()
    {
        await using var scene = await Running("x");
        var waiting = (await scene.Apply(Second, WhenAllIdle)).RevisionId!.Value;

        // A team's part, say: it is put together with what waits, and so waits with it.
        var team = Draft.Of(new Offer(SourceSet.Forms, PartOrigin.Store, [new(SourceSet.Forms, "weir: 1\nlocks: { board: {} }\n")]));
        var joined = (await scene.Revisions.Apply(_ => team, "a lock", Ann, "config.thing", None))!;
        Assert.Equal((RevisionState.WaitingForIdle, "It waits until everything is idle."), (joined.State, joined.HeldBecause));
        Assert.Equal("InForce Superseded WaitingForIdle", await scene.States());
        Assert.IsType<ActionOutcome.Conflict>((await scene.ToCome.Cancel(waiting, null, Ann, None)).Outcome);

        var (outcome, result) = await scene.ToCome.Cancel(joined.RevisionId!.Value, "not today", Ann, None);

        Assert.IsType<ActionOutcome.Done>(outcome);
        Assert.Equal("Superseded Superseded Superseded InForce", await scene.States());
        Assert.Equal((result!.RevisionId, "weir: 1\nlocks: { board: {} }\n"), (await scene.InForce(), await scene.World.Sql<string>("SELECT parts->1->>'Text' FROM config_revisions WHERE state = 'InForce'")));
        Assert.Equal(First, await scene.World.Sql<string>("SELECT parts->0->>'Text' FROM config_revisions WHERE state = 'InForce'"));
        Assert.IsType<ActionOutcome.Conflict>((await scene.ToCome.Cancel(joined.RevisionId!.Value, null, Ann, None)).Outcome);
        Assert.IsType<ActionOutcome.NotFound>((await scene.ToCome.Cancel(999, null, Ann, None)).Outcome);
        await scene.End("x");
    }

    [Fact]
    public async Task Who_waits_too_adds_whom_he_waits_for_and_who_says_now_does_not_wait()
    {
        await using var scene = await Running("x", "y");
        await scene.Apply(Second, new() { WhenIdle = ["x"], Deadline = DateTimeOffset.MaxValue.AddYears(-1) });

        var both = await scene.Apply(Second + "# again\n", new() { WhenIdle = ["y"] });
        Assert.Equal("It waits until x and y are idle.", both.HeldBecause);
        Assert.NotNull((await new RevisionQueries(scene.World.Store.Database).ToCome(None))!.Idle!.Deadline);
        await scene.End("x");
        Assert.Equal(scene.First, await scene.InForce());

        var now = await scene.Apply(Second + "# now\n", new() { Now = true });
        Assert.Equal((RevisionState.InForce, now.RevisionId), (now.State, await scene.InForce()));
        Assert.Equal("Superseded Superseded Superseded InForce", await scene.States());
        await scene.End("y");
    }

    [Fact]
    public async Task Somebody_can_let_it_wait_no_longer()
    {
        await using var scene = await Running("x");
        var waiting = (await scene.Apply(Second, WhenAllIdle)).RevisionId!.Value;

        var (outcome, result) = await scene.ToCome.Enforce(waiting, "it is late", Ann, None);

        Assert.IsType<ActionOutcome.Done>(outcome);
        Assert.Equal((RevisionState.InForce, waiting), (result!.State, await scene.InForce()));
        Assert.Equal(1, await scene.World.Sql<long>("SELECT count(*) FROM build_owners"));
        Assert.IsType<ActionOutcome.Conflict>((await scene.ToCome.Enforce(waiting, null, Ann, None)).Outcome);
        await scene.End("x");
    }

    [Fact]
    public async Task An_old_revision_that_is_restored_takes_the_place_of_what_waits()
    {
        await using var scene = await Running("x");
        await scene.Apply(Second, WhenAllIdle);

        var history = new RevisionHistory(new RevisionQueries(scene.World.Store.Database), scene.Revisions);
        var (_, restored) = await history.Restore(scene.First, null, ApplyTerms.None, Ann, None);

        Assert.Equal((false, scene.First), (restored!.Changed, await scene.InForce()));
        Assert.Equal("InForce Superseded", await scene.States());
        await scene.End("x");
    }
}
