using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Storage;
using Weir.Shared.Events;
using Weir.Support;

namespace Weir.Engine.Tests.Storage;

public sealed class SchemaTests
{
    [Fact]
    public async Task Several_masters_may_migrate_an_empty_store_at_once()
    {
        await using var store = await TestStore.Create();
        await store.Execute($"DROP SCHEMA \"{store.Options.Schema}\" CASCADE");

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance).Migrate(CancellationToken.None)));

        Assert.True(await store.Scalar<long>("SELECT count(*) FROM schema_migrations") >= 1);
    }

    [Fact]
    public async Task An_edited_step_is_refused()
    {
        await using var store = await TestStore.Create();
        await store.Execute("UPDATE schema_migrations SET checksum = 'other' WHERE number = 1");

        await Assert.ThrowsAsync<SchemaException>(() => new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance).Migrate(CancellationToken.None));
    }

    [Fact]
    public async Task A_step_of_a_newer_program_is_refused_and_one_that_is_missing_in_between_does_not_fit()
    {
        await using var store = await TestStore.Create();
        var schema = new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance);
        Assert.True(await schema.Fits(CancellationToken.None));

        await store.Execute("INSERT INTO schema_migrations (number, name, checksum) VALUES (9999, 'x', 'x'); UPDATE schema_migrations SET number = 0 WHERE number = 1");

        Assert.False(await schema.Fits(CancellationToken.None));
        Assert.Contains("newer version", (await Assert.ThrowsAsync<SchemaException>(() => schema.Migrate(CancellationToken.None))).Message);
    }

    [Fact]
    public async Task Events_are_numbered_after_their_commit_without_one_appearing_below_a_number_that_was_read()
    {
        await using var store = await TestStore.Create();
        using var numbering = new EventNumbering(store.Database, store.Wakeups, store.Clock, NullLogger<EventNumbering>.Instance);
        await store.Database.Write(async late =>
        {
            await late.Execute("INSERT INTO event_outbox (kind) VALUES ('ChangeAdded')");
            await store.Database.Write(early => { early.Add(new WeirEvent { Kind = EventKind.BuildStarted, BuildId = 7 }); return Task.CompletedTask; }, CancellationToken.None);
            Assert.Equal(1, await numbering.RunOnce(CancellationToken.None));
        }, CancellationToken.None);
        Assert.Equal(1, await numbering.RunOnce(CancellationToken.None));

        using var feed = new EventFeed(store.Database, store.Wakeups);
        var events = await feed.After(0, 10, CancellationToken.None);

        Assert.Equal([(1, EventKind.BuildStarted), (2, EventKind.ChangeAdded)], events.Select(e => ((int)e.Number, e.Kind)));
        Assert.Equal(7, events[0].BuildId);
        Assert.Equal(2, await feed.Latest(CancellationToken.None));
    }
}
