using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Weir.Engine.Storage;

/// <summary>
/// Wakes loops: those of this process directly after a commit, those of the others by notice (invariant 6). A notice is a hint, never the truth:
/// what is lost is found by the sweep, one cheap query every two seconds.
/// </summary>
public sealed partial class Wakeups(Database database, IEnumerable<SweepQuestion> questions, TimeProvider time, ILogger<Wakeups> logger) : BackgroundService
{
    private static readonly TimeSpan Merge = TimeSpan.FromMilliseconds(50);
    private readonly ConcurrentDictionary<Subscription, bool> subscriptions = new();
    private readonly Channel<string> outgoing = Channel.CreateUnbounded<string>(new() { SingleReader = true });

    // Tells our own notices from those of the others; no two processes of one store share it.
    private readonly string self = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(6));

    private string ChannelName => "weir_" + database.Options.Schema;

    /// <summary>Somebody who waits for any of these topics. A topic that ends in <c>:</c> stands for all that begin with it.</summary>
    public Subscription Subscribe(params string[] topics)
    {
        var subscription = new Subscription(topics, time, s => subscriptions.TryRemove(s, out _));
        subscriptions[subscription] = true;
        return subscription;
    }

    /// <summary>Wakes the loops of this process only.</summary>
    public void Signal(IReadOnlyCollection<string> topics)
    {
        foreach (var subscription in subscriptions.Keys)
            subscription.Offer(topics);
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        database.Committed = topics =>
        {
            Signal(topics);
            foreach (var topic in topics)
                outgoing.Writer.TryWrite(topic);
        };
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Sweep(stoppingToken), database.Options.Notifications ? Task.WhenAll(Listen(stoppingToken), Send(stoppingToken)) : Drain(stoppingToken));

    // The first at once; what follows within 50 ms goes together, so a storm of commits is at most twenty notices a second.
    private async Task Send(CancellationToken cancellation)
    {
        while (await outgoing.Reader.WaitToReadAsync(cancellation))
        {
            var topics = new HashSet<string>();
            while (topics.Count < 200 && outgoing.Reader.TryRead(out var topic))
                topics.Add(topic);
            try
            {
                await database.Read(async connection =>
                {
                    await using var command = new NpgsqlCommand("SELECT pg_notify($1, $2)", connection) { Parameters = { new() { Value = ChannelName }, new() { Value = self + "|" + string.Join(',', topics) } } };
                    return await command.ExecuteNonQueryAsync(cancellation);
                }, cancellation);
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                LogNoticeLost(e.Message);
            }
            await Task.Delay(Merge, time, cancellation);
        }
    }

    private async Task Drain(CancellationToken cancellation)
    {
        while (await outgoing.Reader.WaitToReadAsync(cancellation))
            outgoing.Reader.TryRead(out _);
    }

    private async Task Listen(CancellationToken cancellation)
    {
        var builder = Database.ConnectionString(database.Options);
        builder.Pooling = false;
        builder.KeepAlive = 10;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await using var connection = new NpgsqlConnection(builder.ConnectionString);
                await connection.OpenAsync(cancellation);
                connection.Notification += (_, n) => Receive(n.Payload);
                await using (var listen = new NpgsqlCommand($"LISTEN \"{ChannelName}\"", connection))
                    await listen.ExecuteNonQueryAsync(cancellation);
                // Whatever was announced while nobody listened is unknown: everybody looks once.
                foreach (var subscription in subscriptions.Keys)
                    subscription.Offer(subscription.Topics);
                while (true)
                    await connection.WaitAsync(cancellation);
            }
            catch (Exception e) when (e is NpgsqlException or System.IO.IOException or TimeoutException or InvalidOperationException)
            {
                LogListenerLost(e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Receive(string payload)
    {
        var bar = payload.IndexOf('|', StringComparison.Ordinal);
        if (bar > 0 && !payload.AsSpan(0, bar).SequenceEqual(self))
            Signal(payload[(bar + 1)..].Split(','));
    }

    private async Task Sweep(CancellationToken cancellation)
    {
        var asked = questions.ToArray();
        if (asked.Length == 0)
            return;
        var sql = "SELECT " + string.Join(", ", asked.Select(q => $"({q.Sql})"));
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(database.Options.Sweep, time, cancellation);
            try
            {
                var yes = await database.Read(async connection =>
                {
                    await using var command = new NpgsqlCommand(sql, connection);
                    await using var reader = await command.ExecuteReaderAsync(cancellation);
                    await reader.ReadAsync(cancellation);
                    return asked.Where((_, i) => reader.GetBoolean(i)).Select(q => q.Topic).ToArray();
                }, cancellation);
                Signal(yes);
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                LogSweepFailed(e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A notice could not be sent ({Message}); the sweep of the others will find what it was about.")]
    private partial void LogNoticeLost(string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The listening connection to the store was lost ({Message}); connecting again.")]
    private partial void LogListenerLost(string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep could not ask the store: {Message}")]
    private partial void LogSweepFailed(string message);
}

/// <summary>What the sweep asks for a topic: a boolean SQL expression, cheap, that is true when its waiters have something to look at.</summary>
public sealed record SweepQuestion(string Topic, string Sql);

/// <summary>One waiting loop. News that comes while it works is kept, so nothing is slept through.</summary>
public sealed class Subscription(IReadOnlyCollection<string> topics, TimeProvider time, Action<Subscription> removed) : IDisposable
{
    private readonly Channel<bool> bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<string, bool> prefixed = new();
    private int whole;

    public IReadOnlyCollection<string> Topics => topics;

    /// <summary>Returns when a topic was signalled since the last return, or after the given time at the latest. False: nothing but topics that match a prefix was signalled.</summary>
    public async Task<bool> Wait(TimeSpan? atMost, CancellationToken cancellation)
    {
        var rung = bell.Reader.TryRead(out _) || (!(atMost <= TimeSpan.Zero) && await WaitForBell(atMost, cancellation));
        return Interlocked.Exchange(ref whole, 0) == 1 || !rung;
    }

    private async Task<bool> WaitForBell(TimeSpan? atMost, CancellationToken cancellation)
    {
        using var limit = atMost is { } span && span < TimeSpan.FromDays(40) ? new CancellationTokenSource(span, time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await bell.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Rings for itself.</summary>
    public void Ring()
    {
        Volatile.Write(ref whole, 1);
        bell.Writer.TryWrite(true);
    }

    /// <summary>The signalled topics that matched a prefix (<c>log:</c>) since the last call.</summary>
    public IReadOnlyCollection<string> TakePrefixed()
    {
        var taken = prefixed.Keys.ToArray();
        foreach (var topic in taken)
            prefixed.TryRemove(topic, out _);
        return taken;
    }

    internal void Offer(IReadOnlyCollection<string> signalled)
    {
        var (named, grown) = (false, false);
        foreach (var topic in signalled)
        {
            foreach (var mine in topics)
            {
                if (mine.EndsWith(':') && topic.StartsWith(mine, StringComparison.Ordinal) && topic.Length > mine.Length)
                    grown = prefixed[topic] = true;
                else
                    named |= mine == topic;
            }
        }
        if (named)
            Ring();
        else if (grown)
            bell.Writer.TryWrite(true);
    }

    public void Dispose() => removed(this);
}
