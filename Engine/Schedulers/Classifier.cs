using Microsoft.Extensions.Logging;
using Weir.Engine.Changes;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Pauses;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers;

/// <summary>
/// Shows every change to the schedulers, exactly once: its work row goes in the transaction of what came of it. Without a quiet time an important change fires at once;
/// with one it waits for the branch's timer, whose row is locked before the change is put beside it; for a scheduler of the clock it waits for that.
/// </summary>
internal sealed partial class Classifier(Database database, InForce inForce, Wakeups wakeups, TimeProvider time, ILogger<Classifier> logger)
    : Duty(wakeups, time, logger, WakeTopic.Changes, WakeTopic.Configuration)
{
    private const int Page = 500;
    private const int Together = 50;

    private sealed record Row
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
    }

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        await ClassifyAll(cancellation);
        return null;
    }

    /// <summary>Classifies what waits; says how many changes.</summary>
    internal async Task<int> ClassifyAll(CancellationToken cancellation)
    {
        var count = 0;
        long after = 0;
        while (true)
        {
            var waiting = await database.Query<long>("SELECT change_id FROM change_work WHERE change_id > @after ORDER BY change_id LIMIT @Page", new { after, Page }, cancellation);
            foreach (var some in waiting.Chunk(Together))
                count += await ClassifySome(some, cancellation);
            if (waiting.Count < Page)
                return count;
            after = waiting[^1];
        }
    }

    // One change that cannot be classified must not hold up its neighbours: they are tried one by one, and it alone stays.
    private async Task<int> ClassifySome(long[] ids, CancellationToken cancellation)
    {
        try
        {
            return await inForce.Write((unit, revision) => Classify(unit, revision, ids), cancellation);
        }
        catch (Exception e) when (Database.IsFault(e))
        {
            if (ids.Length == 1)
            {
                LogStays(e, ids[0]);
                return 0;
            }
            var count = 0;
            foreach (var id in ids)
                count += await ClassifySome([id], cancellation);
            return count;
        }
    }

    private static async Task<int> Classify(StoreTransaction unit, RevisionInForce revision, long[] ids)
    {
        var mine = await unit.Query<long>("SELECT change_id FROM change_work WHERE change_id = ANY(@ids) ORDER BY change_id FOR UPDATE SKIP LOCKED", new { ids });
        if (mine.Count == 0)
            return 0;
        var changes = await ChangeRows.Read(unit, mine);
        var rows = (await unit.Query<Row>("SELECT id, name FROM schedulers WHERE enabled AND retired_at IS NULL")).ToDictionary(r => r.Name, r => r.Id);
        var kept = (await unit.Query<string>(PauseRows.KeptSchedulers)).ToHashSet();
        var classified = Classification.Decide(revision.Model, rows.Keys.ToHashSet(), changes);
        // Of one that is paused they wait, as if for a quiet time that is over: its timer fires when it goes on.
        TimeSpan? Quiet(Classified c) => c is { Scheduler: ChangeDrivenConfiguration, Quiet: null } && kept.Contains(FormattableString.Invariant($"{rows[c.Scheduler.Name]}")) ? TimeSpan.Zero : c.Quiet;

        // All in one order: timers by subject, then schedulers by id. Two engines never wait for each other in a circle.
        var waiting = classified.Where(c => Quiet(c) is not null || c.Scheduler is TimedConfiguration)
            .GroupBy(c => (Quiet: Quiet(c), Id: rows[c.Scheduler.Name], c.Line)).OrderBy(g => TimerSubject.Stable(g.Key.Id, g.Key.Line), StringComparer.Ordinal);
        foreach (var line in waiting)
            await Wait(unit, line.Key.Id, line.Key.Line, line.Key.Quiet, [.. line]);
        var atOnce = classified.Where(c => c is { Scheduler: ChangeDrivenConfiguration, Important: true } && Quiet(c) is null).ToArray();
        if (atOnce.Length > 0)
            await unit.Execute("SELECT FROM schedulers WHERE id = ANY(@locked) ORDER BY id FOR NO KEY UPDATE", new { locked = atOnce.Select(c => rows[c.Scheduler.Name]).Distinct().ToArray() });
        foreach (var one in atOnce)
            await Firing.Fire(unit, revision, new FiringOrder { Scheduler = one.Scheduler, Identity = FormattableString.Invariant($"change:{one.Change.Id}"), Changes = [one.Change], Line = one.Line, MayCollapse = true });
        unit.Last("DELETE FROM change_work WHERE change_id = ANY($1)", StoreBatch.P(mine.ToArray()));
        return mine.Count;
    }

    // The due row first: while it is ours the timer cannot fire, and if it is firing we wait here and start the next one. What waits for the clock (no quiet time) moves
    // no timer: the firing takes what is there, and the rest stays for the next.
    private static async Task Wait(StoreTransaction unit, long schedulerId, string line, TimeSpan? quiet, IReadOnlyList<Classified> changes)
    {
        var subject = TimerSubject.Stable(schedulerId, line);
        if (quiet is not null)
        {
            await unit.Execute(changes.Any(c => c.Important) ? """
                INSERT INTO timers (kind, subject, due_at) VALUES ('stable', @subject, weir_now() + @quiet) ON CONFLICT (kind, subject) DO UPDATE SET due_at = weir_now() + @quiet
                """ : "UPDATE timers SET due_at = weir_now() + @quiet WHERE kind = 'stable' AND subject = @subject", new { subject, quiet });
        }
        await unit.Execute("""
            INSERT INTO scheduler_changes (scheduler_id, branch, change_id, important) SELECT @schedulerId, @line, id, important FROM unnest(@ids, @important) AS c (id, important)
            """, new { schedulerId, line, ids = changes.Select(c => c.Change.Id).ToArray(), important = changes.Select(c => c.Important).ToArray() });
        if (quiet is not null)
            unit.Wake(WakeTopic.Timers);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Change {Change} could not be shown to the schedulers; it will be tried again.")]
    private partial void LogStays(Exception e, long change);
}
