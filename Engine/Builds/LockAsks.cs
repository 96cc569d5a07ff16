using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Builds;

/// <summary>
/// Steps have asked for locks. Whether one could be had is one small question; only then the whole queue is looked at. Whoever frees something wakes the queue himself, so one who stands in a line costs no pass when he
/// comes; a while later there is one, which says why he waits and finds those who wait for one another.
/// </summary>
internal sealed class LockAsks(Database database, Wakeups wakeups, TimeProvider time, ILogger<LockAsks> logger) : Duty(wakeups, time, logger, WakeTopic.Asked)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    // Taken for possible unless somebody clearly stands in the way: of a lock with names, with another capacity on each worker, or that is lent by a build that waits, the queue's pass knows.
    private const string AnyPossible = """
        SELECT EXISTS (SELECT FROM (SELECT DISTINCT build_id FROM lock_claims WHERE held_at IS NULL) asks WHERE NOT EXISTS (
            SELECT FROM lock_claims c JOIN locks l ON l.id = c.lock_id
            WHERE c.build_id = asks.build_id AND c.held_at IS NULL AND c.through = '{}' AND l.scope = 'All' AND l.pool IS NULL
                AND (SELECT bool_or(h.exclusive OR c.exclusive) OR sum(h.units) + c.units > l.capacity FROM lock_claims h WHERE h.lock_id = c.lock_id AND h.held_at IS NOT NULL AND h.through = '{}')))
        """;

    private readonly Wakeups wakeups = wakeups;
    private readonly TimeProvider time = time;
    private long? waitingSince;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var rest = waitingSince is { } since ? Patience - time.GetElapsedTime(since) : Patience;
        if (rest > TimeSpan.Zero && !await IsAnyPossible(cancellation))
        {
            waitingSince ??= time.GetTimestamp();
            return rest;
        }
        waitingSince = null;
        wakeups.Signal([WakeTopic.Queue]);
        return null;
    }

    /// <summary>Whether somebody who asks could have what he asks for. False only where that is certain.</summary>
    internal Task<bool> IsAnyPossible(CancellationToken cancellation) => database.QuerySingle<bool>(AnyPossible, null, cancellation);
}
