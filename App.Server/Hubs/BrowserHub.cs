using System.Net;
using Microsoft.AspNetCore.SignalR;
using Weir.App.Client.Frame;
using Weir.App.Server.Limits;
using Weir.App.Server.Live;

namespace Weir.App.Server.Hubs;

/// <summary>A page says what it watches; fragments go the other way. Whoever may open the connection may read, so every topic is his.</summary>
internal sealed class BrowserHub(
    Watchers watchers, RecentTopics recent, Regions regions, WaterfallNews waterfall, LogFollowing logs, Weir.Shared.Events.IEventFeed events, LiveMeters meters, LimitSettings limits,
    IHostApplicationLifetime lifetime, TimeProvider clock) : Hub
{
    // A page joins a dozen topics when it opens and looks now and then whether it missed something.
    private static readonly Rate Calls = new(20, 200);
    private const string CallsKey = "calls";

    // What happened so long ago has long been sent, if it was not lost.
    private static readonly TimeSpan Past = TimeSpan.FromSeconds(3);

    /// <summary>A browser sends along from which site its script came; scripts of other sites may not listen.</summary>
    public override Task OnConnectedAsync()
    {
        var request = Context.GetHttpContext()?.Request;
        // Who comes while the connections are being closed would hold up the end of the program.
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            Context.Abort();
        else if (request?.Headers.Origin.ToString() is { Length: > 0 } origin && (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || from.Authority != request.Host.Value))
            Context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Watches a topic from a number on: the event a page was rendered at, or the lines of a log that it has. What changed since is sent at once, to this page alone.
    /// Answers the store's time in milliseconds, by which the page counts ages.
    /// </summary>
    public async Task<long> Join(string topic, long number)
    {
        MayCall();
        if (Regions.IsTopic(topic) && watchers.Join(Context.ConnectionId, topic))
        {
            // First the group, then the question what was missed: nothing falls between.
            await Groups.AddToGroupAsync(Context.ConnectionId, topic, Context.ConnectionAborted);
            await CatchUp(topic, number, Context.ConnectionAborted);
        }
        return clock.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>
    /// A page says which numbers it stands at, every few seconds. What it should have been told long ago and was not (a lost message, a store that was away) is sent again,
    /// so every page becomes what a fresh one would show, whatever went wrong on the way.
    /// </summary>
    public async Task<long> Check(string[] topics, long[] numbers)
    {
        MayCall();
        foreach (var (topic, number) in topics.Take(Watchers.MostTopics).Zip(numbers))
        {
            if (!Regions.IsTopic(topic) || !watchers.Join(Context.ConnectionId, topic))
                continue;
            var isBehind = Topic.Parse(topic) is ("log", { } log) ? logs.IsBehind(log, number) : recent.Missed(topic, number, Past);
            if (isBehind)
                await Join(topic, number);
        }
        return clock.GetUtcNow().ToUnixTimeMilliseconds();
    }

    public async Task Leave(string topic)
    {
        MayCall();
        watchers.Leave(Context.ConnectionId, topic);
        await Groups.RemoveFromGroupAsync(Context.ConnectionId, topic, Context.ConnectionAborted);
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        watchers.LeaveAll(Context.ConnectionId);
        return Task.CompletedTask;
    }

    private async Task CatchUp(string topic, long number, CancellationToken cancellation)
    {
        if (Topic.Parse(topic) is ("log", { } log))
        {
            if (await logs.Join(log, Math.Max(0, number), cancellation) is { } lines)
                await Clients.Caller.SendAsync("fragment", topic, 0L, lines, 0L, cancellation);
        }
        else if (recent.TouchedSince(topic, number))
        {
            var moment = new Moment(await events.Latest(cancellation), clock.GetUtcNow());
            if (topic == Topic.Waterfall)
            {
                var missed = await waterfall.Since(number, moment, cancellation);
                if (missed is null)
                    await Clients.Caller.SendAsync("refresh", topic, cancellation);
                else if (missed.Length > 0)
                    await Clients.Caller.SendAsync("fragment", topic, moment.Event, missed, 0L, cancellation);
            }
            else
            {
                var began = clock.GetTimestamp();
                if (await regions.Render(topic, moment, cancellation) is { } html)
                {
                    meters.Rendered(topic, clock.GetElapsedTime(began));
                    await Clients.Caller.SendAsync("fragment", topic, moment.Event, html, 0L, cancellation);
                }
            }
        }
    }

    // Each call may cost a look into the store; a page has no use for more than a few a second.
    private void MayCall()
    {
        if (!Context.Items.TryGetValue(CallsKey, out var kept) || kept is not TokenBuckets.Bucket calls)
        {
            var isLocal = Context.GetHttpContext()?.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address);
            Context.Items[CallsKey] = calls = new(isLocal ? limits.Loopback : Calls, clock.GetTimestamp());
        }
        if (calls.TryTake(clock) is not null)
            throw new HubException("Too many calls; try again in a moment.");
    }
}
