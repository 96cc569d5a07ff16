using Weir.Engine.Builds;
using Weir.Engine.Configuration;
using Weir.Engine.Workers;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Pauses;
using Weir.Shared.Protocol;
using Weir.Shared.Queue;
using Weir.Shared.Workers;
using Weir.Support;

namespace Weir.Engine.Tests.Pauses;

/// <summary>Pauses of whatever can be paused: nothing new is begun, what runs goes on, and they end by hand or by themselves.</summary>
public sealed class PauseTests : IAsyncLifetime
{
    private static readonly EndedFrame Good = new() { Kind = EndKind.Exited, ExitCode = 0 };
    private static readonly Actor Ada = new("ada", new HashSet<string>());
    private static readonly PauseSubject Lib = new(PauseKind.Builder, "lib");
    private static CancellationToken Now => TestContext.Current.CancellationToken;
    private World world = null!;

    public async ValueTask InitializeAsync()
    {
        var model = World.Builders(("lib", [World.Run("compile")]), ("app", [World.Run("link")]));
        world = await World.Create(model with { Projects = [new() { Name = "gst" }], Builders = [model.Builders[0] with { Project = "gst" }, model.Builders[1]] });
    }

    public ValueTask DisposeAsync() => world.DisposeAsync();

    public static TheoryData<PauseSubject, string> Builders => new()
    {
        { Lib, "Builder lib" },
        { new(PauseKind.Project, "gst"), "Project gst" },
        { PauseSubject.Everything, "Everything" },
    };

    [Theory]
    [MemberData(nameof(Builders))]
    public async Task A_paused_builder_says_so_and_begins_nothing_while_what_runs_goes_on(PauseSubject subject, string words)
    {
        var (engine, worker) = await Connected();
        var first = (await world.Request("lib"))[0];
        var command = await worker.Running();

        Assert.IsType<ActionOutcome.Done>(await engine.Get<IPauseActions>().Begin(new([subject], "broken compiler"), Ada, Now));
        var second = (await world.Request("lib"))[0];
        await world.Eventually(async () => await Waiting(second) is { Kind: WaitKind.PausedBy } reason && reason.Text == $"{words} is paused by ada: broken compiler.", "the reason");
        await worker.End(command, Good);
        Assert.Equal(BuildResult.Success, await world.ResultOf(first));
        await ClaimsNothing(engine, worker, second);
        if (subject.Kind != PauseKind.Everything)
        {
            var other = (await world.Request("app"))[0];
            await worker.End(await worker.Running(), Good);
            Assert.Equal(BuildResult.Success, await world.ResultOf(other));
        }

        Assert.IsType<ActionOutcome.Done>(await engine.Get<IPauseActions>().End([subject], Ada, Now));
        await worker.End(await worker.Running(), Good);
        Assert.Equal(BuildResult.Success, await world.ResultOf(second));
        Assert.Equal([$"{subject.Kind.ToString().ToLowerInvariant()}.pause", $"{subject.Kind.ToString().ToLowerInvariant()}.resume"], await world.Rows<string>("SELECT action FROM audit ORDER BY id"));
        Assert.Equal("ada ada", await world.Sql<string>("SELECT by_name || ' ' || ended_by FROM pauses"));
    }

