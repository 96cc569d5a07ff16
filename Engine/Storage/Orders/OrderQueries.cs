using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Shared;
using Weir.Shared.Orders;

namespace Weir.Engine.Storage.Orders;

/// <summary>Reads orders. Nearly always none is open, and every page asks: the store is asked only while one may be.</summary>
public sealed partial class OrderQueries(Database database, Wakeups wakeups, TimeProvider time, ILogger<OrderQueries> logger) : BackgroundService, IOrderQueries
{
    private const int MostOpen = 20;
    private const string Columns = "SELECT id, kind, subject, asked_by, reason, asked_at, done_at, outcome, complaint FROM orders";

    // So late that whoever asked had been told that it is ordered; and not longer ago than somebody remembers.
    private const string IsNews = "done_at IS NULL OR (complaint IS NOT NULL AND done_at > weir_now() - interval '10 minutes' AND done_at > asked_at + interval '3 seconds')";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private int mayBe;

    internal void MayBeOpen() => Volatile.Write(ref mayBe, 1);

    public async Task<IReadOnlyList<OrderRecord>> Open(CancellationToken cancellation) =>
        Volatile.Read(ref mayBe) == 0 ? [] : await database.Query<OrderRecord>($"{Columns} WHERE {IsNews} ORDER BY id LIMIT {MostOpen}", null, cancellation);

    public async Task<Page<OrderRecord>> List(long? before, int limit, CancellationToken cancellation)
    {
        limit = Math.Clamp(limit, 1, 1000);
        var rows = await database.Query<OrderRecord>($"{Columns} WHERE @before::bigint IS NULL OR id < @before ORDER BY id DESC LIMIT @limit + 1", new { before, limit }, cancellation);
        return new([.. rows.Take(limit)], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    public Task<OrderRecord?> Find(long id, CancellationToken cancellation) => database.QuerySingle<OrderRecord>($"{Columns} WHERE id = @id", new { id }, cancellation);

    /// <summary>Learns of the orders of other masters: by their notice, or from the sweep.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var news = wakeups.Subscribe(WakeTopic.Orders);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Volatile.Write(ref mayBe, 1);
                while (await database.QuerySingle<bool>($"SELECT EXISTS ({Columns} WHERE {IsNews})", null, stoppingToken))
                    await Task.Delay(Pause, time, stoppingToken);
                Volatile.Write(ref mayBe, 0);
                await news.Wait(null, stoppingToken);
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                LogFailed(e.Message);
                await Task.Delay(Pause, time, stoppingToken).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open orders could not be read: {Message}")]
    private partial void LogFailed(string message);
}
