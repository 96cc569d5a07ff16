using Weir.Engine.Storage;
using Weir.Shared.Protocol;

namespace Weir.Engine.Workers.Availability;

/// <summary>What the owner of a worker's machine says of it, checked: it comes from outside.</summary>
/// <param name="Away">He wants it for himself.</param>
/// <param name="For">For so long; null: until he says otherwise.</param>
/// <param name="Reason">Why.</param>
internal sealed record Presences(bool Away, TimeSpan? For, string? Reason)
{
    private const int LongestReason = 500;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static Presences Of(OwnerAbsence? absence)
    {
        if (absence is null)
            return new(false, null, null);
        var reason = string.Concat((absence.Reason ?? "").Take(LongestReason).Where(c => !char.IsControl(c) && !char.IsSurrogate(c))).Trim();
        TimeSpan? span = absence.Seconds is not { } seconds || double.IsNaN(seconds) ? null : TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Longest.TotalSeconds));
        return new(true, span, reason.Length == 0 ? null : reason);
    }

    /// <summary>When an absence ends by itself is one of the moments at which something changes.</summary>
    public static async Task Note(StoreTransaction unit, long workerId)
    {
        await unit.Execute("UPDATE workers w SET changes_at = least(w.changes_at, (SELECT k.away_until FROM worker_sessions k WHERE k.worker_id = w.id)) WHERE w.id = @workerId AND w.changes_at > (SELECT k.away_until FROM worker_sessions k WHERE k.worker_id = w.id)", new { workerId });
        unit.Wake(WakeTopic.Workers);
    }
}
