using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Weir.Engine.Storage;

namespace Weir.Support;

/// <summary>
/// Schemas that earlier tests of this process have left as they were made: making one takes the server longer than most tests do. What a test wrote is deleted; a schema that it changed, or in which
/// somebody is still at work, is dropped instead.
/// </summary>
internal static class StorePool
{
    // Where a test wrote more than this, dropping is quicker than deleting.
    private const long MostBytes = 8 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly ConcurrentBag<PooledSchema> Listening = [];
    private static readonly ConcurrentBag<PooledSchema> Deaf = [];

    /// <summary>One that is as it was made; null: there is none.</summary>
    public static PooledSchema? Take(bool notifications) => (notifications ? Listening : Deaf).TryTake(out var schema) ? schema : null;

    /// <summary>What the schema of a store that has just been made is like.</summary>
    public static async Task<PooledSchema> Describe(Database database)
    {
        var name = database.Options.Schema;
        await using var connection = await database.Open(CancellationToken.None);
        return new(database, await Text(connection, Fingerprint, name), await Text(connection, Partitions, name), await Text(connection, Sequences, name), await Seeds(connection, name));
    }

    /// <summary>Takes one back, or drops it.</summary>
    public static async Task Return(PooledSchema schema)
    {
        try
        {
            // A test may have cut the connections: then on another.
            if (await schema.Database.Read(async connection => await IsLeft(connection, schema.Name) && await IsSmall(connection, schema.Name) && await Clean(connection, schema), CancellationToken.None))
            {
                (schema.Database.Options.Notifications ? Listening : Deaf).Add(schema);
                return;
            }
        }
        catch (NpgsqlException)
        {
            // A role that may not do this, a server that a test has cut off, or something that it has left: then not.
        }
        await Drop(schema.Database);
    }

    /// <summary>Drops the schema of a store that nobody will use any more.</summary>
    public static async Task Drop(Database database)
    {
        await database.DisposeAsync();
        // On a connection of its own: a test may have cut all others.
        await using var last = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.Options.ConnectionString) { Pooling = false }.ConnectionString);
        await last.OpenAsync();
        await Execute(last, $"""DROP SCHEMA IF EXISTS "{database.Options.Schema}" CASCADE""");
    }

    /// <summary>Drops all that are left.</summary>
    public static async Task DropAll()
    {
        while ((Take(true) ?? Take(false)) is { } schema)
            await Drop(schema.Database);
    }

    private static async Task<bool> IsLeft(NpgsqlConnection connection, string name)
    {
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < Patience; await Task.Delay(10))
        {
            if (await Text(connection, "SELECT count(*)::text FROM pg_stat_activity WHERE application_name = 'weir/' || $1", name) == "0")
                return true;
        }
        return false;
    }

    private static async Task<bool> IsSmall(NpgsqlConnection connection, string name) =>
        long.Parse(await Text(connection, "SELECT coalesce(sum(pg_relation_size(oid)), 0)::text FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'", Quoted(name)), System.Globalization.CultureInfo.InvariantCulture) < MostBytes;

    private static async Task<bool> Clean(NpgsqlConnection connection, PooledSchema schema)
    {
        var made = (await Text(connection, Partitions, schema.Name)).Split('\n').Except(schema.Partitions.Split('\n')).ToList();
        if (made.Count > 0)
            await Execute(connection, "DROP TABLE " + string.Join(", ", made));
        // Without the triggers that keep references whole: all of them go.
        await using var transaction = await connection.BeginTransactionAsync();
        await Execute(connection, $"""
            SET LOCAL session_replication_role = replica;
            DO $do$ DECLARE name regclass; BEGIN
                FOR name IN SELECT oid FROM pg_class WHERE relnamespace = '{Quoted(schema.Name)}'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0 LOOP
                    EXECUTE format('DELETE FROM %s', name);
                END LOOP;
            END $do$;
            {string.Join('\n', schema.Seeds.Select(s => $"INSERT INTO {s.Table} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::{s.Table}, $json${s.Rows}$json$);"))}
            """);
        await transaction.CommitAsync();
        if (await Text(connection, Sequences, schema.Name) is var now && now != schema.Sequences)
            await Execute(connection, string.Join('\n', schema.Sequences.Split('\n').Except(now.Split('\n')).Select(s => s.Split(' ')).Select(s => $"SELECT setval('{s[0]}', {s[1]}, {s[2]});")));
        return await Text(connection, Fingerprint, schema.Name) == schema.Fingerprint && await Text(connection, Sequences, schema.Name) == schema.Sequences;
    }

    private static async Task<IReadOnlyList<(string Table, string Rows)>> Seeds(NpgsqlConnection connection, string name)
    {
        var seeds = new List<(string, string)>();
        foreach (var table in (await Text(connection, "SELECT string_agg(format('%I.%I', relnamespace::regnamespace, relname), E'\\n') FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0", Quoted(name))).Split('\n'))
        {
            if (await Text(connection, $"SELECT jsonb_agg(t)::text FROM {table} t WHERE $1 <> ''", name) is { Length: > 0 } rows)
                seeds.Add((table, rows));
        }
        return seeds;
    }

    // Tables, indexes, sequences, constraints, triggers, functions, and who may do what with them.
    private const string Fingerprint = """
        WITH space AS (SELECT oid, nspacl FROM pg_namespace WHERE nspname = $1)
        SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
            SELECT concat_ws(' ', 'relation', c.relname, c.relkind, c.relnatts, c.relchecks, c.relowner, c.relacl, c.reloptions) AS line FROM pg_class c JOIN space s ON c.relnamespace = s.oid
            UNION ALL SELECT concat_ws(' ', 'constraint', conname, contype, convalidated) FROM pg_constraint JOIN space s ON connamespace = s.oid
            UNION ALL SELECT concat_ws(' ', 'trigger', tgname, tgrelid, tgenabled) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid JOIN space s ON c.relnamespace = s.oid WHERE NOT tgisinternal
            UNION ALL SELECT concat_ws(' ', 'function', proname, md5(prosrc), proacl) FROM pg_proc JOIN space s ON pronamespace = s.oid
            UNION ALL SELECT concat_ws(' ', 'schema', nspacl) FROM space) AS lines
        """;
    private const string Partitions = "SELECT coalesce(string_agg(format('%I.%I', n.nspname, c.relname), E'\\n' ORDER BY c.oid), '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relispartition AND c.relkind = 'r'";
    private const string Sequences = """
        SELECT coalesce(string_agg(concat_ws(' ', format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value), (last_value IS NOT NULL)::text), E'\n' ORDER BY sequencename), '') FROM pg_sequences WHERE schemaname = $1
        """;

    private static string Quoted(string name) => $"\"{name}\"";

    private static async Task<string> Text(NpgsqlConnection connection, string sql, string parameter)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = parameter } } };
        return await command.ExecuteScalarAsync() as string ?? "";
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>A schema, and what it was like when it was made.</summary>
/// <param name="Database">The tests' way to it, kept open.</param>
/// <param name="Fingerprint">Of its objects.</param>
/// <param name="Partitions">The tables that are partitions, a line each.</param>
/// <param name="Sequences">Where its sequences stand, a line each: name, value, whether it was given out.</param>
/// <param name="Seeds">The rows that its making wrote.</param>
internal sealed record PooledSchema(Database Database, string Fingerprint, string Partitions, string Sequences, IReadOnlyList<(string Table, string Rows)> Seeds)
{
    public string Name => Database.Options.Schema;
}
