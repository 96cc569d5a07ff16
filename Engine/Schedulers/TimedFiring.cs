using Weir.Engine.Changes;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Timetables;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Events;

namespace Weir.Engine.Schedulers;

/// <summary>
/// Fires a scheduler that the clock sets off, in the caller's transaction, which has locked its due row: the firing for the due time, its buildset with the changes it took, what
/// was missed or had nothing to build, and the next due time.
/// </summary>
internal static class TimedFiring
{
    /// <summary>The line of <c>scheduler_changes</c> on which changes wait for the clock.</summary>
    public const string Line = "";

    private sealed record Waiting
    {
        public long ChangeId { get; init; }
        public bool Important { get; init; }
    }

    private sealed record Past
    {
        public long Id { get; init; }
        public DateTimeOffset? LastFiredAt { get; init; }
        public DateTimeOffset? WatchesSince { get; init; }
    }

    public static async Task Fire(StoreTransaction unit, RevisionInForce revision, TimedConfiguration scheduler, DueTimer due)
    {
        var step = CatchingUp.At(Table(scheduler, due.DueAt), due.DueAt, due.Now, scheduler.CatchUp);
        if (step.Fire is { } time)
            await FireFor(unit, revision, scheduler, time);
        if (step.Missed > 0)
            await Note(unit, scheduler, $"missed:{Identity(step.MissedFrom)}", step.MissedFrom, $"{Times(step)}: no engine was there (catchUp: {scheduler.CatchUp.ToString().ToLowerInvariant()})");
        var next = Next(scheduler, step, due.Now);
        await unit.Execute(next is null ? "DELETE FROM timers WHERE kind = @Kind AND subject = @Subject" : "UPDATE timers SET due_at = @next, meant_at = NULL WHERE kind = @Kind AND subject = @Subject",
            new { due.Kind, due.Subject, next });
    }

    private static string Times(DueStep step) => step.Missed == 1 ? "missed" : FormattableString.Invariant($"missed {step.Missed} times until {step.MissedUntil.UtcDateTime:yyyy-MM-dd HH:mm}Z");

    private static Timetable Table(TimedConfiguration scheduler, DateTimeOffset due) => scheduler switch
    {
        NightlyConfiguration nightly => Schedules.Of(nightly),
        PeriodicConfiguration periodic => new EverySoOften(due, periodic.Every),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    // A period counts from its firing, so that two builds are never nearer to each other; only who makes up for each missed one keeps to the grid.
    private static DateTimeOffset? Next(TimedConfiguration scheduler, DueStep step, DateTimeOffset now) =>
        scheduler is PeriodicConfiguration { CatchUp: not CatchUp.All } periodic && step.Fire is not null ? now + periodic.Every : step.Next;

    private static async Task FireFor(StoreTransaction unit, RevisionInForce revision, TimedConfiguration scheduler, DateTimeOffset time)
    {
        var order = new FiringOrder { Scheduler = scheduler, Identity = Identity(time), DueAt = time, Reason = Schedules.Reason(scheduler, time), MayCollapse = true };
        if (!scheduler.OnlyIfChanged)
        {
            await Firing.Fire(unit, revision, order);
            return;
        }
        var past = await unit.QuerySingle<Past>("SELECT id, last_fired_at, watches_since FROM schedulers WHERE name = @Name AND retired_at IS NULL", new { scheduler.Name });
        if (past is null)
            return;
        var waiting = await unit.Query<Waiting>("SELECT change_id, important FROM scheduler_changes WHERE scheduler_id = @Id AND branch = @Line ORDER BY change_id FOR UPDATE", new { past.Id, Line });
        // Of what came before it began to watch it knows nothing: then it builds.
        var knows = past.LastFiredAt is { } fired && past.WatchesSince is { } since && since <= fired;
        if (knows && !waiting.Any(w => w.Important))
        {
            await Note(unit, scheduler, order.Identity, time, waiting.Count == 0 ? "nothing changed" : "nothing important changed");
            return;
        }
        var ids = waiting.Select(w => w.ChangeId).ToArray();
        if (await Firing.Fire(unit, revision, order with { Changes = await ChangeRows.Read(unit, ids) }) is not null)
            await unit.Execute("DELETE FROM scheduler_changes WHERE scheduler_id = @Id AND branch = @Line AND change_id = ANY(@ids)", new { past.Id, Line, ids });
    }

    // A time that made no buildset is on record all the same: nobody need guess whether the clock was seen.
    private static async Task Note(StoreTransaction unit, TimedConfiguration scheduler, string identity, DateTimeOffset due, string outcome)
    {
        await unit.Execute("""
            INSERT INTO firings (scheduler_id, identity, fired_at, due_at, outcome)
            SELECT id, @identity, weir_now(), @due, @outcome FROM schedulers WHERE name = @Name AND retired_at IS NULL ON CONFLICT DO NOTHING;
            UPDATE schedulers SET last_error = NULL WHERE name = @Name AND last_error IS NOT NULL
            """, new { scheduler.Name, identity, due, outcome });
        unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged });
    }

    private static string Identity(DateTimeOffset due) => FormattableString.Invariant($"{due.UtcDateTime:O}");
}
