using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Locks;
using Weir.Engine.Tests.Configuration;
using Weir.Engine.Workers;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Locks;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Directories that builders share, on real rows: where they are, who waits for whom, and what commands are told.</summary>
public sealed class SharedDirectoryLifeTests
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private const string Text = """
        weir: 1
        workers: { "*": { maxBuilds: 6 } }
        sharedDirectories: { sdk: {}, docs: {} }
        builders:
          install: { steps: [ { name: install, run: install, shared: { sdk: write } } ] }
          check: { steps: [ { name: check, run: check, shared: { sdk: read } } ] }
          both: { steps: [ { name: both, run: both, shared: { sdk: read, docs: write } } ] }
          alone: { steps: [ { name: alone, run: alone } ] }
        """;

    private static async Task<World> Create(string text = Text)
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(text));
        Assert.Empty(problems);
        return await World.Create(model!);
    }

    private static async Task<FakeWorker> Worker(World world, World.Engine engine, string name)
    {
        var worker = await world.AddWorker(name, maxBuilds: 6);
        worker.Behaviour = _ => null; // runs on
        await worker.Connect(engine);
        return worker;
    }

    private static string[] Running(params FakeWorker[] workers) => [.. workers.SelectMany(w => w.Commands.Values.Where(c => !c.Ended).Select(c => $"{((RunSpec)c.Spec).Arguments[^1]} on {w.Name}")).Order()];

    [Fact]
    public async Task Builds_that_share_a_directory_run_where_it_is_and_who_writes_is_alone_with_it()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var (one, two) = (await Worker(world, engine, "w1"), await Worker(world, engine, "w2"));
        List<long> requests = [(await world.Request("install"))[0]];
        await world.Eventually(() => Task.FromResult(Running(one, two).Length == 1), "the first");
        var home = one.Commands.IsEmpty ? two : one;
        var writer = home.Commands.Values.Single();

        foreach (var builder in new[] { "check", "check", "both" })
            requests.AddRange(await world.Request(builder));
        await world.Eventually(() => world.Sql<bool>("SELECT (SELECT count(*) FROM steps WHERE completed_at IS NULL AND state_text LIKE 'waits for the shared director%') = 3"), "three that wait");

        Assert.Equal(new SharedUse("sdk", true, "install #1"), Assert.Single(writer.Spec.Shares));
        Assert.Equal("docs sdk", await world.Sql<string>("SELECT string_agg(replace(l.name, 'shared/', ''), ' ' ORDER BY l.name) FROM shared_directories d JOIN locks l ON l.id = d.lock_id WHERE d.worker_id = @home AND d.placed_by IS NULL", new { home = home.Id }));
        Assert.Equal(["install on " + home.Name], Running(one, two));

        // Those who read do so together, and keep who writes from it.
        await home.End(writer, Done);
        await world.Eventually(() => Task.FromResult(Running(one, two).Length == 3), "the readers");
        requests.AddRange(await world.Request("install"));
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM steps s JOIN builds b ON b.id = s.build_id WHERE b.number = 2 AND s.state_text = 'waits for the shared directory sdk')"), "the second writer to wait");
        Assert.Equal([$"both on {home.Name}", $"check on {home.Name}", $"check on {home.Name}"], Running(one, two));

        (one.Behaviour, two.Behaviour) = (_ => ("", Done), _ => ("", Done));
        foreach (var command in home.Commands.Values.Where(c => !c.Ended))
            await home.End(command, Done);
        foreach (var request in requests)
            Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM lock_claims"));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task A_directory_stays_where_it_is_also_when_its_worker_is_gone_and_requests_say_so()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var home = await Worker(world, engine, "w1");
        home.Behaviour = _ => ("", Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf((await world.Request("install"))[0]));
        var other = await Worker(world, engine, "w2");
        other.Behaviour = _ => ("", Done);
        await home.Disconnect();

        var request = (await world.Request("check"))[0];
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM builder_waits WHERE kind = 'WorkersMissing' AND text = 'Worker w1 is not connected.')"), "the reason");
        Assert.Equal(BuildResult.Success, await world.ResultOf((await world.Request("alone"))[0]));

        var (model, problems) = ConfigurationReader.Read(Samples.Part(Text.Replace("\"*\"", "w2", StringComparison.Ordinal)));
        Assert.Empty(problems);
        await world.Apply(model!);
        await world.Store.Execute("UPDATE workers SET configured = false, retired_at = weir_now() WHERE name = 'w1'; UPDATE config_revisions SET state = 'Superseded' WHERE id <> (SELECT revision_id FROM config_in_force)");
        world.Nudge("configuration");
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM builder_waits WHERE kind = 'DirectoryElsewhere' AND text = 'The shared directory sdk is on worker w1, which is no longer in the configuration; an admin can move it.')"), "the reason");
        Assert.Equal("worker", await world.Sql<string>("SELECT blocker_kind FROM builder_waits"));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM builds WHERE request_id = @request", new { request }));
    }

    [Fact]
    public async Task An_admin_moves_directories_that_go_together_when_nobody_uses_them_and_the_old_place_is_told_to_remove_them()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var one = await Worker(world, engine, "w1");
        var request = (await world.Request("install"))[0];
        await world.Eventually(() => Task.FromResult(Running(one).Length == 1), "the writer");
        var two = await Worker(world, engine, "w2");
        var actions = engine.Get<IDirectoryActions>();
        Task<ActionOutcome> Move(string name, string worker) => actions.Move(name, worker, "more room", Ada, CancellationToken.None);

        Assert.Equal("install #1 runs and uses the shared directories docs, sdk: it can be moved when none does. A pause of install, check, both keeps new ones back.", Assert.IsType<ActionOutcome.Conflict>(await Move("sdk", "w2")).Why);
        Assert.IsType<ActionOutcome.NotFound>(await Move("sdkk", "w2"));
        Assert.Equal("worker", Assert.Single(Assert.IsType<ActionOutcome.Invalid>(await Move("sdk", "w9")).Problems).Field);
        await one.End(one.Commands.Values.Single(), Done);
        await world.ResultOf(request);
        var reports = engine.Get<SharedReports>();
        await reports.Take(one.Session!, [new("sdk", 10, "install #1", null, true, false, 1)], CancellationToken.None);
        Assert.Equal(("w1", 10L, "install #1", true), (await new DirectoryQueries(world.Store.Database, engine.Get<ConfigurationInForce>()).List(CancellationToken.None)).Where(d => d.Name == "sdk").Select(d => (d.Worker, d.Bytes!.Value, d.Writer, d.Well!.Value)).Single());
        Assert.Empty(one.Removed);

        Assert.IsType<ActionOutcome.Done>(await Move("docs", "w2"));
        Assert.IsType<ActionOutcome.Conflict>(await Move("sdk", "w2"));

        two.Behaviour = _ => ("", Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf((await world.Request("check"))[0]));
        Assert.Equal("w2", await world.Sql<string>("SELECT w.name FROM builds b JOIN workers w ON w.id = b.worker_id ORDER BY b.id DESC LIMIT 1"));
        await world.Eventually(() => Task.FromResult(one.Removed.Contains(("sdk", 1L))), "the old place to be told");
        Assert.Equal("ada moved the shared directories docs, sdk to w2: more room", await world.Sql<string>("SELECT actor || ' moved ' || subject || ' ' || reason FROM audit WHERE action = 'directory.move'"));
    }

    [Fact]
    public async Task A_directory_that_left_the_configuration_is_removed_from_its_worker_when_no_build_uses_it()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await Worker(world, engine, "w1");
        var request = (await world.Request("install"))[0];
        await world.Eventually(() => Task.FromResult(Running(worker).Length == 1), "the writer");
        await engine.Get<SharedReports>().Take(worker.Session!, [new("sdk", 10, "install #1", null, true, true, 1)], CancellationToken.None);
        await world.Store.Execute("UPDATE locks SET retired_at = weir_now(); DELETE FROM shared_directories");
        world.Nudge("configuration");
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Empty(worker.Removed);

        await worker.End(worker.Commands.Values.Single(), Done);
        await world.ResultOf(request);
        await engine.Get<SharedReports>().Take(worker.Session!, [new("sdk", 12, "install #1", null, true, false, 1)], CancellationToken.None);
        await world.Eventually(() => Task.FromResult(worker.Removed.Contains(("sdk", 1L))), "it to be told");
        await world.Store.Execute("UPDATE locks SET retired_at = NULL");
    }

    [Fact]
    public async Task Two_engines_that_begin_the_first_builds_at_once_put_a_directory_on_one_worker()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var world = await Create();
            var (north, south) = (await world.StartEngine("north"), await world.StartEngine("south"));
            var (one, two) = (await Worker(world, north, "w1"), await Worker(world, south, "w2"));
            (one.Behaviour, two.Behaviour) = (_ => ("", Done), _ => ("", Done));

            var requests = await Task.WhenAll(Enumerable.Range(0, 6).Select(async i => (await world.Request(i % 2 == 0 ? "check" : "both"))[0]));

            foreach (var request in requests)
                Assert.Equal(BuildResult.Success, await world.ResultOf(request));
            Assert.Equal(1, await world.Sql<long>("SELECT count(DISTINCT worker_id) FROM builds"));
            Assert.Equal(1, await world.Sql<long>("SELECT count(DISTINCT worker_id) FROM shared_directories"));
            Assert.Empty(await world.BrokenInvariants());
        }
    }

    [Fact]
    public async Task The_list_of_locks_tells_directories_by_their_names()
    {
        await using var world = await Create();
        var engine = await world.StartEngine();
        var worker = await Worker(world, engine, "w1");
        await world.Request("install");
        await world.Eventually(() => Task.FromResult(Running(worker).Length == 1), "the writer");
        var queries = new LockQueries(world.Store.Database, engine.Get<ConfigurationInForce>());

        var listed = await queries.List(CancellationToken.None);

        Assert.Equal(["docs", "sdk"], listed.Select(l => l.Directory).Order());
        var sdk = listed.Single(l => l.Directory == "sdk");
        Assert.Equal(("w1", "install", true), (sdk.Home, sdk.Holders.Single().Builder, sdk.Holders.Single().Exclusive));
    }
}
