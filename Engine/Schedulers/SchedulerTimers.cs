using Microsoft.Extensions.Logging;
using Weir.Engine.Changes;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Events;

namespace Weir.Engine.Schedulers;

/// <summary>
/// Fires what is due. The due row is locked first; the firing, its buildset, the changes it took and the next due time are one transaction, so several engines fire
/// once, and a change that comes meanwhile is in this set or starts the next timer. What was due many times while nobody ran fires once.
/// </summary>
internal sealed partial class SchedulerTimers(Database database, InForce inForce, Wakeups wakeups, TimeProvider time, ILogger<SchedulerTimers> logger)
    : Duty(wakeups, time, logger, WakeTopic.Timers)
{
    private static readonly TimeSpan AfterError = TimeSpan.FromMinutes(1);

    private sealed record Due
    {
        public string Kind { get; init; } = "";
        public string Subject { get; init; } = "";
        public DateTimeOffset DueAt { get; init; }
        public string? Scheduler { get; init; }
        public bool Enabled { get; init; }
    }

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        await FireDue(cancellation);
        return await database.QuerySingle<TimeSpan?>("SELECT min(due_at) - weir_now() FROM timers WHERE kind IN ('stable', 'periodic')", null, cancellation) is { } next
            ? next < TimeSpan.Zero ? TimeSpan.FromMilliseconds(200) : next // due, but another engine holds its row
            : null;
    }

    /// <summary>Fires until nothing is due; says how many timers.</summary>
    internal async Task<int> FireDue(CancellationToken cancellation)
    {
        var count = 0;
        while (await FireNext(cancellation))
            count++;
        return count;
    }

    private async Task<bool> FireNext(CancellationToken cancellation)
    {
        Due? due = null;
        try
        {
            return await inForce.Write(async (unit, revision) =>
            {
                due = await unit.QuerySingle<Due>("""
                    SELECT t.kind, t.subject, t.due_at, s.name AS scheduler, s.enabled AND s.retired_at IS NULL AS enabled
                    FROM timers t LEFT JOIN schedulers s ON s.id::text = split_part(t.subject, ':', 1)
                    WHERE t.kind IN ('stable', 'periodic') AND t.due_at <= (SELECT weir_now()) ORDER BY t.due_at, t.subject LIMIT 1 FOR UPDATE OF t SKIP LOCKED
                    """);
                if (due is null)
                    return false;
                var scheduler = due.Enabled ? revision.Model.Schedulers.FirstOrDefault(s => s.Name == due.Scheduler && s.Enabled) : null;
                await (due.Kind == "stable" ? FireStable(unit, revision, due, scheduler as SingleBranchConfiguration) : FirePeriodic(unit, revision, due, scheduler as PeriodicConfiguration));
                return true;
            }, cancellation);
        }
        catch (Exception e) when (due is not null && Database.IsFault(e))
        {
            LogFailed(e, due.Kind, due.Subject);
            await PutOff(due, e.Message, cancellation);
            return true;
        }
    }

    private static async Task FireStable(StoreTransaction unit, RevisionInForce revision, Due due, SingleBranchConfiguration? scheduler)
    {
        var (schedulerId, branch) = TimerSubject.Read(due.Subject);
        var ids = await unit.Query<long>("""
            DELETE FROM timers WHERE kind = 'stable' AND subject = @Subject;
            DELETE FROM scheduler_changes WHERE scheduler_id = @schedulerId AND branch = @branch RETURNING change_id
            """, new { due.Subject, schedulerId, branch });
        if (scheduler is null || ids.Count == 0)
            return;
        await Firing.Fire(unit, revision, new FiringOrder { Scheduler = scheduler, Identity = FormattableString.Invariant($"{branch}:{ids.Max()}"), Changes = await ChangeRows.Read(unit, ids) });
    }

    private static async Task FirePeriodic(StoreTransaction unit, RevisionInForce revision, Due due, PeriodicConfiguration? scheduler)
    {
        if (scheduler is null)
        {
            await unit.Execute("DELETE FROM timers WHERE kind = 'periodic' AND subject = @Subject", due);
            return;
        }
        await Firing.Fire(unit, revision, new FiringOrder { Scheduler = scheduler, Identity = FormattableString.Invariant($"{due.DueAt.UtcDateTime:O}"), Reason = scheduler.Reason ?? $"scheduler {scheduler.Name}, every {Words(scheduler.Every)}" });
        await unit.Execute("UPDATE timers SET due_at = weir_now() + @Every WHERE kind = 'periodic' AND subject = @Subject", new { scheduler.Every, due.Subject });
    }

    // An error in one schedule is shown at its scheduler and stops no other.
    private Task PutOff(Due due, string error, CancellationToken cancellation) => database.Write(async unit =>
    {
        await unit.Execute("UPDATE timers SET due_at = weir_now() + @AfterError WHERE kind = @Kind AND subject = @Subject AND due_at = @DueAt", new { AfterError, due.Kind, due.Subject, due.DueAt });
        await unit.Execute("UPDATE schedulers SET last_error = @error WHERE name = @Scheduler", new { error = ChangeText.Fit(error, ChangeText.MaxLink), due.Scheduler });
        unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged });
    }, cancellation);

    private static string Words(TimeSpan every) => every switch
    {
        { Ticks: var t } when t % TimeSpan.TicksPerDay == 0 => FormattableString.Invariant($"{every.TotalDays}d"),
        { Ticks: var t } when t % TimeSpan.TicksPerHour == 0 => FormattableString.Invariant($"{every.TotalHours}h"),
        { Ticks: var t } when t % TimeSpan.TicksPerMinute == 0 => FormattableString.Invariant($"{every.TotalMinutes}m"),
        _ => FormattableString.Invariant($"{every.TotalSeconds}s"),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "The timer {Kind} {Subject} could not fire; it is put off for a minute.")]
    private partial void LogFailed(Exception e, string kind, string subject);
}
