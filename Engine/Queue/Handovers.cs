using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.Engine.Queue;

/// <summary>
/// Hands idle workers over to other engines, as <see cref="Spreading"/> decides, one at a time in the whole site: whoever does it holds a lease, decides by what it reads under it, and waits until the worker has
/// arrived. So nobody decides by numbers that are about to change, and nothing goes to and fro.
/// </summary>
internal sealed partial class Handovers(
    SpreadView view, WorkerSessions sessions, Leases leases, Self self, MasterOptions options, Database database, Wakeups wakeups, TimeProvider time, ILogger<Handovers> logger)
    : Duty(wakeups, time, logger, WakeTopic.Spreading)
{
    private const string LeaseName = "spreading";

    /// <summary>So long a worker may take on its way …</summary>
    private static readonly TimeSpan Journey = TimeSpan.FromSeconds(30);

    /// <summary>… and so long one that did not arrive is not sent there again: it may not be able to reach that address.</summary>
    private static readonly TimeSpan Avoidance = TimeSpan.FromHours(1);

    /// <summary>An engine is asked for a sign of life first, unless a worker has arrived there within this time: one that was just killed still looks like one that has room.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider time = time;
    private readonly Dictionary<(long Worker, long Engine, long Incarnation), long> failed = [];
    private readonly Dictionary<(long Engine, long Incarnation), long> arrived = [];

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        if (!options.Spreads || self.Draining || sessions.All.Count == 0 || self.SinceBeat > options.Grace * (2.0 / 3))
            return null;
        var id = await self.Id(cancellation);
        if (await view.Decide(id, Failed, cancellation) is null || await leases.Take(LeaseName, Journey * 2, cancellation) is not { } lease)
            return null;
        try
        {
            if (await view.Decide(id, Failed, cancellation) is not var (handover, to) || sessions.Find(handover.Worker) is not { } session || !await Lives(to, cancellation))
                return null;
            await HandOver(session, handover, to, cancellation);
        }
        finally
        {
            await leases.Release(lease, null, CancellationToken.None);
        }
        return TimeSpan.Zero;
    }

    // A build that is begun on it at this very moment goes with it.
    private async Task HandOver(WorkerSession session, Handover handover, LiveEngine to, CancellationToken cancellation)
    {
        LogHandsOver(session.Name, to.Name, handover.Cause);
        Crash.At("handover.tell.before");
        await session.Link.Leave(handover.Cause switch
        {
            HandoverCause.Wanted => $"A build waits for this worker that only {to.Name} may begin.",
            HandoverCause.Useless => $"No builder of this engine can use this worker; one of {to.Name} can.",
            _ => $"{to.Name} has fewer workers than this engine.",
        }, to.Addresses);
        Crash.At("handover.tell.after");
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < Journey)
        {
            await Task.Delay(Glance, time, cancellation);
            var at = await database.QuerySingle<long?>("SELECT master_id FROM worker_sessions WHERE worker_id = @WorkerId AND session > @Number AND ended_at IS NULL", new { session.WorkerId, session.Number }, cancellation);
            if (at == to.Id)
            {
                Crash.At("handover.arrived");
                arrived[(to.Id, to.Incarnation)] = time.GetTimestamp();
                return;
            }
            if (at is not null)
                break;
        }
        failed[(session.WorkerId, to.Id, to.Incarnation)] = time.GetTimestamp();
        LogDidNotArrive(session.Name, to.Name, string.Join(", ", to.Addresses), Avoidance.TotalMinutes);
    }

    // Its heartbeat moves on, or it has just taken a worker in.
    private async Task<bool> Lives(LiveEngine engine, CancellationToken cancellation)
    {
        if (arrived.TryGetValue((engine.Id, engine.Incarnation), out var at) && time.GetElapsedTime(at) < Fresh)
            return true;
        var (first, began) = (await Heartbeat(), time.GetTimestamp());
        while (time.GetElapsedTime(began) < Fresh)
        {
            await Task.Delay(Glance * 2, time, cancellation);
            if (await Heartbeat() != first)
                return true;
        }
        return false;

        Task<DateTime> Heartbeat() => database.QuerySingle<DateTime>("SELECT heartbeat_at FROM masters WHERE id = @Id AND incarnation = @Incarnation", new { engine.Id, engine.Incarnation }, cancellation);
    }

    private bool Failed(long worker, LiveEngine engine) => failed.TryGetValue((worker, engine.Id, engine.Incarnation), out var at) && time.GetElapsedTime(at) < Avoidance;

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Name} is handed over to {Engine}: {Cause}.")]
    private partial void LogHandsOver(string name, string engine, HandoverCause cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Name} did not arrive at {Engine} ({Addresses}); it is not sent there again for {Minutes} minutes.")]
    private partial void LogDidNotArrive(string name, string engine, string addresses, double minutes);
}
