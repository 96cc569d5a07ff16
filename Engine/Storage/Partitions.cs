using System.Collections.Concurrent;
using Npgsql;

namespace Weir.Engine.Storage;

/// <summary>Makes the partitions that rows of a day or week need, before they are written. Remembers what it made, so the usual cost is a look-up.</summary>
public sealed class Partitions(Database database)
{
    private readonly ConcurrentDictionary<(string Table, DateOnly From), bool> made = new();

    /// <summary>The partition of an append-only table (events, audit, raw_hooks) for this day and the next.</summary>
    public async Task EnsureDay(string table, DateOnly day, CancellationToken cancellation)
    {
        await Ensure(table, day, day.AddDays(1), cancellation);
        await Ensure(table, day.AddDays(1), day.AddDays(2), cancellation);
    }

    /// <summary>Rounds an expiry up to the next Monday and makes the week's partition of <c>log_chunks</c>: few partitions, dropped whole.</summary>
    public async Task<DateOnly> EnsureExpiry(DateOnly wanted, CancellationToken cancellation)
    {
        var monday = wanted.AddDays(((int)DayOfWeek.Monday - (int)wanted.DayOfWeek + 7) % 7);
        await Ensure("log_chunks", monday, monday.AddDays(7), cancellation);
        return monday;
    }

    private async Task Ensure(string table, DateOnly from, DateOnly to, CancellationToken cancellation)
    {
        if (made.ContainsKey((table, from)))
            return;
        // CREATE … IF NOT EXISTS by two at once may still fail on the catalogue's unique key: the lock makes it one at a time.
        var sql = FormattableString.Invariant($"""
            SELECT pg_advisory_xact_lock(hashtext('weir partitions'));
            CREATE TABLE IF NOT EXISTS {table}_{from:yyyyMMdd} PARTITION OF {table} FOR VALUES FROM ('{from:yyyy-MM-dd}') TO ('{to:yyyy-MM-dd}');
            """);
        await database.Read(async connection =>
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteNonQueryAsync(cancellation);
        }, cancellation);
        made[(table, from)] = true;
    }
}
