using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>
/// Lets this engine go when it was told to: hands every worker over to another engine, at once and with what runs on it, and ends when nothing is left that only it can do. Where no other
/// engine is there it waits for its builds, and hands over as soon as one appears.
/// </summary>
internal sealed partial class Draining(
    WorkerSessions sessions, Self self, MasterOptions options, Database database, Wakeups wakeups, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Draining> logger)
    : Duty(wakeups, time, logger, WakeTopic.Masters)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private sealed record Order
    {
        public bool Draining { get; init; }
        public bool Now { get; init; }
        public string By { get; init; } = "";
        public string[] Others { get; init; } = [];
        public int Builds { get; init; }
    }

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var order = await Read(cancellation);
        if (order.Draining != self.Draining)
        {
            self.Draining = order.Draining;
            if (order.Draining)
                LogDraining(order.By);
            else
                LogStays();
            database.Nudge([WakeTopic.Queue]);
        }
        if (!order.Draining)
            return null;
        Crash.At("drain.seen");
        if (order.Now || (order.Builds == 0 && (order.Others.Length == 0 || sessions.All.Count == 0)))
        {
            LogGoes(order.Builds);
            Crash.At("drain.goes");
            lifetime.StopApplication();
            return null;
        }
        if (order.Others.Length > 0)
        {
            Crash.At("drain.tell.before");
            await Task.WhenAll(sessions.All.Select(s => s.Link.Leave("This master is shutting down.", order.Others)));
            Crash.At("drain.tell.after");
        }
        return Pace;
    }

    // Builds whose worker is not connected here wait for it, and any engine can take them up when it comes.
    private async Task<Order> Read(CancellationToken cancellation) => await database.QuerySingle<Order>("""
        SELECT m.state = 'Draining' AS draining, m.drain_quick OR coalesce(m.drain_deadline <= weir_now(), false) AS now, coalesce(m.drain_by, '') AS by,
            ARRAY(SELECT unnest(o.addresses) FROM masters o WHERE o.id <> m.id AND o.state = 'Active' AND 'engine' = ANY(o.roles) AND o.heartbeat_at > weir_now() - @Grace ORDER BY o.id) AS others,
            (SELECT count(*)::int FROM build_owners b JOIN worker_sessions s ON s.worker_id = b.worker_id AND s.master_id = m.id AND s.ended_at IS NULL WHERE b.master_id = m.id) AS builds
        FROM masters m WHERE m.id = @id
        """, new { id = await self.Id(cancellation), options.Grace }, cancellation) ?? new();

    [LoggerMessage(Level = LogLevel.Information, Message = "Told to shut down by {By}: nothing new is begun, workers are handed over.")]
    private partial void LogDraining(string by);

    [LoggerMessage(Level = LogLevel.Information, Message = "The shutdown was taken back.")]
    private partial void LogStays();

    [LoggerMessage(Level = LogLevel.Information, Message = "Shutting down; {Builds} builds are left to be taken over.")]
    private partial void LogGoes(int builds);
}
