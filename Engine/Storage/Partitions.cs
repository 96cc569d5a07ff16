using System.Collections.Concurrent;
using Npgsql;
using Weir.Engine.Storage.Roles;

namespace Weir.Engine.Storage;

/// <summary>Makes the partitions that rows of a day or week need, before they are written. Remembers what it made, so the usual cost is a look-up.</summary>
public sealed class Partitions(Database database)
{
    private readonly ConcurrentDictionary<(string Table, DateOnly From), bool> made = new();

    // Masters of pages write into these too, and make none: for so long they get along without an engine.
    private const int DaysAhead = 7;

    /// <summary>The partitions of an append-only table (events, audit, raw_hooks) for this day and those of the week that begins with it.</summary>
    public Task EnsureDay(string table, DateOnly day, CancellationToken cancellation) =>
        Ensure(table, [.. Enumerable.Range(0, DaysAhead + 1).Select(n => (day.AddDays(n), day.AddDays(n + 1)))], cancellation);

    /// <summary>Rounds an expiry up to the next Monday and makes the week's partition of <c>log_chunks</c>: few partitions, dropped whole.</summary>
    public async Task<DateOnly> EnsureExpiry(DateOnly wanted, CancellationToken cancellation)
    {
        var monday = wanted.AddDays(((int)DayOfWeek.Monday - (int)wanted.DayOfWeek + 7) % 7);
        await Ensure("log_chunks", [(monday, monday.AddDays(7))], cancellation);
        return monday;
    }

    private async Task Ensure(string table, IReadOnlyList<(DateOnly From, DateOnly To)> spans, CancellationToken cancellation)
    {
        var missing = spans.Where(s => !made.ContainsKey((table, s.From))).ToArray();
        if (missing.Length == 0)
            return;
        // CREATE … IF NOT EXISTS by two at once may still fail on the catalogue's unique key: the lock makes it one at a time.
        var sql = $"SELECT pg_advisory_xact_lock(hashtext('weir partitions')); {StoreRoles.AsOwner}; "
            + string.Join("; ", missing.Select(s => FormattableString.Invariant($"CREATE TABLE IF NOT EXISTS {table}_{s.From:yyyyMMdd} PARTITION OF {table} FOR VALUES FROM ('{s.From:yyyy-MM-dd}') TO ('{s.To:yyyy-MM-dd}')")));
        await database.Read(async connection =>
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteNonQueryAsync(cancellation);
        }, cancellation);
        foreach (var (from, _) in missing)
            made[(table, from)] = true;
    }
}
