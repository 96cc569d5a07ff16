using Weir.Engine.Storage;
using Weir.Shared.Events;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Stores why requests wait: what has changed, once for each builder. A reason is read by people and never relied on, so in a storm of claims it is not written with each of them.</summary>
public sealed class WaitReasons(Database database, TimeProvider time)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);
    private long storedAt;

    /// <summary>When to come back for what is not written yet; null: all is.</summary>
    public async Task<TimeSpan?> Store(DispatchState state, long revision, IReadOnlyList<Wait> waits, CancellationToken cancellation)
    {
        var ofBuilders = waits.Where(w => !w.IsOfRequest && !w.IsPassing).ToArray();
        var changed = ofBuilders.Where(w => state.Waits.GetValueOrDefault(w.Builder) is not { } b || b.Text != w.Text || b.Kind != w.Kind || b.Blocker != w.Blocker).ToArray();
        // Those of builders that another engine begins are its own to say.
        var over = state.Waits.Keys.Except(waits.Select(w => w.Builder)).Except(state.Builders.Where(b => b.Engines is { } engines && !engines.Contains(state.Self)).Select(b => b.Id)).ToArray();
        var aside = waits.Where(w => w.Kind == WaitKind.SetAside).ToArray();
        var found = state.Requests.Where(r => r.WasSetAside).Select(r => r.BuilderId).Except(aside.Select(w => w.Builder)).ToArray();
        if (changed.Length + over.Length + aside.Length + found.Length == 0)
            return null;
        if (storedAt != 0 && Between - time.GetElapsedTime(storedAt) is { } pause && pause > TimeSpan.Zero && aside.Length == 0)
            return pause;
        storedAt = time.GetTimestamp();
        await database.Write(async unit =>
        {
            if (changed.Length > 0)
                await Write(unit, changed);
            if (over.Length > 0)
                await unit.Execute("DELETE FROM builder_waits WHERE builder_id = ANY(@over)", new { over });
            if (aside.Length > 0)
            {
                await unit.Execute("""
                    UPDATE open_requests o SET wait_kind = 'SetAside', wait_text = u.text, wait_since = weir_now(), set_aside_in = @revision
                    FROM (SELECT * FROM unnest(@ids, @texts) AS w (id, text) ORDER BY id) u WHERE o.request_id = u.id
                    """, new { revision, ids = aside.Select(w => w.Request).ToArray(), texts = aside.Select(w => w.Text).ToArray() });
            }
            if (found.Length > 0)
            {
                await unit.Execute("""
                    UPDATE open_requests SET wait_kind = 'New', wait_text = 'It is complete now.', wait_since = weir_now(), set_aside_in = NULL
                    WHERE builder_id = ANY(@found) AND set_aside_in <> @revision
                    """, new { found, revision });
            }
            foreach (var wait in aside)
                unit.Add(new WeirEvent { Kind = EventKind.RequestChanged, RequestId = wait.Request, BuilderId = wait.Builder });
            foreach (var builder in changed.Select(w => w.Builder).Concat(over).Concat(found).Distinct())
                unit.Add(new WeirEvent { Kind = EventKind.RequestChanged, BuilderId = builder });
        }, cancellation);
        return null;
    }

    // Who keeps a place in a line keeps it while he stands in it, whoever is before him at the moment.
    private static Task<int> Write(StoreTransaction unit, Wait[] changed) => unit.Execute("""
        INSERT INTO builder_waits AS b (builder_id, kind, text, since, until, blocker_kind, blocker_id, lock_id)
        SELECT builder_id, kind, text, weir_now(), until, blocker_kind, blocker_id, lock_id
        FROM unnest(@builders, @kinds, @texts, @untils, @blockers, @blockerIds, @locks) AS u (builder_id, kind, text, until, blocker_kind, blocker_id, lock_id) ORDER BY builder_id
        ON CONFLICT (builder_id) DO UPDATE SET
            since = CASE WHEN b.kind = excluded.kind OR (b.kind LIKE 'Lock%' AND excluded.kind LIKE 'Lock%') THEN b.since ELSE excluded.since END,
            kind = excluded.kind, text = excluded.text, until = excluded.until, blocker_kind = excluded.blocker_kind, blocker_id = excluded.blocker_id, lock_id = excluded.lock_id
        """, new
    {
        builders = changed.Select(w => w.Builder).ToArray(),
        kinds = changed.Select(w => w.Kind.ToString()).ToArray(),
        texts = changed.Select(w => w.Text).ToArray(),
        untils = changed.Select(w => w.Until?.UtcDateTime).ToArray(),
        blockers = changed.Select(w => w.Blocker?.Kind).ToArray(),
        blockerIds = changed.Select(w => w.Blocker?.Id).ToArray(),
        locks = changed.Select(w => w.Lock).ToArray(),
    });
}
