using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Roles;
using Weir.Support;

namespace Weir.Engine.Tests.Storage.Roles;

/// <summary>What the database role of masters of pages may do: every statement is tried on every table of the catalogue.</summary>
public sealed class PageRightsTests : IAsyncLifetime
{
    private TestStore store = null!;
    private PagesLogin login = null!;

    public async ValueTask InitializeAsync()
    {
        store = await TestStore.Create();
        login = await PagesLogin.Create(store);
    }

    public async ValueTask DisposeAsync()
    {
        await login.DisposeAsync();
        await store.DisposeAsync();
    }

    private async Task<IReadOnlyList<(string Name, bool IsPartition)>> Catalogue() => await store.Database.Query<(string, bool)>(
        "SELECT relname::text, relispartition FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relname <> 'test_clock' ORDER BY 1", null, CancellationToken.None);

    [Fact]
    public async Task Every_table_is_decided_upon() =>
        Assert.Equal(PageRights.Tables.Order(StringComparer.Ordinal), (await Catalogue()).Where(t => !t.IsPartition).Select(t => t.Name).Order(StringComparer.Ordinal));

    [Fact]
    public async Task Every_statement_that_is_not_given_is_refused_on_every_table_and_partition()
    {
        await using var connection = await login.Open();
        var complaints = new List<string>();
        var tried = 0;
        foreach (var (table, isPartition) in await Catalogue())
        {
            var columns = await store.Database.Query<string>("SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass(@table) AND attnum > 0 AND NOT attisdropped", new { table }, CancellationToken.None);
            foreach (var (sql, allowed) in Statements(table, columns, isPartition))
            {
                tried++;
                if (await IsRefused(connection, sql) == allowed)
                    complaints.Add($"{(allowed ? "refused" : "done")}: {sql}");
            }
        }
        Assert.Empty(complaints);
        Assert.True(tried > 1000, string.Create(CultureInfo.InvariantCulture, $"Only {tried} statements were tried."));
    }

    [Theory]
    [InlineData("CREATE TABLE mine (id integer)")]
    [InlineData("CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'")]
    [InlineData("CREATE OR REPLACE FUNCTION weir_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()'")]
    [InlineData("CREATE TABLE audit_29990101 PARTITION OF audit FOR VALUES FROM ('2999-01-01') TO ('2999-01-02')")]
    [InlineData("SELECT set_config('role', pg_get_userbyid(nspowner), true) FROM pg_namespace WHERE nspname = current_schema()")]
    [InlineData("CREATE ROLE mine_too")]
    public async Task Nothing_is_made(string sql)
    {
        await using var connection = await login.Open();
        Assert.True(await IsRefused(connection, sql));
    }

    [Fact]
    public async Task Rows_of_engines_are_not_its_to_change_but_those_of_its_like_are()
    {
        await store.Execute("""
            INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at) VALUES
                ('engine', '{ui,engine}', '1', 'Active', weir_now(), weir_now()), ('pages', '{ui}', '1', 'Active', weir_now(), weir_now()), ('gone', '{engine}', '1', 'Stopped', weir_now(), weir_now())
            """);
        await using var connection = await login.Open();

        Assert.Equal(0, await Execute(connection, "UPDATE masters SET state = 'Draining' WHERE name = 'engine'"));
        Assert.Equal(0, await Execute(connection, "UPDATE masters SET heartbeat_at = weir_now() - interval '1 hour' WHERE name = 'engine'"));
        Assert.Equal(1, await Execute(connection, "UPDATE masters SET state = 'Draining' WHERE name = 'pages'"));
        Assert.True(await IsRefused(connection, "INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at) VALUES ('more', '{engine}', '1', 'Active', weir_now(), weir_now())"));
        Assert.True(await IsRefused(connection, "UPDATE masters SET roles = '{engine}' WHERE name = 'pages'"));
        Assert.True(await IsRefused(connection, "UPDATE masters SET heartbeat_at = weir_now() WHERE name = 'gone'"));
        // A name whose engine has ended may become that of a master of pages.
        Assert.Equal(1, await Execute(connection, "UPDATE masters SET roles = '{ui}', heartbeat_at = weir_now() WHERE name = 'gone'"));
    }

    [Fact]
    public async Task A_master_of_pages_is_registered_beats_and_ends_with_it()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddStorage(store.Options with { ConnectionString = login.ConnectionString });
        builder.Services.AddConfiguration(new(), engine: false);
        builder.Services.AddQueries();
        builder.Services.AddEngine(new MasterOptions { Name = "pages", Roles = ["ui"], DataDirectory = Directory.CreateTempSubdirectory("weir-pages-").FullName, CacheDirectory = Path.GetTempPath(), Heartbeat = TimeSpan.FromMilliseconds(100) });
        using var host = builder.Build();

        await host.StartAsync();
        var first = await store.Scalar<DateTime>("SELECT heartbeat_at FROM masters WHERE name = 'pages'");
        for (var tries = 0; tries < 100 && await store.Scalar<DateTime>("SELECT heartbeat_at FROM masters WHERE name = 'pages'") == first; tries++)
            await Task.Delay(50);
        Assert.NotEqual(first, await store.Scalar<DateTime>("SELECT heartbeat_at FROM masters WHERE name = 'pages'"));
        await host.StopAsync();

