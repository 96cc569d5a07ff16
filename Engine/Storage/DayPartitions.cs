using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Weir.Engine.Storage;

/// <summary>Makes the partitions of today and the days to come for all tables that are partitioned by day, once before an engine serves and then every hour: no writer has to think of it.</summary>
public sealed partial class DayPartitions(Partitions partitions, TimeProvider time, ILogger<DayPartitions> logger) : BackgroundService
{
    private static readonly string[] Tables = ["events", "audit", "raw_hooks"];
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Ensure(stoppingToken);
                await Task.Delay(Interval, time, stoppingToken);
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                LogFailed(e.Message);
                await Task.Delay(TimeSpan.FromSeconds(5), time, stoppingToken).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    public async Task Ensure(CancellationToken cancellation)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        foreach (var table in Tables)
            await partitions.EnsureDay(table, today, cancellation);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The partitions of today and the days to come could not be made: {Message}")]
    private partial void LogFailed(string message);
}
