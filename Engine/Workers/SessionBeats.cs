using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Workers;

/// <summary>Writes the workers' heartbeats, all of an engine in one statement.</summary>
internal sealed class SessionBeats(WorkerSessions sessions, Wakeups wakeups, TimeProvider time, ILogger<SessionBeats> logger) : Duty(wakeups, time, logger)
{
    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        await sessions.WriteBeats(cancellation);
        return WorkerSessions.BeatInterval;
    }
}
