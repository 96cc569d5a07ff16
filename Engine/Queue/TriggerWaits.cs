using Weir.Engine.Locks;

namespace Weir.Engine.Queue;

/// <summary>A build waits for one that it has set off: for a build, or for a request that still waits itself.</summary>
/// <param name="Build">Who waits.</param>
/// <param name="Worker">The worker that it runs on.</param>
/// <param name="Child">The build it waits for; null: it is a request.</param>
/// <param name="Request">The request it waits for.</param>
/// <param name="Builder">The request's builder.</param>
/// <param name="Buildset">What it has set off.</param>
/// <param name="Released">It has given its slot up.</param>
public sealed record TriggerWait(long Build, long Worker, long? Child, long? Request, long? Builder, long Buildset = 0, bool Released = false);

/// <summary>Who waits for whom because of triggers, for those who decide about locks: a place in a line must not stand in the way of somebody for whom it waits itself, over a trigger or over the slot that a triggered build needs.</summary>
internal static class TriggerWaits
{
    /// <summary>So many requests of a trigger are looked at: who has set off more waits for long, whatever they do.</summary>
    public const int MostRequests = 100;

    /// <summary>Rows for <see cref="TriggerWait"/>.</summary>
    public const string Sql = """
        SELECT t.build_id AS build, p.worker_id AS worker, c.id AS child, NULL::bigint AS request, NULL::bigint AS builder, t.buildset_id AS buildset, p.slot_released_at IS NOT NULL AS released
        FROM triggers t JOIN build_owners p USING (build_id) JOIN builds c ON c.buildset_id = t.buildset_id AND c.completed_at IS NULL WHERE t.waiting
        UNION ALL
        SELECT t.build_id, p.worker_id, NULL, o.request_id, o.builder_id, t.buildset_id, p.slot_released_at IS NOT NULL
        FROM triggers t JOIN build_owners p USING (build_id) CROSS JOIN LATERAL (
            SELECT request_id, builder_id FROM open_requests WHERE buildset_id = t.buildset_id ORDER BY priority DESC, submitted_at, request_id LIMIT 100) o
        WHERE t.waiting
        """;

    /// <summary>The running builds that wait at a step, and the requests that are waited for, with all that they may want; and who waits for whom besides.</summary>
    /// <param name="state">What the decision rests on.</param>
    /// <param name="running">Running builds that wait at a step.</param>
    /// <param name="able">The workers that a builder may use.</param>
    public static (IEnumerable<LockWaiter> Waiters, ILookup<long, long>? Others) Of(DispatchState state, IReadOnlyList<LockWaiter> running, Func<DispatchBuilder, IReadOnlyList<DispatchWorker>> able)
    {
        if (state.Triggered.Count == 0)
            return (running, null);
        var builders = state.Builders.ToDictionary(b => b.Id);
        // Whoever runs on a full worker may be what a request waits for that needs a slot there.
        var on = running.Select(w => (w.Worker, w.Build)).Concat(state.Triggered.Where(t => !t.Released).Select(t => (t.Worker, t.Build))).Distinct().ToLookup(r => r.Worker, r => r.Build);
        var waiters = running.ToList();
        var others = new List<(long From, long To)>();
        foreach (var wait in state.Triggered)
        {
            others.Add((wait.Build, wait.Child ?? -wait.Request!.Value));
            if (wait.Request is not { } request || !builders.TryGetValue(wait.Builder!.Value, out var builder))
                continue;
            var workers = able(builder);
            waiters.Add(new(-request, state.Now, [.. builder.Locks.SelectMany(l => workers.Select(w => l.On(w, state.Locks, wait.Buildset))).DistinctBy(n => n.Place)]));
            others.AddRange(workers.Where(w => w.FreeSlots <= 0).SelectMany(w => on[w.Id]).Select(b => (-request, b)));
        }
        others.AddRange(state.Asking.Where(a => state.Workers.Any(w => w.Id == a.Worker && w.FreeSlots <= 0)).SelectMany(a => on[a.Worker].Select(b => (a.Build, b))));
        return (waiters, others.ToLookup(o => o.From, o => o.To));
    }
}
