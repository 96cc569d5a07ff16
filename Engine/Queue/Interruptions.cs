using Weir.Engine.Storage;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Events;

namespace Weir.Engine.Queue;

/// <summary>Ends what runs on workers and queues it again. A build that somebody has stopped already stays stopped.</summary>
internal sealed class Interruptions : IInterruptions
{
    /// <summary>Who it was, in the rows of wishes.</summary>
    private const string By = "weir";

    public async Task EndAndQueueAgain(StoreTransaction unit, IReadOnlyCollection<long> workers, string reason)
    {
        var ended = await unit.Query<long>("""
            INSERT INTO build_stops (build_id, requested_at, requested_by, reason, requeue)
            SELECT o.build_id, weir_now(), @By, @reason, true FROM build_owners o WHERE o.worker_id = ANY(@workers) ORDER BY o.build_id
            ON CONFLICT DO NOTHING RETURNING build_id
            """, new { By, reason, workers = workers.ToArray() });
        foreach (var build in ended)
            unit.Add(new WeirEvent { Kind = EventKind.BuildChanged, BuildId = build });
        if (ended.Count > 0)
            unit.Wake(WakeTopic.Stops);
    }
}
