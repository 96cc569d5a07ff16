using Npgsql;
using Weir.Engine.Storage;
using Weir.Support;

namespace Weir.Engine.Tests.Storage;

/// <summary>Which sessions of the store are used, and that none is lost.</summary>
public sealed class StoreConnectionsTests
{
    private const int Most = 10;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    private static async Task<NpgsqlConnectionStringBuilder> Settings() =>
        new(await TestPostgres.ConnectionString()) { MaxPoolSize = Most, Timeout = 5, ApplicationName = "connections " + Guid.NewGuid().ToString("N") };

    private static async Task<int> Use(StoreConnections connections)
    {
        await using var connection = await connections.Open(Now);
        return connection.ProcessID;
    }

    private static async Task<HashSet<int>> Burst(StoreConnections connections, int count)
    {
        var open = new List<NpgsqlConnection>();
        try
        {
            for (var i = 0; i < count; i++)
                open.Add(await connections.Open(Now));
            return [.. open.Select(c => c.ProcessID)];
        }
        finally
        {
            foreach (var connection in open)
                await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task After_a_burst_the_few_do_the_work_again()
    {
        await using var connections = new StoreConnections(await Settings());
        Assert.Equal(Most, (await Burst(connections, Most)).Count);

        var used = new HashSet<int>();
        for (var i = 0; i < 5 * Most; i++)
            used.Add(await Use(connections));

        Assert.InRange(used.Count, 1, 4);
    }

    [Fact]
    public async Task What_breaks_while_it_is_used_is_replaced()
    {
        var settings = await Settings();
        await using var connections = new StoreConnections(settings);
        await using var other = NpgsqlDataSource.Create(await TestPostgres.ConnectionString());
        for (var i = 0; i < Most; i++)
        {
            await using var connection = await connections.Open(Now);
            await using (var end = other.CreateCommand("SELECT pg_terminate_backend($1, 5000)"))
            {
                end.Parameters.Add(new() { Value = connection.ProcessID });
                await end.ExecuteNonQueryAsync(Now);
            }
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(Now));
        }

        Assert.Equal(Most, (await Burst(connections, Most)).Count);
        Assert.Equal(4, (await Burst(connections, 4)).Intersect(await Burst(connections, 4)).Count());
    }

    [Fact]
    public async Task What_cannot_be_opened_takes_nobodys_place()
    {
        var settings = await Settings();
        var wrong = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Database = "no such database" };
        await using (var connections = new StoreConnections(wrong))
        {
            for (var i = 0; i < 2 * Most; i++)
                Assert.Equal(PostgresErrorCodes.InvalidCatalogName, (await Assert.ThrowsAsync<PostgresException>(async () => await connections.Open(Now))).SqlState);
        }
        await using (var connections = new StoreConnections(settings))
        {
            using var given = new CancellationTokenSource();
            await given.CancelAsync();
            for (var i = 0; i < 2 * Most; i++)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await connections.Open(given.Token));
            Assert.Equal(Most, (await Burst(connections, Most)).Count);
        }
    }

    [Fact]
    public async Task Of_two_each_is_used()
    {
        var settings = await Settings();
        settings.MaxPoolSize = 2;
        await using var connections = new StoreConnections(settings);

        Assert.Equal(2, (await Burst(connections, 2)).Count);
    }
}
