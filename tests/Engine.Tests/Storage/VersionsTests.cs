using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Storage;
using Weir.Support;

namespace Weir.Engine.Tests.Storage;

/// <summary>E3: the store knows which versions it serves; one that does not fit says so, and what to do.</summary>
public sealed class VersionsTests
{
    private static readonly Version Oldest = new(0, 1, 0);

    private static Schema Of(TestStore store, string version, Version? oldestStore = null) =>
        new(store.Database, store.Clock, NullLogger<Schema>.Instance) { Program = new(Version.Parse(version), oldestStore ?? Oldest) };

    [Fact]
    public async Task A_newer_version_is_remembered_and_an_older_one_goes_on_beside_it()
    {
        await using var store = await TestStore.Create();
        await Of(store, "0.10.0").Migrate(CancellationToken.None);
        await Of(store, "0.9.3").Migrate(CancellationToken.None);
        await Of(store, "0.9.3").MustServeUs(CancellationToken.None);

        Assert.Equal("0.1.0 0.10.0", await store.Scalar<string>("SELECT oldest || ' ' || newest FROM store_versions"));
    }

    [Fact]
    public async Task Once_something_was_taken_away_older_versions_are_refused_with_words()
    {
        await using var store = await TestStore.Create();
        await Of(store, "0.10.0").Migrate(CancellationToken.None);
        await store.Database.Write(unit => Schema.RaiseOldest(unit, new(0, 9, 0)), CancellationToken.None);
        await store.Database.Write(unit => Schema.RaiseOldest(unit, new(0, 2, 0)), CancellationToken.None); // never lower

        await Of(store, "0.9.0").Migrate(CancellationToken.None);
        foreach (var start in new Func<Schema, Task>[] { s => s.Migrate(CancellationToken.None), s => s.MustServeUs(CancellationToken.None), s => s.Contract(CancellationToken.None) })
        {
            var refusal = await Assert.ThrowsAsync<SchemaException>(() => start(Of(store, "0.8.7")));
            Assert.Equal("This is Weir 0.8.7, and the store serves 0.9.0 and newer (it was brought up by 0.10.0, and what older versions need was taken away). Install Weir 0.10.0 here, or restore the store from before.", refusal.Message);
        }
    }

    [Fact]
    public async Task A_version_that_no_longer_knows_the_way_from_so_old_a_store_says_which_comes_between()
    {
        await using var store = await TestStore.Create();
        await Of(store, "0.2.0").Migrate(CancellationToken.None);

        var refusal = await Assert.ThrowsAsync<SchemaException>(() => Of(store, "3.0.0", oldestStore: new(1, 4, 0)).Migrate(CancellationToken.None));

        Assert.Equal("This is Weir 3.0.0, which brings up stores of 1.4.0 and newer; this one was last brought up by 0.2.0. Start an engine of 1.4.0 once (or run its `App.Server db migrate`), then this version.", refusal.Message);
        Assert.Equal("0.2.0", await store.Scalar<string>("SELECT newest FROM store_versions"));
    }

    [Fact]
    public void A_step_that_takes_away_says_which_version_does_without()
    {
        Assert.Equal(new Version(0, 2, 0), Schema.OldestOf("less", "-- oldest: 0.2.0\nALTER TABLE builds DROP COLUMN old;"));
        Assert.Throws<InvalidOperationException>(() => Schema.OldestOf("less", "ALTER TABLE builds DROP COLUMN old;"));
    }
}
