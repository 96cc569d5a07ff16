using Weir.Engine.Builds;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Storage;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Locks that go to the next of their line in the transaction that frees them, on real rows.</summary>
public sealed class LockRelayTests
{
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private const string Line = """
        weir: 1
        workers: { w1: { maxBuilds: 9 } }
        locks: { db: {} }
        builders:
          first: { steps: [ { run: first, locks: [db] } ] }
          second: { steps: [ { run: second, locks: [db] } ] }
          third: { steps: [ { run: third, locks: [db] } ] }
        """;

    private sealed class Site(World world, World.Engine engine, FakeWorker worker) : IAsyncDisposable
    {
        public World World => world;
        public World.Engine Engine => engine;
        public FakeWorker Worker => worker;
        public LockRelay Relay => engine.Get<LockRelay>();

        public static async Task<Site> Create(string text)
        {
            var (model, problems) = ConfigurationReader.Read(Samples.Part(text));
            Assert.Empty(problems);
            var world = await World.Create(model!);
            var engine = await world.StartEngine();
            var worker = await world.AddWorker(maxBuilds: 9);
            worker.Behaviour = _ => null;
            await worker.Connect(engine);
            return new(world, engine, worker);
        }

        public async Task<(long Request, FakeWorker.FakeCommand Command)> Running(string builder)
        {
            var request = (await world.Request(builder))[0];
            return (request, await worker.Running(c => !c.Ended));
        }

        /// <summary>A build whose step waits behind another, as this engine knows.</summary>
        public async Task<long> Behind(long first, string builder)
        {
            var request = (await world.Request(builder))[0];
            var build = await world.Eventually(() => world.Sql<long>("SELECT coalesce(max(c.build_id), 0) FROM lock_claims c JOIN builds b ON b.id = c.build_id WHERE b.request_id = @request AND c.held_at IS NULL", new { request }), $"{builder} in the line");
            await world.Eventually(() => Task.FromResult(Knows(first)), $"the engine's knowledge of {builder}");
            return build;
        }

        private bool Knows(long first)
        {
            if (Relay.Next(first) is not var (step, _))
                return false;
            Relay.LetGo(step);
            return true;
        }

        public Task<long> Build(long request) => world.Sql<long>("SELECT id FROM builds WHERE request_id = @request", new { request });

        public ValueTask DisposeAsync() => world.DisposeAsync();
    }

    [Fact]
    public async Task The_next_of_the_line_goes_on_in_the_transaction_that_ends_the_one_before()
    {
        await using var site = await Site.Create(Line);
        var (request, command) = await site.Running("first");
        var first = await site.Build(request);
        var second = await site.Behind(first, "second");

        await site.Worker.End(command, Done);

        Assert.Equal(BuildResult.Success, await site.World.ResultOf(request));
        var (ended, taken, begun) = (await site.World.Rows<(string, string, string)>("""
            SELECT b.xmin::text, c.xmin::text, l.xmin::text FROM builds b, lock_claims c, logs l WHERE b.id = @first AND c.build_id = @second AND c.held_at IS NOT NULL AND l.build_id = @second
            """, new { first, second }))[0];
        Assert.Equal((ended, ended), (taken, begun));
        await site.Worker.End(await site.Worker.Running(c => !c.Ended), Done);
        Assert.Empty(await site.World.BrokenInvariants());
    }

    [Fact]
    public async Task The_next_of_the_line_goes_on_when_a_step_of_a_build_that_goes_on_frees_the_lock()
    {
        await using var site = await Site.Create("""
            weir: 1
            workers: { w1: { maxBuilds: 9 } }
            locks: { db: {}, tape: {} }
            builders:
              first: { locks: [tape], steps: [ { run: first, locks: [db] }, { run: after } ] }
              second: { steps: [ { run: second, locks: [db] } ] }
              third: { steps: [ { run: third, locks: [tape] } ] }
            """);
        var (request, command) = await site.Running("first");
        var first = await site.Build(request);
        var second = await site.Behind(first, "second");

        await site.Worker.End(command, Done);

        var running = await site.World.Eventually(async () => site.Worker.Commands.Values.Where(c => !c.Ended).ToArray() is { Length: 2 } both ? both : null, "the steps after it");
        Assert.Equal(["after", "second"], running.Select(c => ((RunSpec)c.Spec).Arguments[^1]).Order());
        Assert.Equal(2, await site.World.Sql<int>("SELECT count(DISTINCT build_id)::int FROM lock_claims WHERE build_id IN (@first, @second) AND held_at IS NOT NULL", new { first, second }));
        foreach (var one in running)
            await site.Worker.End(one, Done);
        Assert.Equal(BuildResult.Success, await site.World.ResultOf(request));
        Assert.Empty(await site.World.BrokenInvariants());
    }

    [Fact]
    public async Task Nobody_is_taken_along_who_belongs_to_another_engine_by_now()
    {
        await using var site = await Site.Create(Line);
        var (request, command) = await site.Running("first");
        var first = await site.Build(request);
        var second = await site.Behind(first, "second");
        await site.World.Sql<long>("UPDATE build_owners SET epoch = epoch + 1 WHERE build_id = @second RETURNING build_id", new { second });

        await site.Worker.End(command, Done);

        Assert.Equal(BuildResult.Success, await site.World.ResultOf(request));
        Assert.Equal((0, 0), (await site.World.Rows<(int, int)>("SELECT (SELECT count(*)::int FROM lock_claims WHERE held_at IS NOT NULL), (SELECT count(*)::int FROM commands)"))[0]);
    }

