using Weir.Engine.Workers;
using Weir.Shared.Workers;
using Weir.Support;

namespace Weir.Engine.Tests.Workers;

public sealed class WorkerQueriesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_shows_its_session_what_it_runs_and_for_whom()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision) = (await rows.Master("north"), await rows.Revision());
        var id = await rows.Worker("attic", ["linux", "x64"], maxBuilds: 2, info: """{"os": "Debian"}""");
        await rows.Session(id, master, session: 7);
        var later = await rows.Builder("by-tags", position: 2, workerTags: ["x64", "linux"]);
        await rows.Builder("by-name", position: 1, workerNames: ["att*"]);
        await rows.Builder("for-others", workerNames: ["attica"], workerTags: ["linux", "arm"]);
        await rows.Builder("gone", retired: true);
        await rows.Build(later, id, master, revision);
        var running = await rows.Build(later, id, master, revision, results: null);
        await rows.Build(later, await rows.Worker("other"), master, revision, results: null);
        var queries = new WorkerQueries(store.Database);

        var worker = (await queries.Find("attic", Now))!;

        Assert.Equal((id, "attic", WorkerState.Available, null), (worker.Id, worker.Name, worker.State, worker.StateReason));
        Assert.Equal(("north", master, 7, 2, true, null), (worker.MasterName, worker.MasterId!.Value, worker.Session, worker.MaxBuilds, worker.Configured, worker.RetiredAt));
        Assert.Equal(rows.Start, worker.ConnectedAt);
        Assert.InRange(worker.LastSeenAt!.Value, rows.Start, rows.At(7200));
        Assert.Equal(["linux", "x64"], worker.Tags);
        Assert.Equal("""{"os": "Debian"}""", worker.Info);
        Assert.Equal([running], worker.Running.Select(b => b.Id));
        Assert.Equal(["by-name", "by-tags"], worker.Builders);
        Assert.Equal("attic", (await queries.Find(id, Now))!.Name);
        Assert.Null(await queries.Find("nobody", Now));
        Assert.Null(await queries.Find(id + 100, Now));
        Assert.Equal(1, await StoreCalls.Of(() => queries.List(Now)));
    }

    [Fact]
    public async Task A_workers_state_follows_from_its_session_and_its_pause()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var master = await rows.Master();
        await rows.Builder("any");
        await rows.Session(await rows.Worker("a-well"), master);
        await rows.Worker("b-never");
        await rows.Session(await rows.Worker("c-left"), master, heartbeat: rows.At(10), ended: rows.At(11));
        await rows.Session(await rows.Worker("d-silent"), master, heartbeat: rows.At(20));
        await rows.Session(await rows.Worker("e-paused", pausedBy: "ada", pauseReason: "new disk"), master);
        await rows.Worker("f-both", pausedBy: "ada");
        await rows.Worker("a-retired", retired: true);
        await rows.Session(await rows.Worker("g-stranger", configured: false), master);
        var queries = new WorkerQueries(store.Database);

        var workers = await queries.List(Now);

        Assert.Equal(["a-well", "b-never", "c-left", "d-silent", "e-paused", "f-both", "g-stranger", "a-retired"], workers.Select(w => w.Name));
        Assert.Equal(
            [WorkerState.Available, WorkerState.Missing, WorkerState.Missing, WorkerState.Missing, WorkerState.Paused, WorkerState.Missing, WorkerState.Available, WorkerState.Missing], workers.Select(w => w.State));
        Assert.Equal(
            [null, "It has never connected.", "Its connection ended.", "Its connection has fallen silent.", "Paused by ada: new disk", "It has never connected. Paused by ada.", null, "It has never connected."],
            workers.Select(w => w.StateReason));
        Assert.Equal((null, null, rows.At(10), null), (workers[2].MasterName, workers[2].MasterId, workers[2].LastSeenAt, workers[2].ConnectedAt));
        Assert.Equal([1, 1, 1, 1, 1, 1, 0, 0], workers.Select(w => w.Builders.Count));

        await store.MoveClock(TimeSpan.FromSeconds(31));

        Assert.All(await queries.List(Now), w => Assert.Equal(WorkerState.Missing, w.State));
    }
}
