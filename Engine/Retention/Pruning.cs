using System.Globalization;
using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Retention;

/// <summary>Drops what may go, a partition at a time: logs on the day that their builder's <c>keep</c> set when they were opened, events after a week, read webhooks after a month.</summary>
internal sealed partial class Pruning(Database database, Leases leases, Wakeups wakeups, TimeProvider time, ILogger<Pruning> logger) : Duty(wakeups, time, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    // So long an action that is sent again under its key is not done again.
    private static readonly TimeSpan KeepKeys = TimeSpan.FromDays(7);

    // Table → how many days after a partition's first day it may go. A log's partition begins on the day on which its logs may go.
    private static readonly IReadOnlyDictionary<string, int> Keep = new Dictionary<string, int> { ["log_chunks"] = 0, ["events"] = 8, ["raw_hooks"] = 31 };
    private readonly TimeProvider time = time;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        if (await leases.Take("pruning", Interval / 2, cancellation) is { } lease)
        {
            await Prune(cancellation);
            await leases.Release(lease, null, cancellation);
        }
        return Interval;
    }

    /// <summary>Drops what is due; says how many partitions went.</summary>
    internal async Task<int> Prune(CancellationToken cancellation)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var partitions = await database.Query<string>("""
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = ANY (SELECT to_regclass(t) FROM unnest(@tables) AS t) ORDER BY c.relname
            """, new { tables = Keep.Keys.ToArray() }, cancellation);
        var dropped = 0;
        foreach (var partition in partitions.Where(p => IsDue(p, today)))
        {
            // The lock of the whole table is wanted for a moment; who cannot have it at once tries again in an hour.
            await database.Write(unit => unit.Execute($"SET LOCAL lock_timeout = 1000; DROP TABLE IF EXISTS \"{partition}\""), cancellation);
            LogDropped(partition);
            dropped++;
        }
        await database.Write(unit => unit.Execute("DELETE FROM action_keys WHERE created_at < weir_now() - @KeepKeys; DELETE FROM orders WHERE done_at < weir_now() - @KeepKeys; DELETE FROM mails WHERE coalesce(sent_at, given_up_at) < weir_now() - interval '30 days'", new { KeepKeys }), cancellation);
        return dropped;
    }

    // Partitions are named after their table and their first day: log_chunks_20270104.
    internal static bool IsDue(string partition, DateOnly today)
    {
        var cut = partition.LastIndexOf('_');
        return cut > 0 && Keep.TryGetValue(partition[..cut], out var days)
            && DateOnly.TryParseExact(partition.AsSpan(cut + 1), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first) && first.AddDays(days) <= today;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Dropped {Partition}: its time has come.")]
    private partial void LogDropped(string partition);
}