        Assert.Equal("Stopped", await store.Scalar<string>("SELECT state FROM masters WHERE name = 'pages'"));
    }

    [Fact]
    public async Task It_has_events_numbered_and_cannot_put_a_table_of_its_own_in_their_place()
    {
        await store.Execute("INSERT INTO event_outbox (kind) VALUES ('ChangeAdded')");
        await using var connection = await login.Open();
        await Execute(connection, "CREATE TEMP TABLE event_counter (single boolean, last bigint); INSERT INTO pg_temp.event_counter VALUES (true, 4000)");

        await Execute(connection, "SELECT weir_number_events(10)");

        Assert.Equal(1, await store.Scalar<long>("SELECT number FROM events"));
    }

    [Fact]
    public async Task Rights_are_given_anew_when_a_table_has_none()
    {
        var roles = new StoreRoles(store.Database);
        Assert.Empty(await roles.Missing(login.Pages, CancellationToken.None));
        await store.Execute($"REVOKE ALL ON orders FROM {login.Pages}; REVOKE UPDATE (rights) ON users FROM {login.Pages}");
        Assert.Equal(["INSERT of orders", "SELECT of orders", "UPDATE of users"], await roles.Missing(login.Pages, CancellationToken.None));

        await roles.Refresh(CancellationToken.None);

        Assert.Empty(await roles.Missing(login.Pages, CancellationToken.None));
    }

    [Fact]
    public async Task On_an_older_schema_nothing_is_missed_that_is_not_there_yet()
    {
        await store.Execute("ALTER TABLE masters DROP COLUMN only_tags; DROP TABLE orders");

        Assert.Empty(await new StoreRoles(store.Database).Missing(login.Pages, CancellationToken.None));
    }

    [Fact]
    public async Task What_an_engine_makes_belongs_to_the_owner_of_the_schema_whoever_made_it()
    {
        await store.Execute($"GRANT {login.Engine} TO {login.Login}");
        await using (var database = new Weir.Engine.Storage.Database(store.Options with { ConnectionString = login.ConnectionString, MaxConnections = 2 }, store.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<Weir.Engine.Storage.Database>.Instance))
        {
            await new Weir.Engine.Storage.Partitions(database).EnsureDay("audit", new DateOnly(2999, 1, 1), CancellationToken.None);
            await new Weir.Engine.Storage.Schema(database, store.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<Weir.Engine.Storage.Schema>.Instance).Migrate(CancellationToken.None);
        }
        Assert.Equal(login.Engine, await store.Scalar<string>("SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE oid = 'audit_29990101'::regclass"));
        await store.Execute($"REVOKE {login.Engine} FROM {login.Login}");
    }

    private static IEnumerable<(string Sql, bool Allowed)> Statements(string table, IReadOnlyList<string> columns, bool isPartition)
    {
        var rights = isPartition ? [] : PageRights.All.Where(r => r.Table == table).ToArray();
        var hidden = PageRights.Hidden.GetValueOrDefault(table) ?? [];
        bool May(string verb) => rights.Any(r => r.Verb == verb);
        var changed = rights.Where(r => r.Verb == "UPDATE").SelectMany(r => r.Columns).ToHashSet();
        foreach (var column in columns)
        {
            yield return ($"SELECT {column} FROM {table} LIMIT 0", May("SELECT") && !hidden.Contains(column));
            yield return ($"UPDATE {table} SET {column} = DEFAULT WHERE false", changed.Contains(column));
        }
        // Of masters only such as are no engines.
        yield return (table == "masters" ? "INSERT INTO masters (roles) VALUES ('{ui}')" : $"INSERT INTO {table} DEFAULT VALUES", May("INSERT"));
        yield return ($"DELETE FROM {table} WHERE false", false);
        yield return ($"TRUNCATE {table}", false);
        foreach (var strength in new[] { "UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE" })
            yield return ($"SELECT {columns.First(c => !hidden.Contains(c))} FROM {table} LIMIT 0 FOR {strength}", changed.Count > 0);
        foreach (var mode in new[] { "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE" })
            yield return ($"LOCK TABLE {table} IN {mode} MODE", false);
        yield return ($"ALTER TABLE {table} ADD COLUMN more integer", false);
        yield return ($"ALTER TABLE {table} OWNER TO CURRENT_USER", false);
        yield return ($"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", false);
        yield return ($"CREATE INDEX ON {table} ({columns[0]})", false);
        yield return ($"CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()", false);
        yield return ($"DROP TABLE {table} CASCADE", false);
    }

    /// <summary>Whether the store says that this is not allowed; whatever was done is undone.</summary>
    private static async Task<bool> IsRefused(NpgsqlConnection connection, string sql)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        try
        {
            await Execute(connection, sql);
            return false;
        }
        catch (PostgresException e)
        {
            return e.SqlState == PostgresErrorCodes.InsufficientPrivilege;
        }
    }

    private static async Task<int> Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }
}
