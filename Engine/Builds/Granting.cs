using Dapper;
using Weir.Engine.Locks;
using Weir.Engine.Storage;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>
/// Gives running builds of this engine the locks that a step of theirs waits for. Who is to have them was decided before; whether they are free is checked under the rows of the locks, so that no two engines give out
/// the same unit: of simple locks by the build, which takes them as it goes on; of all others here.
/// </summary>
internal sealed class Granting(Database database, OwnedBuilds builds)
{
    public async Task Grant(LockState locks, IReadOnlyList<LockWaiter> grants, CancellationToken cancellation)
    {
        // Those that have them already and did not hear of it (the answer to a commit was lost).
        foreach (var build in locks.Served)
            builds.Find(build)?.LocksAreThere();
        var found = grants.Select(g => (Waiter: g, Runner: builds.Find(g.Build))).Where(g => g.Runner is not null).ToLookup(g => locks.IsSimple(g.Waiter));
        foreach (var (waiter, runner) in found[true])
            runner!.TakeLocks(waiter.Order);
        var ours = found[false].ToArray();
        if (ours.Length == 0)
            return;
        Crash.At("locks.grant.before");
        var granted = await database.Write(unit => Grant(unit, [.. ours.Select(g => (g.Waiter, g.Runner!.Epoch))]), cancellation);
        Crash.At("locks.grant.after");
        foreach (var build in granted)
            builds.Find(build)?.LocksAreThere();
    }

    private static async Task<IReadOnlyList<long>> Grant(StoreTransaction unit, (LockWaiter Waiter, long Epoch)[] wanted)
    {
        // One round trip, statements of their own: what is held is read when the locks' rows are ours.
        const string sql = $"""
            {KeptPlans.Sql};
            SELECT o.build_id FROM build_owners o JOIN unnest(@builds, @epochs) AS mine (build_id, epoch) USING (build_id, epoch) ORDER BY o.build_id FOR SHARE OF o;
            SELECT 1 FROM locks WHERE id = ANY(@locks) ORDER BY id FOR NO KEY UPDATE;
            {LockState.Sql};
            """;
        await using var all = await unit.Connection.QueryMultipleAsync(new CommandDefinition(sql, new
        {
            builds = wanted.Select(w => w.Waiter.Build).ToArray(),
            epochs = wanted.Select(w => w.Epoch).ToArray(),
            locks = wanted.SelectMany(w => w.Waiter.Needs).Select(n => n.Place.Lock).Distinct().ToArray(),
        }, cancellationToken: unit.Cancellation));
        var (owned, locked) = ((await all.ReadAsync<long>()).ToHashSet(), wanted.SelectMany(w => w.Waiter.Needs).Select(n => n.Place.Lock).ToHashSet());
        await all.ReadAsync();
        var now = await LockState.Read(all);
        var (table, standing) = (now.Table(), now.Waiters.ToDictionary(w => w.Build));
        var granted = new List<long>();
        var names = new List<(long Build, long Lock, string Names)>();
        foreach (var build in wanted.Select(w => w.Waiter.Build).Where(owned.Contains))
        {
            if (!standing.TryGetValue(build, out var waiter) || !waiter.Needs.All(n => locked.Contains(n.Place.Lock) && table.Fits(n)))
                continue;
            names.AddRange(waiter.Needs.Select(n => (build, n.Place.Lock, string.Join(',', table.Hold(build, n)))).Where(n => n.Item3.Length > 0));
            granted.Add(build);
        }
        if (granted.Count == 0)
        {
            await unit.Rollback();
            return [];
        }
        var batch = new StoreBatch();
        if (names.Count > 0)
        {
            batch.Add("UPDATE lock_claims c SET names = string_to_array(u.names, ',') FROM unnest($1, $2, $3) AS u (build_id, lock_id, names) WHERE c.build_id = u.build_id AND c.lock_id = u.lock_id AND c.held_at IS NULL",
                StoreBatch.P(names.Select(n => n.Build).ToArray()), StoreBatch.P(names.Select(n => n.Lock).ToArray()), StoreBatch.P(names.Select(n => n.Names).ToArray()));
        }
        batch.Add("UPDATE lock_claims SET held_at = weir_now() WHERE build_id = ANY($1) AND held_at IS NULL", StoreBatch.P(granted.ToArray()));
        batch.Add("UPDATE steps SET locks_acquired_at = weir_now() WHERE build_id = ANY($1) AND completed_at IS NULL", StoreBatch.P(granted.ToArray()));
        batch.Wake(WakeTopic.Events);
        await unit.Send(batch);
        return granted;
    }
}
