using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Pauses;

/// <summary>Writes that a pause's time is over, and wakes whoever waited for it. Claims and firings compare the time themselves and do not wait for this.</summary>
internal sealed class PauseExpiry(Database database, Wakeups wakeups, TimeProvider time, ILogger<PauseExpiry> logger) : Duty(wakeups, time, logger, WakeTopic.Pauses)
{
    /// <summary>Is the time of a pause over?</summary>
    public const string Question = "EXISTS (SELECT FROM pauses WHERE ended_at IS NULL AND until <= (SELECT weir_now()))";

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        if (await database.QuerySingle<bool>("SELECT " + Question, null, cancellation))
            await database.Write(PauseRows.Expire, cancellation);
        return await database.QuerySingle<TimeSpan?>("SELECT min(until) - weir_now() FROM pauses WHERE ended_at IS NULL AND until IS NOT NULL", null, cancellation) is { } next
            ? next < TimeSpan.Zero ? TimeSpan.FromMilliseconds(200) : next
            : null;
    }
}
