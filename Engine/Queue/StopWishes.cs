using Weir.Engine.Storage;
using Weir.Shared.Events;
using Weir.Shared.Identity;

namespace Weir.Engine.Queue;

/// <summary>Writes the wish that builds stop (table <c>build_stops</c>). The first wish of a build stays: it is the answer to who stopped it, and why. But one that ends a build for good comes before one that has it queued again.</summary>
public static class StopWishes
{
    public static async Task Write(StoreTransaction unit, IReadOnlyCollection<long> builds, string? reason, Actor by)
    {
        if (builds.Count == 0)
            return;
        await unit.Execute("""
            INSERT INTO build_stops (build_id, requested_at, requested_by, reason) SELECT id, weir_now(), @Name, @reason FROM unnest(@builds) AS b (id)
            ON CONFLICT (build_id) DO UPDATE SET requested_by = excluded.requested_by, reason = excluded.reason, requeue = false WHERE build_stops.requeue
            """, new { by.Name, reason, builds = builds.ToArray() });
        foreach (var build in builds)
            unit.Add(new WeirEvent { Kind = EventKind.BuildChanged, BuildId = build });
        unit.Wake(WakeTopic.Stops);
    }
}
