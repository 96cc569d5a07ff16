using Microsoft.Extensions.Logging;
using Weir.Engine.Changes;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Schedulers;

/// <summary>
/// Shows every change to the schedulers, exactly once: its work row goes in the transaction of what came of it. Without a quiet time an important change fires at once;
/// with one it waits for the branch's timer, whose row is locked before the change is put beside it.
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
        var classified = Classification.Decide(revision.Model, rows.Keys.ToHashSet(), changes);

        // All in one order: timers by subject, then schedulers by id. Two engines never wait for each other in a circle.
        var waiting = classified.Where(c => c.Scheduler.TreeStable is not null).GroupBy(c => TimerSubject.Stable(rows[c.Scheduler.Name], c.Change.Branch)).OrderBy(g => g.Key, StringComparer.Ordinal);
        foreach (var branch in waiting)
            await Wait(unit, rows[branch.First().Scheduler.Name], branch.Key, [.. branch]);
        var atOnce = classified.Where(c => c.Scheduler.TreeStable is null && c.Important).ToArray();
        if (atOnce.Length > 0)
            await unit.Execute("SELECT FROM schedulers WHERE id = ANY(@locked) ORDER BY id FOR NO KEY UPDATE", new { locked = atOnce.Select(c => rows[c.Scheduler.Name]).Distinct().ToArray() });
        foreach (var one in atOnce)
            await Firing.Fire(unit, revision, new FiringOrder { Scheduler = one.Scheduler, Identity = FormattableString.Invariant($"change:{one.Change.Id}"), Changes = [one.Change] });
        await unit.Execute("DELETE FROM change_work WHERE change_id = ANY(@done)", new { done = mine.ToArray() });
        return mine.Count;
    }

    // The due row first: while it is ours the timer cannot fire, and if it is firing we wait here and start the next one.
    private static async Task Wait(StoreTransaction unit, long schedulerId, string subject, IReadOnlyList<Classified> changes)
    {
        var quiet = changes[0].Scheduler.TreeStable!.Value;
        if (changes.Any(c => c.Important))
            await unit.Execute("""
                INSERT INTO timers (kind, subject, due_at) VALUES ('stable', @subject, weir_now() + @quiet) ON CONFLICT (kind, subject) DO UPDATE SET due_at = weir_now() + @quiet
                """, new { subject, quiet });
        else
            await unit.Execute("UPDATE timers SET due_at = weir_now() + @quiet WHERE kind = 'stable' AND subject = @subject", new { subject, quiet });
        await unit.Execute("""
            INSERT INTO scheduler_changes (scheduler_id, branch, change_id, important) SELECT @schedulerId, @branch, id, important FROM unnest(@ids, @important) AS c (id, important)
            """, new { schedulerId, branch = changes[0].Change.Branch ?? "", ids = changes.Select(c => c.Change.Id).ToArray(), important = changes.Select(c => c.Important).ToArray() });
        unit.Wake(WakeTopic.Timers);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Change {Change} could not be shown to the schedulers; it will be tried again.")]
    private partial void LogStays(Exception e, long change);
}
