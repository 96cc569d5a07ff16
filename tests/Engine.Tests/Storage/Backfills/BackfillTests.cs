using Dapper;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Backfills;
using Weir.Support;

namespace Weir.Engine.Tests.Storage.Backfills;

/// <summary>E3: work on old rows goes on in batches, is taken up where it was left, and says when it stands.</summary>
public sealed class BackfillTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    /// <summary>Counts to ten in steps of three, and notes each number once.</summary>
    private sealed class Counting(int? fails = null) : IBackfill
    {
        public string Name => "counting";

        public async Task<BackfillStep> Next(StoreTransaction unit, string? place)
        {
            var from = int.Parse(place ?? "0", System.Globalization.CultureInfo.InvariantCulture);
            var to = Math.Min(from + 3, 10);
            await unit.Execute("INSERT INTO counted SELECT generate_series(@from + 1, @to)", new { from, to });
            return from == fails ? throw new InvalidOperationException("a row that nobody expected") : new(FormattableString.Invariant($"{to}"), to - from, to == 10);
        }
    }

    [Fact]
    public async Task Each_batch_is_whole_and_the_next_run_begins_behind_it()
    {
        await using var store = await TestStore.Create();
        await store.Execute("CREATE TABLE counted (n integer PRIMARY KEY)");
        await BackfillRun.Announce(store.Database, ["counting"], Never);
        await BackfillRun.Announce(store.Database, ["counting"], Never);

        Assert.True(await BackfillRun.Step(store.Database, new Counting(), Never));
        await Assert.ThrowsAsync<InvalidOperationException>(() => BackfillRun.Step(store.Database, new Counting(fails: 3), Never));
        await BackfillRun.Complain(store.Database, "counting", "a row that nobody expected", Never);
        Assert.Equal("3 3 a row that nobody expected", await store.Scalar<string>("SELECT place || ' ' || (SELECT count(*) FROM counted) || ' ' || last_error FROM backfills"));
        Assert.Equal(["counting: a row that nobody expected"], (await new StoreCheck(store.Database).Run(Never)).Single(r => r.Name == "No back-fill stands still.").Examples);

        while (await BackfillRun.Step(store.Database, new Counting(), Never))
        {
        }
        Assert.False(await BackfillRun.Step(store.Database, new Counting(), Never));
        Assert.Equal(10, await store.Scalar<long>("SELECT count(*) FROM counted"));
        var status = Assert.Single((await new StoreStatusQueries(store.Database).Read(Never)).Backfills);
        Assert.Equal(("counting", 10, null, true), (status.Name, status.Rows, status.Error, status.DoneAt is not null));
    }

    [Fact]
    public async Task Of_two_engines_one_is_at_it()
    {
        await using var store = await TestStore.Create();
        await store.Execute("CREATE TABLE counted (n integer PRIMARY KEY)");
        await BackfillRun.Announce(store.Database, ["counting"], Never);
        await using (var other = await store.Database.Open(Never))
        await using (var its = await other.BeginTransactionAsync(Never))
        {
            await other.ExecuteAsync("SELECT FROM backfills WHERE name = 'counting' FOR UPDATE", transaction: its);
            Assert.False(await BackfillRun.Step(store.Database, new Counting(), Never));
        }
        Assert.Equal(0, await store.Scalar<long>("SELECT count(*) FROM counted"));
    }
}
