using Dapper;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>
/// Gives running builds of this engine a slot on their worker again that they had given up. Who is to have one was decided before; whether it is free is checked here, under the row of the worker's session, as claims do.
/// </summary>
internal sealed class SlotGranting(Database database, OwnedBuilds builds)
{
    private sealed record Room(long Worker, int Free);

    public async Task Grant(IReadOnlyList<long> decided, CancellationToken cancellation)
    {
        var ours = decided.Select(builds.Find).OfType<BuildRunner>().ToArray();
        if (ours.Length == 0)
            return;
        Crash.At("slot.grant.before");
        var granted = await database.Write(unit => Grant(unit, ours), cancellation);
        Crash.At("slot.grant.after");
        foreach (var build in granted)
            builds.Find(build)?.Awake();
    }

    private static async Task<IReadOnlyList<long>> Grant(StoreTransaction unit, BuildRunner[] ours)
    {
        // Statements of their own: what is free is counted when the rows are ours. First the sessions, then the builds, as who greets a worker does.
        const string sql = $"""
            SELECT 1 FROM worker_sessions WHERE worker_id = ANY(@workers) ORDER BY worker_id FOR UPDATE;
            SELECT o.build_id FROM build_owners o JOIN unnest(@builds, @epochs) AS mine (build_id, epoch) USING (build_id, epoch) ORDER BY o.build_id FOR UPDATE OF o;
            SELECT w.id AS worker, {WorkerRows.Slots} - (SELECT count(*)::int FROM build_owners o WHERE o.worker_id = w.id AND o.slot_released_at IS NULL) + {LentSlots.InUse} AS free FROM workers w WHERE w.id = ANY(@workers);
            {LentSlots.Asking};
            """;
        await using var all = await unit.Connection.QueryMultipleAsync(new CommandDefinition(sql, new
        {
            workers = ours.Select(r => r.WorkerId).Distinct().ToArray(),
            builds = ours.Select(r => r.BuildId).ToArray(),
            epochs = ours.Select(r => r.Epoch).ToArray(),
        }, cancellationToken: unit.Cancellation));
        await all.ReadAsync();
        var owned = (await all.ReadAsync<long>()).ToHashSet();
        var free = (await all.ReadAsync<Room>()).ToDictionary(r => r.Worker, r => r.Free);
        var lent = new HashSet<long>();
        var granted = new List<long>();
        foreach (var waiter in (await all.ReadAsync<SlotWaiter>()).Where(w => owned.Contains(w.Build)))
        {
            if (free[waiter.Worker] > 0)
                free[waiter.Worker]--;
            else if (waiter.Lender is not { } lender || !lent.Add(lender))
                continue;
            granted.Add(waiter.Build);
        }
        if (granted.Count == 0)
        {
            await unit.Rollback();
            return [];
        }
        var batch = new StoreBatch();
        batch.Add("UPDATE build_owners SET slot_released_at = NULL, slot_asked_at = NULL WHERE build_id = ANY($1)", StoreBatch.P(granted.ToArray()));
        batch.Wake(WakeTopic.Queue);
        await unit.Send(batch);
        return granted;
    }
}
