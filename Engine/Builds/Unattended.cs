using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Workers;

namespace Weir.Engine.Builds;

/// <summary>
/// Takes up builds that are ours, whose worker is here, and that nobody drives: what is left of a claim whose commit was done and never answered. Called by the dispatcher between its
/// claims, so that a build which has just been claimed is never taken for one.
/// </summary>
internal sealed partial class Unattended(Database database, OwnedBuilds builds, BuildLoading loading, Self self, TimeProvider time, ILogger<Unattended> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private long lookedAt;

    private sealed record Row(long BuildId, long Epoch, long WorkerId);

    /// <summary>Looks, if it is time; answers when to come again.</summary>
    /// <param name="ready">The sessions whose workers are taken in, by worker.</param>
    /// <param name="cancellation">Ends the look.</param>
    public async Task<TimeSpan> TakeUp(IReadOnlyDictionary<long, WorkerSession> ready, CancellationToken cancellation)
    {
        if (lookedAt != 0 && Interval - time.GetElapsedTime(lookedAt) is { } rest && rest > TimeSpan.Zero)
            return rest;
        lookedAt = time.GetTimestamp();
        if (ready.Count == 0)
            return Interval;
        var left = await database.Query<Row>("""
            SELECT o.build_id, o.epoch, o.worker_id FROM build_owners o JOIN worker_sessions s USING (worker_id) JOIN unnest(@workers, @sessions) AS here (worker_id, session) USING (worker_id, session)
            WHERE o.master_id = @master AND s.master_id = @master AND s.ended_at IS NULL AND o.build_id <> ALL (@driven)
            """, new
        {
            master = await self.Id(cancellation),
            workers = ready.Keys.ToArray(),
            sessions = ready.Values.Select(s => s.Number).ToArray(),
            driven = builds.All.Select(b => b.BuildId).ToArray(),
        }, cancellation);
        foreach (var (build, epoch, worker) in left)
        {
            // Under the same epoch still: whoever said hello meanwhile has taken it with him.
            if (await loading.Load(build, cancellation) is not { } state || state.Epoch != epoch || !builds.TakeUp(state, ready[worker]))
                continue;
            LogTakenUp(state.Plan.Builder.Name, state.Number);
        }
        return Interval;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Build {Builder} #{Number} was ours and nobody drove it; it goes on.")]
    private partial void LogTakenUp(string builder, int number);
}
