using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Shared.Events;

namespace Weir.Engine.Storage;

/// <summary>
/// Numbers events after their commit (invariant 11). Whoever holds the counter's row numbers; the row is locked until the numbers are committed, so a reader
/// who has seen number n will never see a smaller one appear. Any master may do it at any time: the function does it in the name of the store's owner.
/// </summary>
public sealed partial class EventNumbering(Database database, Wakeups wakeups, TimeProvider time, ILogger<EventNumbering> logger) : BackgroundService
{
    private const int Batch = 2000;

    // The first event is numbered at once, what follows within this time goes together: in a storm one commit serves many.
    private static readonly TimeSpan Merge = TimeSpan.FromMilliseconds(50);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var news = wakeups.Subscribe(WakeTopic.Events);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                int count;
                do
                    count = await RunOnce(stoppingToken);
                while (count == Batch);
                if (count > 0)
                    await Task.Delay(Merge, time, stoppingToken);
                await news.Wait(null, stoppingToken);
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                LogFailed(e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Numbers up to <see cref="Batch"/> events; says how many.</summary>
    internal async Task<int> RunOnce(CancellationToken cancellation)
    {
        var count = await database.QuerySingle<int>("SELECT weir_number_events(@Batch)", new { Batch }, cancellation);
        if (count > 0)
            database.Nudge([WakeTopic.Numbered]);
        return count;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Events could not be numbered: {Message}")]
    private partial void LogFailed(string message);
}

/// <summary>Reads the numbered events.</summary>
public sealed class EventFeed : IEventFeed, IDisposable
{
    private readonly Database database;
    private readonly Subscription news;

    public EventFeed(Database database, Wakeups wakeups)
    {
        this.database = database;
        news = wakeups.Subscribe(WakeTopic.Numbered, WakeTopic.LogPrefix);
    }

    public Task<long> Latest(CancellationToken cancellation) => database.QuerySingle<long>("SELECT last FROM event_counter", null, cancellation);

    public Task<(long Oldest, long Latest)> Kept(CancellationToken cancellation) => database.QuerySingle<(long, long)>(
        "SELECT coalesce((SELECT number FROM events ORDER BY number LIMIT 1), last + 1), last FROM event_counter", null, cancellation);

    public async Task<IReadOnlyList<WeirEvent>> After(long after, int limit, CancellationToken cancellation)
    {
        const string sql = $"SELECT number, at, {EventOutbox.Columns} FROM events WHERE number > @after ORDER BY number LIMIT @limit";
        return await database.Query<WeirEvent>(sql, new { after, limit }, cancellation);
    }

    public Task<bool> WaitForNews(CancellationToken cancellation) => news.Wait(database.Options.Sweep, cancellation);

    public IReadOnlyCollection<long> TakeGrownLogs() => [.. news.TakePrefixed().Select(t => long.Parse(t.AsSpan(WakeTopic.LogPrefix.Length), System.Globalization.CultureInfo.InvariantCulture))];

    public void Dispose() => news.Dispose();
}
