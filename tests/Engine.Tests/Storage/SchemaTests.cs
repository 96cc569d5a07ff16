using Dapper;
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
    public async Task Beside_what_a_newer_version_added_this_one_goes_on_but_not_without_what_it_took_away()
    {
        await using var store = await TestStore.Create();
        var schema = new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance);

        await store.Execute("INSERT INTO schema_migrations (number, name, checksum) VALUES (9998, 'more', 'x')");
        await schema.Migrate(CancellationToken.None);
        Assert.True(await schema.Fits(CancellationToken.None));

        await store.Execute("INSERT INTO schema_migrations (number, name, checksum, contracts) VALUES (9999, 'less', 'x', true)");
        Assert.Equal("The store's schema step 9999 (less) has taken away what this version of Weir may need: it serves newer versions only.", (await Assert.ThrowsAsync<SchemaException>(() => schema.Migrate(CancellationToken.None))).Message);
    }

    [Fact]
    public async Task A_step_that_is_missing_in_between_does_not_fit()
    {
        await using var store = await TestStore.Create();
        await store.Execute("DELETE FROM schema_migrations WHERE number = 5");

        Assert.False(await new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance).Fits(CancellationToken.None));
    }

    [Fact]
    public async Task A_step_gives_way_to_a_transaction_that_uses_its_table_and_comes_back()
    {
        await using var store = await TestStore.Create();
        await store.Execute("ALTER TABLE masters DROP COLUMN retired_at, DROP COLUMN drain_requested_at, DROP COLUMN drain_by, DROP COLUMN drain_reason, DROP COLUMN drain_quick, DROP COLUMN drain_deadline, DROP COLUMN identity; DELETE FROM schema_migrations WHERE number = 9");
        await using var busy = await store.Database.Open(CancellationToken.None);
        await using var transaction = await busy.BeginTransactionAsync();
        await using (var reading = new Npgsql.NpgsqlCommand("SET LOCAL idle_in_transaction_session_timeout = 0; SELECT count(*) FROM masters", busy))
            await reading.ExecuteNonQueryAsync();

        var migrating = new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance).Migrate(CancellationToken.None);
        await Task.Delay(2500);
        Assert.False(migrating.IsCompleted);
        // Whoever comes behind the step is not held up for longer than it waits.
        await store.Scalar<long>("SELECT count(*) FROM masters");
        await transaction.CommitAsync();

        await migrating;
        Assert.Equal(1, await store.Scalar<long>("SELECT count(*) FROM schema_migrations WHERE number = 9"));
    }

    [Fact]
    public async Task Nothing_is_taken_away_beside_a_master_of_another_version()
    {
        await using var store = await TestStore.Create();
        Assert.Empty(await new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance).Contract(CancellationToken.None));
        await store.Execute("INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at) VALUES ('old', '{engine}', '0.0.9', 'Active', weir_now(), weir_now())");

        var refusal = await Assert.ThrowsAsync<SchemaException>(() => store.Database.Write(Schema.RefuseBesideOthers, CancellationToken.None));

        Assert.Contains("old (0.0.9)", refusal.Message);
        await store.Execute("UPDATE masters SET state = 'Stopped'");
        await store.Database.Write(Schema.RefuseBesideOthers, CancellationToken.None);
    }

    [Fact]
    public async Task Events_are_numbered_after_their_commit_without_one_appearing_below_a_number_that_was_read()
    {
        await using var store = await TestStore.Create();
        using var numbering = new EventNumbering(store.Database, store.Wakeups, store.Clock, NullLogger<EventNumbering>.Instance);
        await using (var other = await store.Database.Open(CancellationToken.None))
        await using (var late = await other.BeginTransactionAsync(CancellationToken.None))
        {
            await other.ExecuteAsync("INSERT INTO event_outbox (kind) VALUES ('ChangeAdded')", transaction: late);
            await store.Database.Write(early => { early.Add(new WeirEvent { Kind = EventKind.BuildStarted, BuildId = 7 }); return Task.CompletedTask; }, CancellationToken.None);
            Assert.Equal(1, await numbering.RunOnce(CancellationToken.None));
            await late.CommitAsync(CancellationToken.None);
        }
        Assert.Equal(1, await numbering.RunOnce(CancellationToken.None));

        using var feed = new EventFeed(store.Database, store.Wakeups);
        var events = await feed.After(0, 10, CancellationToken.None);

        Assert.Equal([(1, EventKind.BuildStarted), (2, EventKind.ChangeAdded)], events.Select(e => ((int)e.Number, e.Kind)));
        Assert.Equal(7, events[0].BuildId);
        Assert.Equal(2, await feed.Latest(CancellationToken.None));
    }
}
