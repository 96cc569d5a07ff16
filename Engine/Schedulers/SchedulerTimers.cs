using Microsoft.Extensions.Logging;
using Weir.Engine.Changes;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Pauses;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Events;

namespace Weir.Engine.Schedulers;

/// <summary>
/// Fires what is due. The due row is locked first; the firing, its buildset, the changes it took and the next due time are one transaction, so several engines fire
/// once, and a change that comes meanwhile is in this set or starts the next timer. What was due many times while nobody ran is caught up with as its scheduler says.
/// </summary>
internal sealed partial class SchedulerTimers(Database database, InForce inForce, Classifier classifier, Wakeups wakeups, TimeProvider time, ILogger<SchedulerTimers> logger)
    : Duty(wakeups, time, logger, WakeTopic.Timers)
{
    /// <summary>Is a timer of schedulers due?</summary>
    public const string Question = $"EXISTS (SELECT FROM timers t WHERE t.kind IN ('stable', 'periodic', 'nightly') AND t.due_at <= (SELECT weir_now()) AND {MayFire})";

    // One that is paused keeps its due time: what became of it meanwhile is for its rule of catching up, when it goes on.
    private const string MayFire = $"split_part(t.subject, ':', 1) NOT IN ({PauseRows.KeptSchedulers})";

    private static readonly TimeSpan AfterError = TimeSpan.FromMinutes(1);

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        await FireDue(cancellation);
        return await database.QuerySingle<TimeSpan?>($"SELECT min(t.due_at) - weir_now() FROM timers t WHERE t.kind IN ('stable', 'periodic', 'nightly') AND {MayFire}", null, cancellation) is { } next
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
        DueTimer? due = null;
        try
        {
            // What came before a due time counts for it: after an outage the changes must be shown to the schedulers first.
            if (await database.QuerySingle<bool>($"SELECT EXISTS (SELECT FROM timers t JOIN schedulers s ON s.id::text = t.subject WHERE t.kind IN ('periodic', 'nightly') AND t.due_at <= (SELECT weir_now()) AND s.watches IS NOT NULL AND {MayFire}) AND EXISTS (SELECT FROM change_work)", null, cancellation))
                await classifier.ClassifyAll(cancellation);
            return await inForce.Write(async (unit, revision) =>
            {
                due = await unit.QuerySingle<DueTimer>($"""
                    SELECT t.kind, t.subject, COALESCE(t.meant_at, t.due_at) AS due_at, weir_now() AS now, s.name AS scheduler, s.enabled AND s.retired_at IS NULL AS enabled
                    FROM timers t LEFT JOIN schedulers s ON s.id::text = split_part(t.subject, ':', 1)
                    WHERE t.kind IN ('stable', 'periodic', 'nightly') AND t.due_at <= (SELECT weir_now()) AND {MayFire} ORDER BY t.due_at, t.subject LIMIT 1 FOR UPDATE OF t SKIP LOCKED
                    """);
                if (due is null)
                    return false;
                await Fire(unit, revision, due, due.Enabled ? revision.Model.Schedulers.FirstOrDefault(s => s.Name == due.Scheduler && s.Enabled) : null);
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

    private static Task Fire(StoreTransaction unit, RevisionInForce revision, DueTimer due, SchedulerConfiguration? scheduler) => (due.Kind, scheduler) switch
    {
        ("stable", _) => FireStable(unit, revision, due, scheduler as ChangeDrivenConfiguration),
        ("periodic", PeriodicConfiguration periodic) => TimedFiring.Fire(unit, revision, periodic, due),
        ("nightly", NightlyConfiguration nightly) => TimedFiring.Fire(unit, revision, nightly, due),
        _ => unit.Execute("DELETE FROM timers WHERE kind = @Kind AND subject = @Subject", new { due.Kind, due.Subject }),
    };

    private static async Task FireStable(StoreTransaction unit, RevisionInForce revision, DueTimer due, ChangeDrivenConfiguration? scheduler)
    {
        var (schedulerId, line) = TimerSubject.Read(due.Subject);
        var ids = await unit.Query<long>("""
            DELETE FROM timers WHERE kind = 'stable' AND subject = @Subject;
            DELETE FROM scheduler_changes WHERE scheduler_id = @schedulerId AND branch = @line RETURNING change_id
            """, new { due.Subject, schedulerId, line });
        if (scheduler is null || ids.Count == 0)
            return;
        await Firing.Fire(unit, revision, new FiringOrder { Scheduler = scheduler, Identity = FormattableString.Invariant($"{line}:{ids.Max()}"), Changes = await ChangeRows.Read(unit, ids), Line = line, MayCollapse = true });
    }

    // An error in one schedule is shown at its scheduler and stops no other.
    private Task PutOff(DueTimer due, string error, CancellationToken cancellation) => database.Write(async unit =>
    {
        await unit.Execute("UPDATE timers SET meant_at = COALESCE(meant_at, due_at), due_at = weir_now() + @AfterError WHERE kind = @Kind AND subject = @Subject AND due_at <= weir_now()", new { AfterError, due.Kind, due.Subject });
        await unit.Execute("UPDATE schedulers SET last_error = @error WHERE name = @Scheduler", new { error = ChangeText.Fit(error, ChangeText.MaxLink), due.Scheduler });
        unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged });
    }, cancellation);

    [LoggerMessage(Level = LogLevel.Error, Message = "The timer {Kind} {Subject} could not fire; it is put off for a minute.")]
    private partial void LogFailed(Exception e, string kind, string subject);
}
