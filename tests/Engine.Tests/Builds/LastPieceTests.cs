using Weir.Engine.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>The last piece of a command, which is stored with what follows from it.</summary>
public sealed class LastPieceTests
{
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private static async Task<(World World, FakeWorker Worker, long Request, FakeWorker.FakeCommand Command)> Running()
    {
        var world = await World.Create(World.Builders(("b", [World.Run("one"), World.Run("two")])));
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        return (world, worker, (await world.Request("b"))[0], await worker.Running());
    }

    [Fact]
    public async Task It_is_stored_with_the_end_of_its_step_and_the_next_one_and_its_worker_need_not_keep_it()
    {
        var (world, worker, request, command) = await Running();
        await using var _ = world;

        await worker.Print(command, "the last words", ship: false);
        await worker.End(command, Done);

        var next = await worker.Running(c => c != command);
        var (piece, ended, begun) = (await world.Rows<(string, string, string)>("""
            SELECT was.xmin::text, one.xmin::text, next.xmin::text FROM steps one, steps next, commands was WHERE one.number = 0 AND was.id = @id AND was.ended IS NOT NULL AND next.number = 1
            """, new { command.Id }))[0];
        Assert.Equal((ended, ended), (piece, begun));
        Assert.Equal(1, await world.Sql<int>("SELECT count(*)::int FROM log_chunks k JOIN logs l ON l.id = k.log_id JOIN steps s ON s.id = l.step_id WHERE s.number = 0"));
        await world.Eventually(() => Task.FromResult(!worker.Commands.ContainsKey(command.Id)), "the acknowledgement of all");
        await worker.End(next, Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task It_is_asked_for_again_when_the_store_did_not_take_it()
    {
        var (world, worker, request, command) = await Running();
        await using var _ = world;
        await world.Store.Execute("""
            CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER cut AFTER UPDATE OF completed_at ON steps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut();
            """);

        await worker.Print(command, "the last words", ship: false);
        await worker.End(command, Done);
        await world.Eventually(() => Task.FromResult(world.Log.ToString()!.Contains("waits for the store", StringComparison.Ordinal)), "the word of whoever was refused");
        await world.Store.Execute("DROP TRIGGER cut ON steps");

        await worker.End(await worker.Running(c => c != command), Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(1, await world.Sql<int>("SELECT count(*)::int FROM log_chunks k JOIN logs l ON l.id = k.log_id JOIN steps s ON s.id = l.step_id WHERE s.number = 0"));
        Assert.All(worker.Starts.Values, times => Assert.Equal(1, times));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task What_was_ended_by_somebody_else_meanwhile_stays_as_it_is()
    {
        var (world, worker, request, command) = await Running();
        await using var _ = world;
        await world.Eventually(() => world.Sql<bool>("SELECT applied > 0 FROM commands"), "its first frame in the store");
        await world.Store.Execute("UPDATE commands SET ended = '" + ConfigurationJson.Write(new EndedFrame { Kind = EndKind.Exited, ExitCode = 7 }) + "'");

        await worker.End(command, Done);

        Assert.Equal(BuildResult.Failure, await world.ResultOf(request));
        await world.Eventually(() => Task.FromResult(!worker.Commands.ContainsKey(command.Id)), "the acknowledgement of all");
        Assert.Empty(await world.BrokenInvariants());
    }

    // Whatever the store will not take is found piece by piece, and costs its own command alone.
    [Fact]
    public async Task What_the_store_will_never_take_is_a_fate_that_is_not_known()
    {
        var (world, worker, request, command) = await Running();
        await using var _ = world;
        await world.Store.Execute("ALTER TABLE log_chunks ADD CONSTRAINT poison CHECK (line_count < 3)");

        await worker.Print(command, "1\n2\n3\n4", ship: false);
        await worker.End(command, Done);

        await world.Eventually(() => world.Sql<bool>("SELECT EXISTS (SELECT FROM builds WHERE request_id = @request AND results = @retry)", new { request, retry = (short)BuildResult.Retry }), "the end of an attempt whose fate is not known");
        await world.Store.Execute("ALTER TABLE log_chunks DROP CONSTRAINT poison");
        await worker.End(await worker.Running(c => c != command), Done);
        await worker.End(await worker.Running(c => c != command), Done);
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Empty(await world.BrokenInvariants());
    }
}
