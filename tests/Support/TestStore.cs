using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Weir.Engine.Queue;
using Weir.Engine.Storage;

namespace Weir.Support;

/// <summary>A store of its own for one test: a schema on loan in a real PostgreSQL, with a clock that can be moved.</summary>
public sealed class TestStore : IAsyncDisposable
{
    private static int counter;
    private PooledSchema? pooled;

    private TestStore(StorageOptions options, Database database)
    {
        Options = options;
        Clock = new StoreClock();
        Database = database;
        Partitions = new Partitions(Database);
        Wakeups = new Wakeups(Database, [], Clock, NullLogger<Wakeups>.Instance);
    }

    public StorageOptions Options { get; }
    public StoreClock Clock { get; }
    public Database Database { get; }
    public Partitions Partitions { get; }
    public Wakeups Wakeups { get; }
    public QueueQueries Queue => new(Database, new(Database, new(Database), new(Database, Clock), new(Database, Clock), Clock));

    /// <param name="notifications">Whether it listens.</param>
    /// <param name="bare">Without a schema: the program under test brings it, perhaps one of another version. Its clock cannot be moved.</param>
    public static async Task<TestStore> Create(bool notifications = true, bool bare = false)
    {
        var server = await TestPostgres.ConnectionString();
        var left = bare ? null : StorePool.Take(notifications);
        var schema = left?.Name ?? FormattableString.Invariant($"t{Environment.ProcessId}_{Interlocked.Increment(ref counter)}");
        var options = new StorageOptions { ConnectionString = server, Schema = schema, Notifications = notifications, Sweep = TimeSpan.FromMilliseconds(notifications ? 700 : 300), MaxConnections = 6 };
        var store = new TestStore(options, left?.Database ?? new(options with { ConnectionString = new NpgsqlConnectionStringBuilder(server) { ApplicationName = "test" }.ConnectionString }, new StoreClock(), NullLogger<Database>.Instance));
        if (bare)
            return store;
        store.pooled = left ?? await store.Make();
        await store.MakePartitions();
        return store;
    }

    private async Task<PooledSchema> Make()
    {
        await new Schema(Database, Clock, NullLogger<Schema>.Instance).Migrate(CancellationToken.None);
        // The store's clock with an offset that tests move.
        await Execute("""
            CREATE TABLE test_clock ("offset" interval NOT NULL);
            INSERT INTO test_clock VALUES ('0');
            CREATE OR REPLACE FUNCTION weir_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp() + (SELECT "offset" FROM test_clock)';
            """);
        await MakePartitions();
        return await StorePool.Describe(Database);
    }

    /// <summary>Moves the store's clock forward and lets this process's clock follow.</summary>
    public async Task MoveClock(TimeSpan by)
    {
        await using var connection = await Database.Open(CancellationToken.None);
        await using (var command = new NpgsqlCommand("""UPDATE test_clock SET "offset" = "offset" + $1""", connection) { Parameters = { new() { Value = by } } })
            await command.ExecuteNonQueryAsync();
        await Clock.Measure(connection, CancellationToken.None);
        await MakePartitions();
    }

    // What the masters' hourly duty does.
    private async Task MakePartitions()
    {
        foreach (var table in new[] { "events", "audit", "raw_hooks" })
            await Partitions.EnsureDay(table, DateOnly.FromDateTime(Clock.GetUtcNow().UtcDateTime), CancellationToken.None);
    }

    public async Task Execute(string sql)
    {
        await using var connection = await Database.Open(CancellationToken.None);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T?> Scalar<T>(string sql)
    {
        await using var connection = await Database.Open(CancellationToken.None);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    public async ValueTask DisposeAsync()
    {
        Wakeups.Dispose();
        if (pooled is not null)
            await StorePool.Return(pooled);
        else
            await StorePool.Drop(Database);
    }
}
