using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Weir.Engine.Storage;

/// <summary>Brings the store's schema to this program's version. Numbered SQL files, each applied once, in order, under a lock; never edited once released (their checksum is kept).</summary>
public sealed partial class Schema(Database database, TimeProvider time, ILogger<Schema> logger)
{
    private sealed record Migration(int Number, string Name, string Sql, string Checksum);
    private sealed record Applied(int Number, string Checksum);

    private static readonly IReadOnlyList<Migration> Known = Load();

    /// <summary>Applies what is missing; several masters may call this at once on an empty store.</summary>
    /// <exception cref="SchemaException">An applied migration differs from ours, or the store is newer than this program.</exception>
    public async Task Migrate(CancellationToken cancellation)
    {
        var schema = database.Options.Schema;
        await database.Write(async unit =>
        {
            // Waiting for another master's migration may take longer than a hot path may wait.
            await unit.Execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0");
            await unit.Execute("SELECT pg_advisory_xact_lock(hashtext('weir schema ' || @schema))", new { schema });
            await unit.Execute($"""
                CREATE SCHEMA IF NOT EXISTS "{schema}";
                CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
                """);
            var applied = await unit.Query<Applied>("SELECT number, checksum FROM schema_migrations ORDER BY number");
            Check(applied);
            foreach (var migration in Known.Where(k => applied.All(a => a.Number != k.Number)))
            {
                await using (var command = new NpgsqlCommand(migration.Sql, unit.Connection))
                    await command.ExecuteNonQueryAsync(cancellation);
                await unit.Execute("INSERT INTO schema_migrations (number, name, checksum) VALUES (@Number, @Name, @Checksum)", migration);
                LogApplied(migration.Number, migration.Name);
            }
        }, cancellation);
    }

    /// <summary>A <c>ui</c> master only waits until engines have brought the schema to (at least) its version.</summary>
    public async Task WaitUntilItFits(CancellationToken cancellation)
    {
        for (var said = false; ; said = true)
        {
            if (await Fits(cancellation))
                return;
            if (!said)
                LogWaiting();
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellation);
        }
    }

    /// <summary>Whether the store has all of our migrations, unchanged.</summary>
    public async Task<bool> Fits(CancellationToken cancellation)
    {
        try
        {
            var applied = await database.Query<Applied>("SELECT number, checksum FROM schema_migrations ORDER BY number", null, cancellation);
            return Known.All(k => applied.Any(a => a.Number == k.Number && a.Checksum == k.Checksum));
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return false;
        }
    }

    // Numbers may have gaps, and a step may come after a later one: each works without the others that this version adds.
    private static void Check(IReadOnlyList<Applied> applied)
    {
        if (applied.Select(a => a.Number).Except(Known.Select(k => k.Number)).ToArray() is { Length: > 0 } unknown)
            throw new SchemaException($"The store has the schema step {unknown.Max():0000}, which this program does not know (its last is {Known[^1].Number:0000}): it belongs to a newer version of Weir.");
        foreach (var (number, checksum) in applied)
        {
            var ours = Known.First(k => k.Number == number);
            if (ours.Checksum != checksum)
                throw new SchemaException($"Schema step {ours.Number:0000} ({ours.Name}) was applied to this store in another form; a released step is never edited.");
        }
    }

    /// <summary>This program's steps: number and name.</summary>
    internal static IReadOnlyList<(int Number, string Name)> Steps => [.. Known.Select(k => (k.Number, k.Name))];

    private static List<Migration> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        const string marker = ".Storage.Migrations.";
        return [.. assembly.GetManifestResourceNames().Where(n => n.Contains(marker, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(resource =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var sql = reader.ReadToEnd();
            var file = resource[(resource.IndexOf(marker, StringComparison.Ordinal) + marker.Length)..^".sql".Length];
            return new Migration(int.Parse(file.AsSpan(0, 4), System.Globalization.CultureInfo.InvariantCulture), file[5..], sql, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(sql)))[..16]);
        })];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Schema step {Number} ({Name}) applied.")]
    private partial void LogApplied(int number, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store's schema is not ready for this version; waiting for an engine master to bring it up.")]
    private partial void LogWaiting();
}

/// <summary>The store's schema does not fit this program, and waiting will not help.</summary>
public sealed class SchemaException(string message) : Exception(message);
