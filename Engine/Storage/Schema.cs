using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using Weir.Engine.Storage.Roles;

namespace Weir.Engine.Storage;

/// <summary>
/// Brings the store's schema to this program's version. Numbered SQL files, each applied once, in the order of their numbers, under a lock, each in a transaction of its own where somebody may use the store; never edited once
/// released (their checksum is kept). Steps expand: what is there stays, so that masters of the version before go on beside this one, and can come back. A step whose file is named
/// <c>….contract.sql</c> takes something away; only an admin's order applies it (<see cref="Contract"/>).
/// </summary>
public sealed partial class Schema(Database database, TimeProvider time, ILogger<Schema> logger)
{
    // Behind a waiting ALTER everybody else waits too: it gives way soon, and comes back.
    private const string LockPatience = "2s";
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);
    private const int Tries = 120;

    // In the first line of a step that takes something away: the oldest version that does without it.
    private const string OldestMark = "-- oldest: ";

    private sealed record Migration(int Number, string Name, string Sql, string Checksum, bool Contracts);
    private sealed record Served(string Oldest, string Newest);
    private sealed record Applied(int Number, string Name, string Checksum, bool Contracts);

    private static readonly IReadOnlyList<Migration> Known = Load();

    /// <summary>Whose version is asked about; tests are of other versions.</summary>
    internal ProgramVersion Program { get; init; } = ProgramVersion.Current;

    /// <summary>Applies the steps that are missing and only add; several masters may call this at once on an empty store.</summary>
    /// <exception cref="SchemaException">An applied step differs from ours, or the store has been contracted beyond what this program knows.</exception>
    public async Task Migrate(CancellationToken cancellation)
    {
        await Apply(m => !m.Contracts, guard: null, cancellation);
        await database.Query<int>("""
            UPDATE store_versions SET newest = @ours WHERE string_to_array(newest, '.')::int[] < string_to_array(@ours, '.')::int[] RETURNING 1
            """, new { ours = Program.Ours.ToString() }, cancellation);
    }

    /// <summary>Whether this version may use the store at all; one that only reads asks before it waits for the schema.</summary>
    /// <exception cref="SchemaException">It may not; which versions may, and what to do.</exception>
    public Task MustServeUs(CancellationToken cancellation) => database.Read(async connection =>
    {
        if (await connection.ExecuteScalarAsync<bool>("SELECT to_regclass('store_versions') IS NOT NULL"))
            Refuse((await connection.QueryAsync<Served>("SELECT oldest, newest FROM store_versions")).Single());
        return true;
    }, cancellation);

    private void Refuse(Served served)
    {
        if (Program.Objection(Version.Parse(served.Oldest), Version.Parse(served.Newest)) is { } objection)
            throw new SchemaException(objection);
    }

    /// <summary>Takes away what only older versions need. Answers the steps that were applied.</summary>
    /// <exception cref="SchemaException">A master of another version lives, or <see cref="Migrate"/> would refuse.</exception>
    public async Task<IReadOnlyList<string>> Contract(CancellationToken cancellation)
    {
        await Migrate(cancellation);
        return await Apply(_ => true, RefuseBesideOthers, cancellation);
    }

    private async Task<IReadOnlyList<string>> Apply(Func<Migration, bool> wanted, Func<StoreTransaction, Task>? guard, CancellationToken cancellation)
    {
        var names = new List<string>();
        for (var tries = 0; ;)
        {
            try
            {
                var steps = await ApplyNext(wanted, guard, cancellation);
                if (steps.Count == 0)
                    return names;
                foreach (var step in steps)
                    LogApplied(step.Number, step.Name);
                names.AddRange(steps.Select(s => s.Name));
                tries = 0;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && ++tries < Tries)
            {
                LogInUse();
                await Task.Delay(BetweenTries, time, cancellation);
            }
        }
    }

    private Task<IReadOnlyList<Migration>> ApplyNext(Func<Migration, bool> wanted, Func<StoreTransaction, Task>? guard, CancellationToken cancellation) => database.Write(async unit =>
    {
        var schema = database.Options.Schema;
        // Another master's steps may take long, and so may our own.
        await unit.Execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0");
        await unit.Execute("SELECT pg_advisory_xact_lock(hashtext('weir schema ' || @schema))", new { schema });
        // To ask for a schema that is there needs the right to make one.
        if (!await unit.QuerySingle<bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = @schema)", new { schema }))
            await unit.Execute($"CREATE SCHEMA \"{schema}\"");
        await unit.Execute(StoreRoles.AsOwner);
        await unit.Execute("""
            CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
            ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS contracts boolean NOT NULL DEFAULT false;
            """);
        if (await unit.QuerySingle<bool>("SELECT to_regclass('store_versions') IS NOT NULL"))
            Refuse((await unit.QuerySingle<Served>("SELECT oldest, newest FROM store_versions"))!);
        var applied = await unit.Query<Applied>("SELECT number, name, checksum, contracts FROM schema_migrations ORDER BY number");
        Check(applied);
        // By number, not by count: a store that was kept while the program was being written may lack one in between.
        var there = applied.Select(a => a.Number).ToHashSet();
        var missing = Known.Where(m => wanted(m) && !there.Contains(m.Number));
        // An empty store is used by nobody; else no step holds its locks while the next one waits for others.
        IReadOnlyList<Migration> next = [.. there.Count == 0 ? missing : missing.Take(1)];
        if (next.Count > 0 && guard is not null)
            await guard(unit);
        await unit.Execute($"SET LOCAL lock_timeout = '{LockPatience}'");
        foreach (var step in next)
        {
            await using (var command = new NpgsqlCommand(step.Sql, unit.Connection))
                await command.ExecuteNonQueryAsync(cancellation);
            await unit.Execute("INSERT INTO schema_migrations (number, name, checksum, contracts) VALUES (@Number, @Name, @Checksum, @Contracts)", step);
            if (step.Contracts)
                await RaiseOldest(unit, OldestOf(step.Name, step.Sql));
        }
        return next;
    }, cancellation);

    /// <summary>Older versions are served no longer.</summary>
    internal static Task RaiseOldest(StoreTransaction unit, Version oldest) => unit.Execute("""
        UPDATE store_versions SET oldest = @oldest WHERE string_to_array(oldest, '.')::int[] < string_to_array(@oldest, '.')::int[]
        """, new { oldest = oldest.ToString() });

    /// <summary>The oldest version that does without what a step takes away; the step says it in its first line.</summary>
    internal static Version OldestOf(string step, string sql) =>
        sql.StartsWith(OldestMark, StringComparison.Ordinal) && Version.TryParse(sql.AsSpan(OldestMark.Length, sql.IndexOf('\n', StringComparison.Ordinal) - OldestMark.Length).Trim(), out var oldest)
            ? oldest
            : throw new InvalidOperationException($"The step {step} takes something away and does not say in its first line which version is the oldest to do without it: \"{OldestMark}0.2.0\".");

    // What this version does without, an older one beside it may still need.
    internal static async Task RefuseBesideOthers(StoreTransaction unit)
    {
        var ours = ProgramVersion.Current.Ours.ToString();
        var others = await unit.Query<string>("SELECT name || ' (' || version || ')' FROM masters WHERE version <> @ours AND state <> 'Stopped' AND heartbeat_at > weir_now() - interval '30 seconds' ORDER BY name", new { ours });
        if (others.Count > 0)
            throw new SchemaException($"Masters of another version than {ours} live: {string.Join(", ", others)}. What they may need is not taken away.");
    }

    /// <summary>Whether the store has all of our steps that add something, unchanged.</summary>
    public async Task<bool> Fits(CancellationToken cancellation)
    {
        try
        {
            var applied = await database.Query<(int Number, string Checksum)>("SELECT number, checksum FROM schema_migrations", null, cancellation);
            var checksums = applied.ToDictionary(a => a.Number, a => a.Checksum);
            return Known.Where(m => !m.Contracts).All(m => checksums.GetValueOrDefault(m.Number) == m.Checksum);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return false;
        }
    }

    // Numbers may have gaps, and a step may come after a later one: each works without the others that this version adds.
    private static void Check(IReadOnlyList<Applied> applied)
    {
        foreach (var theirs in applied)
        {
            if (Known.FirstOrDefault(m => m.Number == theirs.Number) is not { } ours)
            {
                // A newer version has only added something: this one goes on beside it.
                if (!theirs.Contracts)
                    continue;
                throw new SchemaException($"The store's schema step {theirs.Number:0000} ({theirs.Name}) has taken away what this version of Weir may need: it serves newer versions only.");
            }
            if (ours.Checksum != theirs.Checksum)
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
            const string contract = ".contract";
            var contracts = file.EndsWith(contract, StringComparison.Ordinal);
            return new Migration(int.Parse(file.AsSpan(0, 4), System.Globalization.CultureInfo.InvariantCulture), contracts ? file[5..^contract.Length] : file[5..], sql,
                Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(sql)))[..16], contracts);
        })];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Schema step {Number} ({Name}) applied.")]
    private partial void LogApplied(int number, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "A table that a schema step changes is in use; trying again.")]
    private partial void LogInUse();
}

/// <summary>The store's schema does not fit this program, and waiting will not help.</summary>
public sealed class SchemaException(string message) : Exception(message);