    [Fact]
    public async Task A_pause_survives_the_engine_and_ends_by_itself()
    {
        var (engine, worker) = await Connected();
        var until = (await world.Sql<DateTime>("SELECT weir_now() + interval '4 seconds'")).ToUniversalTime();
        Assert.IsType<ActionOutcome.Done>(await engine.Get<IPauseActions>().Begin(new([Lib, new(PauseKind.Worker, "w1")], "lunch", until), Ada, Now));
        await engine.Stop();
        var next = await world.StartEngine("two");
        await worker.Connect(next);
        var shown = (await new WorkerQueries(world.Store.Database).Find("w1", Now))!;
        Assert.Equal((WorkerState.Paused, "Paused by ada: lunch"), (shown.State, shown.StateReason));
        Assert.InRange(shown.Until!.Value.UtcDateTime, until.AddMilliseconds(-1), until.AddMilliseconds(1));
        var request = (await world.Request("lib"))[0];

        await worker.End(await worker.Running(), Good);
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.True(await world.Sql<bool>("SELECT started_at >= (SELECT max(until) FROM pauses) FROM builds"));
        await world.Eventually(async () => await world.Sql<long>("SELECT count(*) FROM pauses WHERE ended_at = until AND ended_by IS NULL") == 2, "the end on record");
        Assert.Null(await world.Sql<DateTime?>("SELECT paused_at FROM workers"));
        Assert.Empty(await new Weir.Engine.Pauses.PauseQueries(world.Store.Database).InForce(Now));
    }

    [Fact]
    public async Task Of_several_all_are_paused_or_none()
    {
        var (engine, _) = await Connected();
        var actions = engine.Get<IPauseActions>();

        Assert.Equal("builder nobody", Assert.IsType<ActionOutcome.NotFound>(await actions.Begin(new([Lib, new(PauseKind.Builder, "nobody")]), Ada, Now)).What);
        Assert.IsType<ActionOutcome.Invalid>(await actions.Begin(new([Lib], null, DateTimeOffset.UnixEpoch), Ada, Now));
        Assert.IsType<ActionOutcome.Invalid>(await actions.Begin(new([]), Ada, Now));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM pauses"));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM audit"));

        // Paused again: one pause, with the new words.
        await actions.Begin(new([Lib], "one"), Ada, Now);
        await actions.Begin(new([Lib], "two"), new("bob", new HashSet<string>()), Now);
        Assert.Equal(["bob two"], await world.Rows<string>("SELECT by_name || ' ' || reason FROM pauses"));
    }

    [Fact]
    public async Task A_preview_names_what_would_be_kept_from_starting()
    {
        var (engine, worker) = await Connected();
        await world.AddWorker("w2", tags: ["spare"]);
        await world.Request("lib");
        await worker.Running();
        await world.Sql<int?>("UPDATE builders SET worker_names = '{w1}' WHERE name = 'app'");
        await engine.Get<IPauseActions>().Begin(new([PauseSubject.Everything]), Ada, Now);
        await world.Request("app", "lib");
        await world.Request("app");
        var queries = new Weir.Engine.Pauses.PauseQueries(world.Store.Database);

        var workers = await queries.Preview([new(PauseKind.Worker, "w1")], Now);
        Assert.Equal("app 2 1", $"{string.Join(',', workers.Builders)} {workers.Waiting} {workers.Running}");
        var project = await queries.Preview([new(PauseKind.Project, "gst"), new(PauseKind.Scheduler, "nightly")], Now);
        Assert.Equal("lib 1 1 nightly", $"{string.Join(',', project.Builders)} {project.Waiting} {project.Running} {string.Join(',', project.Schedulers)}");
        var all = await queries.Preview([PauseSubject.Everything], Now);
        Assert.Equal("app,lib 3 1", $"{string.Join(',', all.Builders)} {all.Waiting} {all.Running}");
    }

    private async Task ClaimsNothing(World.Engine engine, FakeWorker worker, long request)
    {
        var revision = (await engine.Get<ConfigurationInForce>().Read(Now))!;
        var builder = await world.Sql<long>("SELECT builder_id FROM requests WHERE id = @request", new { request });
        Assert.Empty(await engine.Get<Starting>().Start([new Claim(request, builder, revision.Builder("lib")!, worker.Session!)], revision, Now));
    }

    private async Task<(World.Engine, FakeWorker)> Connected()
    {
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        return (engine, worker);
    }

    private async Task<WaitReason?> Waiting(long request) => (await world.Store.Queue.Request(request, Now))!.Waiting;
}
