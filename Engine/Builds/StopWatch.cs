using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Carries out the stored wishes to stop builds of this engine: through the worker while it is connected, at once when it is not.</summary>
internal sealed class StopWatch(Database database, OwnedBuilds builds, WorkerSessions sessions, BuildLoading loading, Transitions transitions, Self self, Wakeups wakeups, TimeProvider time, ILogger<StopWatch> logger)
    : Duty(wakeups, time, logger, WakeTopic.Stops)
{
    private sealed record Row(long BuildId, long WorkerId, string RequestedBy, string? Reason, bool Requeue);

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        var wishes = await database.Query<Row>("""
            SELECT s.build_id, o.worker_id, s.requested_by, s.reason, s.requeue FROM build_stops s JOIN build_owners o USING (build_id) WHERE o.master_id = @master ORDER BY s.build_id
            """, new { master }, cancellation);
        foreach (var wish in wishes)
        {
            var stop = new StopWish(wish.RequestedBy, wish.Reason, wish.Requeue);
            if (sessions.Find(wish.WorkerId) is not null && builds.Find(wish.BuildId) is { } runner)
            {
                if (runner.Wished is not { } known || (known.Again && !stop.Again))
                    await runner.Stop(stop);
            }
            else if (sessions.Find(wish.WorkerId) is null)
            {
                // The worker is not here: when it comes back it is told to end what it runs.
                builds.Find(wish.BuildId)?.Drop();
                if (await loading.Load(wish.BuildId, cancellation) is { } state)
                    await EndQuietly(state, stop, cancellation);
            }
        }
        return null;
    }

    private async Task EndQuietly(BuildState state, StopWish stop, CancellationToken cancellation)
    {
        try
        {
            var (results, why) = stop.Again ? (BuildResult.Retry, BuildState.Interrupted(stop)) : (BuildResult.Cancelled, $"stopped by {stop.By} while its worker was away");
            await BuildEnding.EndNow(transitions, state, results, why, cancellation);
        }
        catch (OwnershipLostException)
        {
            // The worker has just said hello somewhere; its new owner sees the wish.
        }
    }
}
