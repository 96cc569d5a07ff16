using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>Tells connected workers of engines that came or went since they were welcomed: a worker must know all of them on the day on which this one dies.</summary>
internal sealed class Neighbours(WorkerSessions sessions, Self self, Database database, Wakeups wakeups, TimeProvider time, ILogger<Neighbours> logger)
    : Duty(wakeups, time, logger, WakeTopic.Masters, WakeTopic.Spreading)
{
    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var listening = sessions.All.Where(s => s.Protocol >= WorkerProtocol.WithEngines && s.Ready.IsCompleted).ToArray();
        if (listening.Length == 0)
            return null;
        var id = await self.Id(cancellation);
        var engines = await database.Query<LiveEngine>(LiveEngines.Sql, null, cancellation);
        // One that has fallen silent for a moment stays: workers try each in turn.
        string[] addresses = [.. engines.OrderBy(e => e.Id != id).SelectMany(e => e.Addresses).Distinct()];
        foreach (var session in listening.Where(s => !s.Engines.SequenceEqual(addresses)))
        {
            session.Engines = addresses;
            await session.Link.Engines(addresses);
        }
        return null;
    }
}