    [Fact]
    public async Task Whoever_is_stopped_while_he_waits_leaves_the_lock_to_the_one_behind_him()
    {
        await using var site = await Site.Create(Line);
        var (request, command) = await site.Running("first");
        var first = await site.Build(request);
        var second = await site.Behind(first, "second");
        await site.Behind(first, "third");

        // Both at once: whatever comes first, everybody ends, and no command runs beside another.
        var stopping = site.Engine.Get<OwnedBuilds>().Find(second)!.Stop(new("admin", "not needed"));
        await site.Worker.End(command, Done);
        await stopping;

        await site.World.Eventually(async () =>
        {
            foreach (var one in site.Worker.Commands.Values.Where(c => !c.Ended))
                await site.Worker.End(one, Done);
            return await site.World.Sql<bool>("SELECT NOT EXISTS (SELECT FROM builds WHERE completed_at IS NULL)");
        }, "the ends of all");
        Assert.Equal([(short)BuildResult.Success, (short)BuildResult.Cancelled, (short)BuildResult.Success], await site.World.Rows<short>("SELECT results FROM builds ORDER BY id"));
        Assert.Empty(await site.World.BrokenInvariants());
    }

    [Fact]
    public async Task When_nobody_knows_whether_it_was_taken_along_its_runner_reads_the_store()
    {
        await using var site = await Site.Create(Line);
        var (request, command) = await site.Running("first");
        var first = await site.Build(request);
        var second = await site.Behind(first, "second");
        StandingStep? step = null;
        await site.World.Eventually(() => Task.FromResult((step = site.Relay.Next(first)?.Step) is not null), "the step, which its own runner holds for a moment");
        Assert.Equal(second, step!.Build.BuildId);

        site.Relay.LetGo(step, new TimeoutException("cut"));

        await site.World.Eventually(() => site.World.Sql<bool>("SELECT epoch = 2 FROM build_owners WHERE build_id = @second", new { second }), "the runner's next epoch");
        await site.Worker.End(command, Done);
        Assert.Equal(BuildResult.Success, await site.World.ResultOf(request));
        await site.Worker.End(await site.Worker.Running(), Done);
        Assert.Equal(BuildResult.Success, await site.World.ResultOf(await site.World.Sql<long>("SELECT request_id FROM builds WHERE id = @second", new { second })));
        Assert.Empty(await site.World.BrokenInvariants());
    }

    // The connection is cut in the transaction that ends the one and lets the other go on, again and again.
    [Fact]
    public async Task When_the_store_refuses_that_transaction_nothing_has_happened_to_either()
    {
        await using var site = await Site.Create(Line);
        var (request, command) = await site.Running("first");
        var first = await site.Build(request);
        var second = await site.Behind(first, "second");
        await site.World.Store.Execute("""
            CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER cut AFTER UPDATE OF completed_at ON builds DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut();
            """);

        await site.Worker.End(command, Done);
        await site.World.Eventually(() => Task.FromResult(site.World.Log.ToString()!.Contains("waits for the store", StringComparison.Ordinal)), "the word of whoever was refused");
        Assert.Equal(first, await site.World.Sql<long>("SELECT build_id FROM lock_claims WHERE held_at IS NOT NULL"));
        await site.World.Store.Execute("DROP TRIGGER cut ON builds");

        Assert.Equal(BuildResult.Success, await site.World.ResultOf(request));
        await site.Worker.End(await site.Worker.Running(), Done);
        Assert.Equal(BuildResult.Success, await site.World.ResultOf(await site.World.Sql<long>("SELECT request_id FROM builds WHERE id = @second", new { second })));
        Assert.All(site.Worker.Starts.Values, times => Assert.Equal(1, times));
        Assert.Empty(await site.World.BrokenInvariants());
    }

    [Fact]
    public async Task Nobody_fails_for_what_the_store_refuses_of_the_one_behind_him()
    {
        await using var site = await Site.Create(Line);
        var (request, command) = await site.Running("first");
        var first = await site.Build(request);
        var second = await site.Behind(first, "second");
        await site.Behind(first, "third");
        await site.World.Store.Execute(FormattableString.Invariant($"ALTER TABLE commands ADD CONSTRAINT poison CHECK (build_id <> {second})"));

        await site.Worker.End(command, Done);

        Assert.Equal(BuildResult.Success, await site.World.ResultOf(request));
        var third = await site.Worker.Running(c => c != command);
        Assert.Equal("third", ((RunSpec)third.Spec).Arguments[^1]);
        await site.Worker.End(third, Done);
        await site.World.Eventually(() => site.World.Sql<bool>("SELECT NOT EXISTS (SELECT FROM builds WHERE completed_at IS NULL)"), "the ends of all");
        Assert.Equal([(short)BuildResult.Success, (short)BuildResult.Exception, (short)BuildResult.Success], await site.World.Rows<short>("SELECT results FROM builds ORDER BY id"));
        Assert.Empty(await site.World.BrokenInvariants());
    }

    [Fact]
    public async Task A_step_that_is_held_by_one_is_moved_by_nobody_else()
    {
        var step = new StandingStep(null!, null!, null!, () => { });
        Assert.True(step.TryHold());
        Assert.False(step.TryHold());
        var waiting = step.Hold();
        Assert.False(waiting.IsCompleted);

        step.LetGo();
        await waiting;
        Assert.False(step.TryHold());

        step.LetGo(new TimeoutException("cut"));
        Assert.IsType<TimeoutException>((await Assert.ThrowsAsync<CommitUnknownException>(step.Hold)).InnerException);
    }
}
