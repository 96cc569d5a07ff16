using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Masters;
using Weir.Engine.Retention;
using Weir.Support;

namespace Weir.Engine.Tests.Retention;

public sealed class PruningTests
{
    [Theory]
    [InlineData("log_chunks_20260105", true)]
    [InlineData("log_chunks_20260106", false)]
    [InlineData("events_20251228", true)]
    [InlineData("events_20251229", false)]
    [InlineData("raw_hooks_20251205", true)]
    [InlineData("audit_20200101", false)]
    [InlineData("log_chunks_soon", false)]
    public void A_partition_goes_when_its_day_has_come(string partition, bool due) => Assert.Equal(due, Pruning.IsDue(partition, new DateOnly(2026, 1, 5)));

    [Fact]
    public async Task Logs_whose_time_has_come_are_dropped_and_the_others_stay()
    {
        await using var store = await TestStore.Create();
        var today = DateOnly.FromDateTime(store.Clock.GetUtcNow().UtcDateTime);
        var soon = await store.Partitions.EnsureExpiry(today.AddDays(1), CancellationToken.None);
        var later = await store.Partitions.EnsureExpiry(today.AddDays(60), CancellationToken.None);
        foreach (var (day, log) in new[] { (soon, 1), (later, 2) })
            await store.Execute(FormattableString.Invariant($"INSERT INTO log_chunks VALUES ('{day:yyyy-MM-dd}', {log}, 0, 0, 1, 0, 1, 0, '')"));
        using var pruning = new Pruning(store.Database, new Leases(store.Database, new Self(), new() { Name = "one", DataDirectory = "", CacheDirectory = "" }), store.Wakeups, store.Clock, NullLogger<Pruning>.Instance);

        Assert.Equal(0, await pruning.Prune(CancellationToken.None));
        await store.MoveClock(TimeSpan.FromDays(8));
        await pruning.Prune(CancellationToken.None);

        Assert.Equal(2, await store.Scalar<long>("SELECT min(log_id) FROM log_chunks"));
        Assert.Equal(1, await store.Scalar<long>("SELECT count(*) FROM log_chunks"));
    }
}
