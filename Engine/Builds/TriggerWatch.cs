using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>Wakes the builds of this engine whose triggered builds have ended: the end of a buildset leaves its mark in the row of whoever waits for it (invariant 11).</summary>
internal sealed class TriggerWatch(Database database, OwnedBuilds builds, Self self, Wakeups wakeups, TimeProvider time, ILogger<TriggerWatch> logger) : Duty(wakeups, time, logger, WakeTopic.Triggers)
{
    /// <summary>What the sweep asks.</summary>
    public const string Question = "EXISTS (SELECT FROM triggers WHERE waiting AND ended_at IS NOT NULL)";

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        // Every buildset that ends wakes us, and hardly any has been set off by a build. Who begins to wait looks for himself first.
        if (!builds.AnyWaitsForTriggered)
            return null;
        var over = await database.Query<long>("SELECT t.build_id FROM triggers t JOIN build_owners o USING (build_id) WHERE t.waiting AND t.ended_at IS NOT NULL AND o.master_id = @master", new { master = await self.Id(cancellation) }, cancellation);
        if (over.Count > 0)
            Crash.At("trigger.over");
        foreach (var build in over)
            builds.Find(build)?.Awake();
        return null;
    }
}
