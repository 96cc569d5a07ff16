using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers;

/// <summary>
/// Puts the timers of schedulers right, once for each revision: a periodic one in force has its due row (at once when it never fired, else its period after the last
/// time), a nightly one too (one whose rule is as before keeps it, also if it is overdue), and who is gone or switched off has none and waits for no changes.
/// </summary>
internal sealed class ScheduleSync(InForce inForce, Wakeups wakeups, TimeProvider time, ILogger<ScheduleSync> logger) : Duty(wakeups, time, logger, WakeTopic.Configuration)
{
    /// <summary>Is there a revision for which nobody has done it yet?</summary>
    public const string Question = "EXISTS (SELECT FROM config_in_force c WHERE NOT EXISTS (SELECT FROM timers_synced t WHERE t.kind = 'schedules' AND t.revision_id = c.revision_id))";

    private sealed record Row
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
    }

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        await Sync(cancellation);
        return null;
    }

    internal Task<bool> Sync(CancellationToken cancellation) => inForce.Write(async (unit, revision) =>
    {
        var first = await unit.Execute("""
            INSERT INTO timers_synced (kind, revision_id) VALUES ('schedules', @Id) ON CONFLICT (kind) DO UPDATE SET revision_id = @Id WHERE timers_synced.revision_id <> @Id
            """, new { revision.Id });
        if (first == 1)
            await Apply(unit, revision.Model);
        return first == 1;
    }, cancellation);

    /// <summary>For callers who hold the revision in force.</summary>
    internal static async Task Apply(StoreTransaction unit, WeirConfiguration model)
    {
        var rows = (await unit.Query<Row>("SELECT id, name FROM schedulers WHERE enabled AND retired_at IS NULL")).ToDictionary(r => r.Name, r => r.Id);
        var active = model.Schedulers.Where(s => s.Enabled && rows.ContainsKey(s.Name)).ToArray();
        var periodic = active.OfType<PeriodicConfiguration>().OrderBy(s => rows[s.Name]).ToArray();
        var nightly = active.OfType<NightlyConfiguration>().OrderBy(s => rows[s.Name]).ToArray();
        var branches = active.OfType<ChangeDrivenConfiguration>().ToArray();
        var watching = active.OfType<TimedConfiguration>().Where(s => s.OnlyIfChanged).OrderBy(s => rows[s.Name]).ToArray();
        await unit.Execute("""
            DELETE FROM timers WHERE kind = 'periodic' AND subject <> ALL(@periodicIds);
            DELETE FROM timers WHERE kind = 'stable' AND split_part(subject, ':', 1) <> ALL(@branchIds);
            DELETE FROM scheduler_changes WHERE scheduler_id::text <> ALL(@branchIds || @watchingIds);
            -- Who begins to watch, or watches for something else, knows nothing of what was before.
            UPDATE schedulers SET watches = NULL, watches_since = NULL WHERE watches IS NOT NULL AND id::text <> ALL(@watchingIds);
            UPDATE schedulers s SET watches = w.filter, watches_since = weir_now() FROM unnest(@watching, @filters) AS w (id, filter) WHERE s.id = w.id AND s.watches IS DISTINCT FROM w.filter;
            -- No quiet time any more: what waits for it is due.
            UPDATE timers SET due_at = weir_now() WHERE kind = 'stable' AND split_part(subject, ':', 1) = ANY(@unstableIds) AND due_at > weir_now();
            INSERT INTO timers AS t (kind, subject, due_at, rule)
            SELECT 'periodic', s.id::text, COALESCE(s.last_fired_at + p.every, weir_now()), p.every::text FROM unnest(@ids, @periods) AS p (id, every) JOIN schedulers s ON s.id = p.id ORDER BY s.id
            ON CONFLICT (kind, subject) DO UPDATE SET rule = excluded.rule, meant_at = NULL,
                due_at = CASE WHEN (SELECT last_fired_at FROM schedulers s WHERE s.id::text = t.subject) IS NULL THEN least(t.due_at, excluded.due_at) ELSE excluded.due_at END
                WHERE t.rule IS DISTINCT FROM excluded.rule
            """, new
        {
            ids = periodic.Select(s => rows[s.Name]).ToArray(),
            periods = periodic.Select(s => s.Every).ToArray(),
            periodicIds = Ids(periodic),
            branchIds = Ids(branches),
            unstableIds = Ids(branches.Where(b => b.TreeStable is null)),
            watchingIds = Ids(watching),
            watching = watching.Select(s => rows[s.Name]).ToArray(),
            filters = watching.Select(s => ConfigurationJson.Write(new { s.Changes, s.Important, s.Codebases })).ToArray(),
        });
        await ApplyNightly(unit, nightly, rows);
        unit.Wake(WakeTopic.Timers);

        string[] Ids(IEnumerable<SchedulerConfiguration> schedulers) => [.. schedulers.Select(s => FormattableString.Invariant($"{rows[s.Name]}"))];
    }

    private static async Task ApplyNightly(StoreTransaction unit, IReadOnlyList<NightlyConfiguration> schedulers, Dictionary<string, long> rows)
    {
        var now = await unit.QuerySingle<DateTimeOffset>("SELECT weir_now()");
        var due = new List<(string Subject, DateTimeOffset At, string Rule)>();
        foreach (var scheduler in schedulers)
        {
            try
            {
                if (Schedules.Of(scheduler).Next(now) is { } next)
                    due.Add((FormattableString.Invariant($"{rows[scheduler.Name]}"), next, Schedules.Rule(scheduler)));
            }
            catch (FormatException e) // checked on a master with other zone data
            {
                await unit.Execute("UPDATE schedulers SET last_error = @Message WHERE name = @Name", new { e.Message, scheduler.Name });
            }
        }
        await unit.Execute("""
            DELETE FROM timers WHERE kind = 'nightly' AND subject <> ALL(@subjects);
            INSERT INTO timers AS t (kind, subject, due_at, rule) SELECT 'nightly', subject, due_at, rule FROM unnest(@subjects, @times, @rules) AS d (subject, due_at, rule) ORDER BY subject
            ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, rule = excluded.rule, meant_at = NULL WHERE t.rule IS DISTINCT FROM excluded.rule
            """, new { subjects = due.Select(d => d.Subject).ToArray(), times = due.Select(d => d.At).ToArray(), rules = due.Select(d => d.Rule).ToArray() });
    }
}
