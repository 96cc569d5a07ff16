using Weir.Engine.Builds;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Locks of builds, of steps and of runs of steps, on real rows.</summary>
public sealed class LockLifeTests
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private static WeirConfiguration With(WeirConfiguration configuration, params LockConfiguration[] locks) => configuration with { Locks = locks };

    private static WeirConfiguration Holding(WeirConfiguration configuration, string builder, params LockUse[] uses) =>
        configuration with { Builders = [.. configuration.Builders.Select(b => b.Name == builder ? b with { Locks = uses } : b)] };

    // A command stands in the store a moment before its worker hears of it.
    private static Task<FakeWorker.FakeCommand> Told(World world, FakeWorker worker) => world.Eventually(() => Task.FromResult(worker.Commands.Values.SingleOrDefault(c => !c.Ended)), "the worker to be told");

    private static LockConfiguration Lock(string name, int capacity = 1) => new() { Name = name, Capacity = capacity };

    [Fact]
    public async Task A_lock_of_builds_lets_so_many_run_and_the_others_say_for_whom_they_wait()
    {
        await using var world = await World.Create(With(Holding(World.Builders(("hull", [World.Run("compile")])), "hull", new LockUse { Name = "cpu", Units = 2 }), Lock("cpu", 4)));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null; // runs on
        await worker.Connect(engine);

        var requests = new List<long>();
        for (var i = 0; i < 3; i++)
            requests.AddRange(await world.Request("hull"));

        await world.Eventually(async () => await world.Sql<string?>("SELECT text FROM builder_waits") == "The lock cpu is held by hull #1 and 1 more.", "the reason");
        Assert.Equal("build", await world.Sql<string>("SELECT blocker_kind FROM builder_waits o JOIN builds b ON b.id = o.blocker_id AND b.number = 1"));
        Assert.Equal(4, await world.Sql<long>("SELECT sum(units) FROM lock_claims WHERE held_at IS NOT NULL"));

        worker.Behaviour = _ => ("", Done);
        foreach (var command in worker.Commands.Values)
            await worker.End(command, Done);
        foreach (var request in requests)
            Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM lock_claims"));
    }

    [Fact]
    public async Task A_step_waits_for_its_lock_holding_its_worker_and_goes_on_when_it_is_free()
    {
        await using var world = await World.Create(With(World.Builders(("hull", [World.Run("compile", "compile"), World.Run("check", "check") with { Locks = [new() { Name = "db", Exclusive = true }] }, World.Run("tidy", "tidy")])), Lock("db")));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = spec => ((RunSpec)spec).Arguments[2].Contains("check", StringComparison.Ordinal) ? null : ("", Done);
        await worker.Connect(engine);

        var (first, second) = ((await world.Request("hull"))[0], (await world.Request("hull"))[0]);

        // Each waits for a moment; one goes on waiting while the other runs.
        var holder = await world.Eventually(() => world.Sql<long?>("SELECT s.build_id FROM steps s JOIN commands c ON c.step_id = s.id WHERE s.name = 'check'"), "the step that runs");
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM steps WHERE state_text = 'waits for the lock db' AND build_id <> @holder)", new { holder }), "a step that waits");
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM lock_claims WHERE held_at IS NULL"));
        Assert.Null(await world.Sql<DateTime?>("SELECT locks_acquired_at FROM steps WHERE name = 'check' AND build_id <> @holder", new { holder }));

        worker.Behaviour = _ => ("", Done);
        await worker.End(await Told(world, worker), Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(first));
        Assert.Equal(BuildResult.Success, await world.ResultOf(second));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM lock_claims"));
        Assert.True(await world.Sql<bool>("SELECT locks_acquired_at > started_at FROM steps WHERE name = 'check' AND build_id <> @holder", new { holder }));
        Assert.True(await world.Sql<bool>("SELECT locks_seconds > 0 FROM builds WHERE id <> @holder", new { holder }));
        // The one has it after the other let it go.
        Assert.True(await world.Sql<bool>("SELECT (SELECT locks_acquired_at FROM steps WHERE name = 'check' AND build_id <> @holder) >= (SELECT completed_at FROM steps WHERE name = 'check' AND build_id = @holder)", new { holder }));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task A_run_of_steps_holds_its_lock_from_its_first_to_its_last_whatever_is_skipped()
    {
        var steps = new[] { World.Run("a", "a"), World.Run("b", "b") with { If = "false" }, World.Run("c", "c"), World.Run("d", "d"), World.Run("e", "e") };
        await using var world = await World.Create(With(Holding(World.Builders(("hull", steps)), "hull", new LockUse { Name = "db", From = "b", To = "d" }), Lock("db")));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        var held = new List<string>();
        worker.Behaviour = spec =>
        {
            held.Add(((RunSpec)spec).Arguments[2] + world.Sql<long>("SELECT count(*) FROM lock_claims WHERE held_at IS NOT NULL").GetAwaiter().GetResult());
            return ("", Done);
        };
        await worker.Connect(engine);

        Assert.Equal(BuildResult.Success, await world.ResultOf((await world.Request("hull"))[0]));
        Assert.Equal(["a0", "c1", "d1", "e0"], held);
    }

    [Fact]
    public async Task Whoever_waits_at_a_step_can_be_stopped_and_leaves_the_line()
    {
        await using var world = await World.Create(With(World.Builders(("hull", [World.Run("check") with { Locks = [new() { Name = "db" }] }])), Lock("db")));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        await world.Request("hull");
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM lock_claims WHERE held_at IS NOT NULL)"), "the holder");
        var second = (await world.Request("hull"))[0];
        var build = await world.Eventually(() => world.Sql<long?>("SELECT build_id FROM lock_claims WHERE held_at IS NULL"), "the one who waits");

        await engine.Get<IBuildActions>().Stop(build!.Value, "enough", Ada, TestContext.Current.CancellationToken);

        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(second));
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM lock_claims"));
    }

    [Fact]
    public async Task Whoever_is_told_too_early_that_he_has_his_locks_waits_on()
    {
        await using var world = await World.Create(With(World.Builders(("hull", [World.Run("check") with { Locks = [new() { Name = "db" }] }])), Lock("db")));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var first = (await world.Request("hull"))[0];
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM commands)"), "the holder's command");
        var second = (await world.Request("hull"))[0];
        var build = await world.Eventually(() => world.Sql<long?>("SELECT build_id FROM lock_claims WHERE held_at IS NULL"), "the one who waits");

        // As a pass would that looked at the store before the step asked, when its build held only what it had from a run of steps; or as one who decided that it was its turn, before another one took it.
        var claim = await world.Sql<long>("SELECT id FROM lock_claims WHERE held_at IS NULL");
        var runner = await world.Eventually(() => Task.FromResult(engine.Get<OwnedBuilds>().Find(build!.Value)), "somebody to drive what was just claimed");
        for (var i = 0; i < 3; i++)
        {
            runner.LocksAreThere();
            await Task.Delay(100, TestContext.Current.CancellationToken);
            runner.TakeLocks(claim);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM commands"));
        Assert.Equal("waits for the lock db", await world.Sql<string>("SELECT state_text FROM steps WHERE build_id = @build", new { build }));
        worker.Behaviour = _ => ("", Done);
        await worker.End(await Told(world, worker), Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(first));
        Assert.Equal(BuildResult.Success, await world.ResultOf(second));
    }

    [Fact]
    public async Task Cleaning_up_within_a_run_of_steps_asks_anew_for_what_the_stopped_step_never_had()
    {
        var configuration = World.Builders(("holder", [World.Run("use", "use") with { Locks = [new() { Name = "db" }] }]), ("hull", [World.Run("check", "check"), World.Run("tidy", "tidy") with { AlwaysRun = true }]));
        await using var world = await World.Create(With(Holding(configuration, "hull", new LockUse { Name = "db", From = "check", To = "tidy" }), Lock("db")));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var holder = (await world.Request("holder"))[0];
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM commands)"), "the holder's command");
        var request = (await world.Request("hull"))[0];
        var build = await world.Eventually(() => world.Sql<long?>("SELECT build_id FROM lock_claims WHERE held_at IS NULL"), "the one who waits");

        await engine.Get<IBuildActions>().Stop(build!.Value, "enough", Ada, TestContext.Current.CancellationToken);

        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM steps WHERE name = 'tidy' AND state_text = 'waits for the lock db')"), "the cleaning up to wait as well");
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM commands"));
        Assert.Equal(2, await world.Sql<long>("SELECT count(*) FROM lock_claims"));
        worker.Behaviour = _ => ("", Done);
        await worker.End(await Told(world, worker), Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(holder));
        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(request));
        Assert.Equal(BuildResult.Success, (BuildResult)await world.Sql<short>("SELECT results FROM steps WHERE name = 'tidy'"));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM lock_claims"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_build_holds_or_waits_for_goes_with_it_to_another_engine(bool waits)
    {
        await using var world = await World.Create(With(World.Builders(("hull", [World.Run("check") with { Locks = [new() { Name = "db" }] }, World.Run("tidy")])), Lock("db")));
        var (north, south) = (await world.StartEngine("north"), await world.StartEngine("south"));
        var (a, b) = (await world.AddWorker("a", maxBuilds: 1), await world.AddWorker("b", maxBuilds: 1));
        a.Behaviour = b.Behaviour = _ => null;
        await a.Connect(north);
        var first = (await world.Request("hull"))[0];
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM lock_claims WHERE held_at IS NOT NULL)"), "the holder");
        await b.Connect(north);
        var second = (await world.Request("hull"))[0];
        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM lock_claims WHERE held_at IS NULL)"), "the one who waits");

        await (waits ? b : a).Connect(south);

        a.Behaviour = b.Behaviour = _ => ("", Done);
        await a.End(await Told(world, a), Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(first));
        Assert.Equal(BuildResult.Success, await world.ResultOf(second));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM lock_claims"));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task A_storm_of_builds_never_holds_more_than_there_is()
    {
        var configuration = With(World.Builders(
            ("a", [World.Run("s") with { Locks = [new() { Name = "db", Exclusive = true }] }]),
            ("b", [World.Run("s"), World.Run("t") with { Locks = [new() { Name = "cpu", Units = 2 }, new() { Name = "db" }] }]),
            ("c", [World.Run("s") with { Locks = [new() { Name = "db" }] }])), Lock("db", 2), Lock("cpu", 3));
        configuration = Holding(configuration, "c", new LockUse { Name = "cpu" });
        await using var world = await World.Create(configuration);
        await world.Store.Execute("""
            CREATE FUNCTION watch_locks() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT FROM lock_claims c JOIN locks l ON l.id = c.lock_id WHERE c.held_at IS NOT NULL GROUP BY l.id, l.capacity HAVING sum(c.units) > l.capacity OR (bool_or(c.exclusive) AND count(*) > 1)) THEN
                    RAISE EXCEPTION 'too much of a lock is held';
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER watch_locks AFTER INSERT OR UPDATE ON lock_claims DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION watch_locks();
            """);
        foreach (var name in new[] { "north", "south" })
        {
            var engine = await world.StartEngine(name);
            var worker = await world.AddWorker("w-" + name);
            await worker.Connect(engine);
        }

        var requests = new List<long>();
        for (var i = 0; i < 8; i++)
            requests.AddRange(await world.Request("a", "b", "c"));

        foreach (var request in requests)
            Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.DoesNotContain("too much of a lock", world.Log.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM lock_claims"));
        Assert.Empty(await world.BrokenInvariants());
    }
}
