using System.Text.Json;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Queue;
using Weir.Engine.Schedulers;
using Weir.Engine.Tests.Configuration;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Schedulers;

/// <summary>Requests that a newer configuration leaves without a builder, or without a property that it requires.</summary>
public sealed class CompletionTests
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure, Right.Force });
    private static readonly CancellationToken None = CancellationToken.None;

    private const string Bare = "weir: 1\nworkers: { w1: {} }\nbuilders:\n  y: { steps: [ { run: y } ] }\n";
    private const string First = Bare + "  x: { steps: [ { run: x } ] }\n";
    private const string Asking = Bare + "  x: { properties: { stage: { required: true, description: Where to }, jobs: { type: int, required: true }, more: { type: json, default: {} } }, steps: [ { run: \"x ${{ properties.stage }}\" } ] }\n";

    private static RevisionActions Revisions(World world) => new(world.Store.Database, new ConfigurationInForce(world.Store.Database), new RetiredRequests());

    private static Task<ApplyResult> Apply(World world, string text, ApplyTerms? terms = null) => Revisions(world).Apply(Samples.Part(text), "because", terms ?? ApplyTerms.None, Ann, None);

    private static async Task<(World World, long Request)> Waiting(string then, ApplyTerms? terms = null)
    {
        var world = await World.Create(ConfigurationReader.Read(Samples.Part(First)).Model!);
        await Apply(world, First);
        var request = (await world.Request("x"))[0];
        Assert.True((await Apply(world, then, terms)).Accepted);
        return (world, request);
    }

    private static Dictionary<string, JsonElement> Values(object values) => JsonSerializer.SerializeToElement(values).EnumerateObject().ToDictionary(p => p.Name, p => p.Value);

    [Fact]
    public async Task What_it_lacks_can_be_given_to_a_request_and_then_it_is_built()
    {
        var (world, request) = await Waiting(Asking);
        await using var _ = world;
        var completion = new Completion(world.Store.Database, new ConfigurationInForce(world.Store.Database));
        var engine = await world.StartEngine();
        await world.Eventually(async () => await world.Sql<string?>("SELECT wait_kind FROM open_requests") == "SetAside", "the request to be set aside");

        var missing = (await completion.Missing(request, None))!;
        Assert.Equal(("x", "stage string Where to, jobs int "), (missing.Builder, string.Join(", ", missing.Fields.Select(f => $"{f.Name} {f.Kind} {f.Description}"))));

        var problems = Assert.IsType<ActionOutcome.Invalid>(await completion.Complete(request, Values(new { jobs = "many", stagge = "edge" }), null, Ann, None)).Problems;
        Assert.Equal(["jobs: A whole number was expected.", "stage: It is required.", "stagge: It lacks no such property. It lacks: stage, jobs."], problems.Select(p => $"{p.Field}: {p.Message}").Order(StringComparer.Ordinal));
        Assert.Equal("[]", await world.Sql<string>("SELECT given::text FROM requests"));

        Assert.IsType<ActionOutcome.Done>(await completion.Complete(request, Values(new { jobs = "4", stage = "edge" }), "asked by phone", Ann, None));
        Assert.Equal("request.complete: stage, jobs: asked by phone", await world.Sql<string>("SELECT action || ': ' || reason FROM audit ORDER BY id DESC LIMIT 1"));
        Assert.Empty((await completion.Missing(request, None))!.Fields);
        Assert.IsType<ActionOutcome.Conflict>(await completion.Complete(request, Values(new { stage = "edge" }), null, Ann, None));

        var worker = new FakeWorker(world, "w1") { Id = await world.Sql<long>("SELECT id FROM workers WHERE name = 'w1'"), Behaviour = _ => ("", new EndedFrame { Kind = EndKind.Exited, ExitCode = 0 }) };
        await worker.Connect(engine);
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal("jobs=4 Completed, stage=\"edge\" Completed", await world.Sql<string>("SELECT string_agg(name || '=' || value || ' ' || source, ', ' ORDER BY name) FROM build_properties WHERE source = 'Completed'"));
        Assert.IsType<ActionOutcome.Conflict>(await completion.Complete(request, Values(new { }), null, Ann, None));
        Assert.IsType<ActionOutcome.NotFound>(await completion.Complete(999_999, Values(new { }), null, Ann, None));
    }

    [Fact]
    public async Task Of_a_builder_that_goes_requests_wait_until_one_of_its_name_is_back()
    {
        var (world, request) = await Waiting(Bare);
        await using var _ = world;
        var engine = await world.StartEngine();
        await world.Eventually(async () => await world.Sql<string?>("SELECT kind FROM builder_waits") == "BuilderRetired", "the reason");

        await Apply(world, First);
        var worker = new FakeWorker(world, "w1") { Id = await world.Sql<long>("SELECT id FROM workers WHERE name = 'w1'"), Behaviour = _ => ("", new EndedFrame { Kind = EndKind.Exited, ExitCode = 0 }) };
        await worker.Connect(engine);
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
    }

    [Fact]
    public async Task They_are_cancelled_where_the_author_wants_that_and_nothing_else_is()
    {
        await using var world = await World.Create(ConfigurationReader.Read(Samples.Part(First)).Model!);
        await Apply(world, First);
        var (gone, both, stays) = ((await world.Request("x"))[0], await world.Request("x", "y"), (await world.Request("y"))[0]);

        Assert.True((await Apply(world, Bare, new() { CancelsWaiting = true })).Accepted);

        Assert.Equal($"{gone} {both[0]}", await world.Sql<string>("SELECT string_agg(id::text, ' ' ORDER BY id) FROM requests WHERE results = 6"));
        Assert.Equal($"{both[1]} {stays}", await world.Sql<string>("SELECT string_agg(request_id::text, ' ' ORDER BY request_id) FROM open_requests"));
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM buildsets WHERE completed_at IS NOT NULL AND results = 6"));
        Assert.Equal("2 waiting requests", await world.Sql<string>("SELECT subject FROM audit WHERE action = 'request.cancel'"));
        Assert.Equal(2, await world.Sql<long>("SELECT count(*) FROM event_outbox WHERE kind = 'RequestCompleted'"));
    }

    [Fact]
    public async Task A_revision_that_waits_for_idle_builders_cancels_them_when_it_comes_in_force()
    {
        await using var world = await World.Create(ConfigurationReader.Read(Samples.Part(First)).Model!);
        await Apply(world, First);
        var engine = await world.StartEngine();
        var worker = new FakeWorker(world, "w1") { Id = await world.Sql<long>("SELECT id FROM workers WHERE name = 'w1'"), Behaviour = _ => null };
        await worker.Connect(engine);
        await world.Request("x");
        await worker.Running();
        var waiting = (await Apply(world, Bare, new() { WhenIdle = ["x"], CancelsWaiting = true })).RevisionId;
        var request = (await world.Request("x"))[0];

        await worker.End(await worker.Running(), new EndedFrame { Kind = EndKind.Exited, ExitCode = 0 });

        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(request));
        Assert.Equal(waiting, await world.Sql<long>("SELECT revision_id FROM config_in_force"));
    }
}
