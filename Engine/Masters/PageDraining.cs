using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Engine.Storage;

namespace Weir.Engine.Masters;

/// <summary>
/// Lets a master go that only shows pages, when it was told to: it says that it is not ready, so that whoever shares out the load sends nothing more, and ends a little later. Browsers
/// then come back by themselves, to another master, and read their page anew.
/// </summary>
internal sealed class PageDraining(Self self, Database database, Wakeups wakeups, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<PageDraining> logger) : Duty(wakeups, time, logger, WakeTopic.Masters)
{
    // Longer than proxies look away between two questions.
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(3);

    private readonly TimeProvider time = time;
    private long since;

    private sealed record Order(bool Draining, bool Now);

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var order = await database.QuerySingle<Order>(
            "SELECT state = 'Draining' AS draining, drain_quick OR coalesce(drain_deadline <= weir_now(), false) AS now FROM masters WHERE id = @id", new { id = await self.Id(cancellation) }, cancellation);
        if (order is not { Draining: true })
        {
            self.Draining = false;
            return null;
        }
        if (!self.Draining)
            since = time.GetTimestamp();
        self.Draining = true;
        var left = Notice - time.GetElapsedTime(since);
        if (!order.Now && left > TimeSpan.Zero)
            return left;
        lifetime.StopApplication();
        return null;
    }
}
