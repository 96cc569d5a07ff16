using Weir.Engine.Storage;
using Weir.Support;

namespace Weir.Engine.Tests.Storage;

public sealed class SnapshotsTests
{
    [Fact]
    public async Task All_statements_of_a_snapshot_see_the_same_moment()
    {
        const string Open = "SELECT count(*) FROM builds WHERE completed_at IS NULL";
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision(), results: null);

        var (before, after) = await store.Database.Snapshot(async snapshot =>
        {
            var first = await snapshot.QuerySingle<long>(Open, null);
            await store.Execute("UPDATE builds SET completed_at = weir_now(), results = 0");
            return (first, await snapshot.QuerySingle<long>(Open, null));
        }, TestContext.Current.CancellationToken);

        Assert.Equal((1, 1), (before, after));
        Assert.Equal(0, await store.Scalar<long>(Open));
    }
}
