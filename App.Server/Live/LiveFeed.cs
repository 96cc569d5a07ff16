using Microsoft.AspNetCore.SignalR;
using Weir.App.Client.Frame;
using Weir.App.Server.Hubs;
using Weir.Shared.Events;

namespace Weir.App.Server.Live;

/// <summary>
/// Events become fragments: each event touches topics, each watched topic is rendered once and sent to all who watch it, a few times a second at most.
/// What nobody watches costs nothing but the reading of its event.
/// </summary>
internal sealed partial class LiveFeed(
    IEventFeed events, Watchers watchers, RecentTopics recent, Regions regions, WaterfallNews waterfall, LogFollowing logs, IHubContext<BrowserHub> hub, TimeProvider clock, ILogger<LiveFeed> logger)
    : BackgroundService
{
    private const int EventsAtOnce = 500;
    private static readonly TimeSpan PageOfOneThing = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan ListOfMany = TimeSpan.FromMilliseconds(400);

    // The waterfall of a large site is never still: what comes within half a second is told at once.
    private static readonly TimeSpan Waterfall = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LogSweep = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(1);

    // A browser that does not take what it is sent must not hold up the others.
    private static readonly TimeSpan SlowBrowser = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, long> _dirty = [];
    private readonly Dictionary<string, long> _sentAt = [];
    private readonly HashSet<long> _ended = [];
    private long _last;
    private long _sweptAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Start(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Wait(stoppingToken);
                await ReadEvents(stoppingToken);
                await SendDue(stoppingToken);
                await SendLines(stoppingToken);
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

    private async Task Start(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                _last = await events.Latest(cancellation);
                recent.StartAt(_last);
                return;
            }
#pragma warning disable CA1031 // The store may not be there yet.
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                LogTrouble(e);
                await Pause(AfterTrouble, cancellation);
            }
        }
    }

    /// <summary>Until there is news, or until a topic that was sent just now may be sent again.</summary>
    private async Task Wait(CancellationToken cancellation)
    {
        if (_dirty.Count == 0)
        {
            await events.WaitForNews(cancellation);
            return;
        }
        var wait = _dirty.Keys.Min(Due);
        if (wait <= TimeSpan.Zero)
            return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var news = events.WaitForNews(either.Token);
        await Task.WhenAny(news, Task.Delay(wait, clock, either.Token));
        await either.CancelAsync();
        try
        {
            await news;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The pause was over first.
        }
    }

    private async Task ReadEvents(CancellationToken cancellation)
    {
        while (true)
        {
            var news = await events.After(_last, EventsAtOnce, cancellation);
            foreach (var e in news)
            {
                var topics = EventTopics.Of(e);
                recent.Add(e.Number, topics);
                foreach (var topic in topics.Where(watchers.Watches))
                    _dirty.TryAdd(topic, e.Number);
                if (watchers.Watches(Topic.Waterfall) && topics.Contains(Topic.Waterfall))
                    waterfall.Add(e);
                _last = e.Number;
            }
            if (news.Count < EventsAtOnce)
                return;
        }
    }

    private async Task SendDue(CancellationToken cancellation)
    {
        foreach (var topic in _dirty.Keys.Where(t => Due(t) <= TimeSpan.Zero).ToList())
        {
            _dirty.Remove(topic);
            if (Topic.Parse(topic) is ("log", { } log))
            {
                _ended.Add(log);
                continue;
            }
            if (!watchers.Watches(topic))
                continue;
            _sentAt[topic] = clock.GetTimestamp();
            var moment = new Moment(_last, clock.GetUtcNow());
            if (topic == Topic.Waterfall)
                await SendWaterfall(moment, cancellation);
            else if (await regions.Render(topic, moment, cancellation) is { } html)
                await Send(topic, "fragment", topic, moment.Event, html);
        }
        if (_sentAt.Count > 1000)
            _sentAt.Clear();
    }

    private async Task SendWaterfall(Moment moment, CancellationToken cancellation)
    {
        var html = await waterfall.Take(moment, cancellation);
        if (html is null)
            await Send(Topic.Waterfall, "refresh", Topic.Waterfall);
        else if (html.Length > 0)
            await Send(Topic.Waterfall, "fragment", Topic.Waterfall, moment.Event, html);
    }

    private async Task SendLines(CancellationToken cancellation)
    {
        var grown = events.TakeGrownLogs();
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
            if ((sweeps || grown.Contains(id) || _ended.Contains(id)) && await logs.Advance(id, cancellation) is { } html)
                await Send(topic, "fragment", topic, _last, html);
        }
        _ended.Clear();
    }

    private TimeSpan Due(string topic)
    {
        if (!_sentAt.TryGetValue(topic, out var at))
            return TimeSpan.Zero;
        return (topic == Topic.Waterfall ? Waterfall : topic.Contains('/', StringComparison.Ordinal) ? PageOfOneThing : ListOfMany) - clock.GetElapsedTime(at);
    }

    private async Task Send(string topic, string method, params object[] arguments)
    {
        try
        {
            await hub.Clients.Group(topic).SendCoreAsync(method, arguments, CancellationToken.None).WaitAsync(SlowBrowser, clock, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            LogSlow(topic);
        }
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

    [LoggerMessage(Level = LogLevel.Information, Message = "A browser that watches {Topic} takes its updates slowly.")]
    private partial void LogSlow(string topic);
}
