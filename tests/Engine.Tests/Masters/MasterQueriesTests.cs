using Weir.Engine.Masters;
using Weir.Shared.Masters;
using Weir.Support;

namespace Weir.Engine.Tests.Masters;

public sealed class MasterQueriesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_master_shows_its_state_and_its_load()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var id = await rows.Master("north", roles: ["engine"], addresses: ["http://north:1"], host: "box");
        await rows.Master("draining", "Draining");
        await rows.Master("silent", heartbeat: rows.At(0));
        await rows.Master("stopped", "Stopped", rows.At(0));
        var (revision, builder, worker) = (await rows.Revision(), await rows.Builder(), await rows.Worker());
        await rows.Session(worker, id);
        await rows.Session(await rows.Worker(), id, ended: rows.At(1));
        await rows.Session(await rows.Worker(), id, heartbeat: rows.At(1));
        await rows.Build(builder, worker, id, revision, results: null);
        await rows.Build(builder, worker, id, revision);
        var queries = new MasterQueries(store.Database);

        var masters = await queries.List(Now);

        Assert.Equal(["draining", "north", "silent", "stopped"], masters.Select(m => m.Name));
        Assert.Equal([MasterState.Draining, MasterState.Active, MasterState.Dead, MasterState.Stopped], masters.Select(m => m.State));
        var north = (await queries.Find(id, Now))!;
        Assert.Equal((id, "north", "1.2.3", "box", 1, 1, rows.Start), (north.Id, north.Name, north.Version, north.Host, north.OwnedBuilds, north.Workers, north.StartedAt));
        Assert.Equal(["engine"], north.Roles);
        Assert.Equal(["http://north:1"], north.Addresses);
        Assert.InRange(north.HeartbeatAt, rows.Start, rows.At(7200));
        Assert.Null(await queries.Find(id + 100, Now));

        await store.MoveClock(TimeSpan.FromSeconds(31));

        Assert.Equal([MasterState.Dead, MasterState.Dead, MasterState.Dead, MasterState.Stopped], (await queries.List(Now)).Select(m => m.State));
    }

    [Fact]
    public async Task A_master_that_falls_silent_is_told_of_once()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var silent = await rows.Master("silent", heartbeat: rows.At(0));
        await rows.Master("stopped", "Stopped", rows.At(0));
        await rows.Master("alive");
        await store.Execute("DELETE FROM event_outbox");

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => MasterRoster.TellOfSilent(store.Database, Now)));

        Assert.Equal([silent], await store.Database.Query<long>("SELECT master_id FROM event_outbox WHERE kind = 'MasterChanged'", null, Now));
        Assert.Equal(MasterState.Dead, (await new MasterQueries(store.Database).Find(silent, Now))!.State);
    }
}
