using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Timetables;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Events;

namespace Weir.Engine.Workers.Availability;

/// <summary>
/// Says so when a fact about a worker changes by itself: a window opens or closes, its owner's absence or its quarantine is over. What is due is a time in the worker's row; it is written anew
/// together with the next stretch of its windows, so one of several engines does it. Claims do not wait for this: they compare the times themselves.
/// </summary>
internal sealed partial class WorkerChanges(Database database, IInterruptions interruptions, Wakeups wakeups, TimeProvider time, ILogger<WorkerChanges> logger) : Duty(wakeups, time, logger, WakeTopic.Workers)
{
    /// <summary>Has a fact of a worker changed by itself?</summary>
    public const string Question = "EXISTS (SELECT FROM workers WHERE changes_at < 'infinity' AND changes_at <= (SELECT weir_now()))";

    private sealed record Due
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string? Availability { get; init; }
        public DateTimeOffset OpensAt { get; init; }
        public DateTimeOffset ClosesAt { get; init; }
        public DateTimeOffset Now { get; init; }
    }

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        if (await database.QuerySingle<bool>("SELECT " + Question, null, cancellation))
            await TellDue(cancellation);
        return await database.QuerySingle<TimeSpan?>("SELECT min(changes_at) - weir_now() FROM workers WHERE changes_at < 'infinity'", null, cancellation) is { } next
            ? next < TimeSpan.Zero ? TimeSpan.FromMilliseconds(200) : next
            : null;
    }

    private Task TellDue(CancellationToken cancellation) => database.Write(async unit =>
    {
        // Whole: what a claim has begun on a worker whose window closes is seen, and ended where that is wanted.
        await Gate.TakeWhole(unit);
        var due = await unit.Query<Due>("SELECT id, name, availability::text AS availability, opens_at, closes_at, weir_now() AS now FROM workers WHERE changes_at < 'infinity' AND changes_at <= weir_now() ORDER BY id FOR NO KEY UPDATE");
        foreach (var worker in due)
        {
            var rule = worker.Availability is null ? null : ConfigurationJson.Read<AvailabilityConfiguration>(worker.Availability);
            var closed = worker.ClosesAt <= worker.Now;
            if (closed)
                await WriteStretch(unit, worker, rule);
            // Its next moment: of its windows, or of what else ends by itself.
            await unit.Execute($"""
                UPDATE workers w SET changes_at = least(CASE WHEN w.opens_at > @Now THEN w.opens_at ELSE w.closes_at END, CASE WHEN w.quarantined_until > @Now THEN w.quarantined_until END,
                    (SELECT k.away_until FROM worker_sessions k WHERE k.worker_id = w.id AND {WorkerRows.OwnerAway}))
                WHERE w.id = @Id
                """, new { worker.Id, worker.Now });
            unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = worker.Id });
            if (closed && rule?.AtClose == AtClose.Interrupt && !await unit.QuerySingle<bool>($"SELECT {WorkerRows.Open} FROM workers w WHERE id = @Id", new { worker.Id }))
                await interruptions.EndAndQueueAgain(unit, [worker.Id], $"the window of worker {worker.Name} closed");
        }
        unit.Wake(WakeTopic.Queue);
    }, cancellation);

    private async Task WriteStretch(StoreTransaction unit, Due worker, AvailabilityConfiguration? rule)
    {
        OpeningColumns columns;
        try
        {
            columns = OpeningColumns.Of(rule, worker.Now);
        }
        catch (FormatException e)
        {
            LogNoZone(worker.Name, e.Message);
            columns = OpeningColumns.Never(worker.Availability);
        }
        await unit.Execute("UPDATE workers SET opens_at = @OpensAt::timestamptz, closes_at = @ClosesAt::timestamptz, longest_open = make_interval(secs => @LongestOpen) WHERE id = @Id",
            new { worker.Id, columns.OpensAt, columns.ClosesAt, columns.LongestOpen });
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The windows of worker {Worker} cannot be worked out, so it is given nothing until they are written anew: {Message}")]
    private partial void LogNoZone(string worker, string message);
}
