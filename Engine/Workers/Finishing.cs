using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>Lets workers go that are being stopped at their machines, as soon as no build of theirs is open.</summary>
internal sealed partial class Finishing(WorkerSessions sessions, Database database, Wakeups wakeups, TimeProvider time, ILogger<Finishing> logger) : Duty(wakeups, time, logger, WakeTopic.Queue)
{
    // A build's end is announced; this is for announcements that got lost, and for a word that did not arrive.
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var stopping = sessions.All.Where(s => s.Stopping && s.Ready.IsCompleted).ToArray();
        if (stopping.Length == 0)
            return null;
        // After the mark was committed no claim can add a build, so who has none now will have none.
        var idle = (await database.Query<long>("""
            SELECT s.worker_id FROM worker_sessions s JOIN unnest(@workers, @numbers) AS mine (worker_id, session) USING (worker_id, session)
            WHERE s.stopping_at IS NOT NULL AND s.told_session = s.session AND NOT EXISTS (SELECT FROM build_owners o WHERE o.worker_id = s.worker_id)
            """, new { workers = stopping.Select(s => s.WorkerId).ToArray(), numbers = stopping.Select(s => s.Number).ToArray() }, cancellation)).ToHashSet();
        foreach (var session in stopping.Where(s => idle.Contains(s.WorkerId)))
        {
            LogFinished(session.Name);
            Crash.At("worker.finished.before");
            await session.Link.Finished(session.Number);
            Crash.At("worker.finished.after");
        }
        return Pace;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Name} has finished and goes.")]
    private partial void LogFinished(string name);
}
