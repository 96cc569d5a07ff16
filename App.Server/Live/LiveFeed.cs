using Microsoft.AspNetCore.SignalR;
using Weir.App.Client.Frame;
using Weir.App.Server.Events;
using Weir.App.Server.Hubs;
using Weir.Shared.Events;

namespace Weir.App.Server.Live;

/// <summary>
/// Events become fragments: each event touches topics, each watched topic is rendered once and sent to all who watch it, a few times a second at most.
/// What nobody watches costs nothing but a note that it was touched.
/// </summary>
internal sealed partial class LiveFeed(
    EventReader reader, Watchers watchers, RecentTopics recent, Regions regions, WaterfallNews waterfall, LogFollowing logs, IHubContext<BrowserHub> hub, LiveMeters meters, TimeProvider clock, ILogger<LiveFeed> logger)
    : BackgroundService, IEventListener
{
    private static readonly TimeSpan PageOfOneThing = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan ListOfMany = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Lines = TimeSpan.FromMilliseconds(100);

    // The waterfall of a large site is never still: what comes within half a second is told at once.
    private static readonly TimeSpan Waterfall = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LogSweep = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(1);

    // A browser that does not take what it is sent does not hold up the others; the server closes its connection after ten seconds.
    private const int MostUnsent = 200;
    private static readonly TimeSpan SlowBrowser = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly HashSet<string> _dirty = [];
    private readonly HashSet<long> _grown = [];
    private readonly SemaphoreSlim _news = new(0);
    private long _last;

    // Of the loop alone.
    private readonly Dictionary<string, long> _sentAt = [];
    private readonly Dictionary<string, long> _sentUpTo = [];
    private readonly HashSet<long> _growing = [];
    private readonly List<Task> _unsent = [];
    private long _sweptAt;

    void IEventListener.Begin(long number)
    {
        lock (_lock)
        {
            _last = number;
            recent.StartAt(number);
        }
    }

    void IEventListener.Take(IReadOnlyList<WeirEvent> events)
    {
        lock (_lock)
        {
            foreach (var e in events)
            {
                var topics = EventTopics.Of(e);
                recent.Add(e.Number, topics);
                foreach (var topic in topics.Where(watchers.Watches))
                    _dirty.Add(topic);
                if (watchers.Watches(Topic.Waterfall) && topics.Contains(Topic.Waterfall))
                    waterfall.Add(e);
                _last = e.Number;
            }
        }
        _news.Release();
    }

    void IEventListener.Grown(IReadOnlyCollection<long> grown)
    {
        lock (_lock)
            _grown.UnionWith(grown);
        _news.Release();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var listening = reader.Listen(this);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Wait(stoppingToken);
                await SendDue(stoppingToken);
                await SendLines(stoppingToken);
                await Unsent();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The border of the loop: pages stay readable, and the next round tries again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogTrouble(e);
                await Pause(AfterTrouble, stoppingToken);
            }
        }
    }

    /// <summary>Until there is news, until a topic that was sent just now may be sent again, or until logs are looked at without a hint.</summary>
    private async Task Wait(CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (_lock)
            wait = _dirty.Select(Due).Append(_growing.Count > 0 ? Lines : LogSweep).Min();
        if (wait <= TimeSpan.Zero)
            return;
        await _news.WaitAsync(wait, cancellation);
        // Several rings are one piece of news.
        while (_news.CurrentCount > 0)
            await _news.WaitAsync(cancellation);
    }

    private async Task SendDue(CancellationToken cancellation)
    {
        List<string> due;
        Moment moment;
        lock (_lock)
        {
            due = [.. _dirty.Where(t => Due(t) <= TimeSpan.Zero)];
            _dirty.ExceptWith(due);
            moment = new(_last, clock.GetUtcNow());
        }
        foreach (var topic in due)
        {
            try
            {
                await SendTopic(topic, moment, cancellation);
            }
            catch
            {
                // What could not be read or rendered now is told in the next round, with all that was not reached in this one.
                lock (_lock)
                    _dirty.UnionWith(due.SkipWhile(t => t != topic));
                if (topic == Topic.Waterfall)
                    waterfall.AddEverything();
                throw;
            }
        }
        if (_sentAt.Count > 1000)
            _sentAt.Clear();
        if (_sentUpTo.Count > 1000)
            _sentUpTo.Clear();
    }

    private async Task SendTopic(string topic, Moment moment, CancellationToken cancellation)
    {
        if (Topic.Parse(topic) is ("log", { } log))
        {
            _growing.Add(log);
            return;
        }
        if (!watchers.Watches(topic))
            return;
        var began = clock.GetTimestamp();
        _sentAt[topic] = began;
        var html = topic == Topic.Waterfall ? await waterfall.Take(moment, cancellation) : await regions.Render(topic, moment, cancellation);
        meters.Rendered(topic, clock.GetElapsedTime(began));
        if (html is null && topic == Topic.Waterfall)
            Send(topic, "refresh", topic);
        else if (html is { Length: > 0 })
        {
            // With the number up to which the one before told: a page that lacks that one knows that something was lost.
            var before = _sentUpTo.GetValueOrDefault(topic);
            _sentUpTo[topic] = Math.Min(recent.LastOf(topic), moment.Event);
            Send(topic, "fragment", topic, moment.Event, html, before);
        }
    }

    private async Task SendLines(CancellationToken cancellation)
    {
        lock (_lock)
        {
            _growing.UnionWith(_grown);
            _grown.Clear();
        }
        // A hint may be lost; what is watched is looked at in any case, only less often.
        var sweeps = clock.GetElapsedTime(_sweptAt) >= LogSweep;
        if (sweeps)
            _sweptAt = clock.GetTimestamp();
        foreach (var id in logs.Followed.ToList())
        {
            var topic = Topic.Log(id);
            if (!watchers.Watches(topic))
            {
                logs.Forget(id);
                continue;
            }
            if (!sweeps && (!_growing.Contains(id) || Due(topic) > TimeSpan.Zero))
                continue;
            _growing.Remove(id);
            _sentAt[topic] = clock.GetTimestamp();
            if (await logs.Advance(id, cancellation) is { } html)
                Send(topic, "fragment", topic, 0L, html, 0L);
        }
        _growing.RemoveWhere(id => !logs.Followed.Contains(id));
    }

    private TimeSpan Due(string topic)
    {
        if (!_sentAt.TryGetValue(topic, out var at))
            return TimeSpan.Zero;
        var pause = Topic.Parse(topic) switch { (Topic.Waterfall, null) => Waterfall, ("log", _) => Lines, (_, null) => ListOfMany, _ => PageOfOneThing };
        return pause - clock.GetElapsedTime(at);
    }

    // Sent in order and not waited for: what a slow browser has not taken yet waits with its own connection.
    private void Send(string topic, string method, params object[] arguments)
    {
        meters.Sent(topic);
        var sending = hub.Clients.Group(topic).SendCoreAsync(method, arguments, CancellationToken.None);
        if (!sending.IsCompletedSuccessfully)
            _unsent.Add(sending);
    }

    private async Task Unsent()
    {
        _unsent.RemoveAll(s => s.IsCompletedSuccessfully);
        foreach (var failed in _unsent.Where(s => s.IsFaulted || s.IsCanceled).ToList())
        {
            _unsent.Remove(failed);
            LogNotSent(failed.Exception?.InnerException?.Message ?? "cancelled");
        }
        if (_unsent.Count < MostUnsent)
            return;
        LogSlow(_unsent.Count);
        await Task.WhenAny(Task.WhenAny(_unsent), Task.Delay(SlowBrowser, clock, CancellationToken.None));
    }

    private async Task Pause(TimeSpan time, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(time, clock, cancellation);
        }
        catch (OperationCanceledException)
        {
            // The loop's condition says what follows.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pages could not be brought up to date; trying again.")]
    private partial void LogTrouble(Exception e);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A fragment was not sent to everybody: {Message}")]
    private partial void LogNotSent(string message);

    [LoggerMessage(Level = LogLevel.Information, Message = "Browsers take their updates slowly: {Count} are under way.")]
    private partial void LogSlow(int count);
}
