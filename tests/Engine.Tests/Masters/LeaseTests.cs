using Weir.Engine.Masters;
using Weir.Support;

namespace Weir.Engine.Tests.Masters;

/// <summary>What one master does at a time goes to another when that one lives no more, and never before.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_lease_of_a_dead_master_is_taken_before_it_is_over_and_the_dead_one_finds_that_when_it_wakes_up()
    {
        await using var store = await TestStore.Create();
        var (north, south) = (await Master(store, "north"), await Master(store, "south"));
        var lease = await north.Take("part team", Long, CancellationToken.None);
        Assert.NotNull(lease);
        Assert.Null(await south.Take("part team", Long, CancellationToken.None));

        await store.Execute("UPDATE masters SET heartbeat_at = weir_now() - interval '11 seconds' WHERE name = 'north'");

        Assert.NotNull(await south.Take("part team", Long, CancellationToken.None));
        Assert.False(await store.Database.Write(unit => Leases.StillStands(unit, lease), CancellationToken.None));
        Assert.Null(await north.Take("part team", Long, CancellationToken.None));
    }

    private static async Task<Leases> Master(TestStore store, string name)
    {
        var self = new Self();
        self.Register(await store.Scalar<long>($"INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at) VALUES ('{name}', '{{}}', '', 'Active', weir_now(), weir_now()) RETURNING id"), 1);
        return new(store.Database, self, new() { Name = name, DataDirectory = "", CacheDirectory = "" });
    }
}
