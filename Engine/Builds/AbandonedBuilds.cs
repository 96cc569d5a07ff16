using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Builds whose worker has been gone for longer than it may (<c>missingAfter</c>) belong to whoever takes their row: they end as lost, and their request is tried again.</summary>
internal sealed partial class AbandonedBuilds(Database database, OwnedBuilds builds, BuildLoading loading, Transitions transitions, Self self, MasterOptions options, Wakeups wakeups, TimeProvider time, ILogger<AbandonedBuilds> logger)
    : Duty(wakeups, time, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private sealed record Row(long BuildId, long Epoch, string Worker, bool Stopped);

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        // After an outage of the store, or of everything, the workers get their time to come back.
        if (self.SteadyFor < options.Settling)
            return Interval;
        var abandoned = await database.Query<Row>("""
            SELECT o.build_id, o.epoch, w.name AS worker, coalesce(NOT st.requeue, false) AS stopped
            FROM build_owners o JOIN workers w ON w.id = o.worker_id JOIN worker_sessions s ON s.worker_id = w.id LEFT JOIN build_stops st USING (build_id)
            WHERE coalesce(s.ended_at, s.heartbeat_at + interval '30 seconds') < weir_now() - CASE WHEN st.build_id IS NULL THEN w.missing_after ELSE interval '30 seconds' END
              AND s.heartbeat_at < weir_now() - interval '30 seconds'
            """, null, cancellation);
        foreach (var row in abandoned)
        {
            var taken = await database.QuerySingle<long?>("UPDATE build_owners SET epoch = epoch + 1, master_id = @master WHERE build_id = @BuildId AND epoch = @Epoch RETURNING epoch",
                new { master, row.BuildId, row.Epoch }, cancellation);
            if (taken is null)
                continue;
            builds.Find(row.BuildId)?.Drop();
            if (await loading.Load(row.BuildId, cancellation) is not { } state || state.Epoch != taken)
                continue;
            LogLost(row.BuildId, row.Worker);
            await BuildEnding.EndNow(transitions, state, row.Stopped ? BuildResult.Cancelled : BuildResult.Retry, $"worker {row.Worker} is missing", cancellation);
        }
        return Interval;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Build {Build} is given up: worker {Worker} has been missing for too long.")]
    private partial void LogLost(long build, string worker);
}
