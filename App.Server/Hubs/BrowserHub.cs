using Microsoft.AspNetCore.SignalR;
using Weir.App.Client.Frame;
using Weir.App.Server.Live;

namespace Weir.App.Server.Hubs;

/// <summary>A page says what it watches; fragments go the other way. Whoever may open the connection may read, so every topic is his.</summary>
internal sealed class BrowserHub(Watchers watchers, RecentTopics recent, Regions regions, WaterfallNews waterfall, LogFollowing logs, Weir.Shared.Events.IEventFeed events, TimeProvider clock) : Hub
{
    /// <summary>A browser sends along from which site its script came; scripts of other sites may not listen.</summary>
    public override Task OnConnectedAsync()
    {
        var request = Context.GetHttpContext()?.Request;
        if (request?.Headers.Origin.ToString() is { Length: > 0 } origin && (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || from.Authority != request.Host.Value))
            Context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Watches a topic from a number on: the event a page was rendered at, or the lines of a log that it has. What changed since is sent at once, to this page alone.
    /// Answers the store's time in milliseconds, by which the page counts ages.
    /// </summary>
    public async Task<long> Join(string topic, long number)
    {
        if (Regions.IsTopic(topic) && watchers.Join(Context.ConnectionId, topic))
        {
            // First the group, then the question what was missed: nothing falls between.
            await Groups.AddToGroupAsync(Context.ConnectionId, topic, Context.ConnectionAborted);
            await CatchUp(topic, number, Context.ConnectionAborted);
        }
        return clock.GetUtcNow().ToUnixTimeMilliseconds();
    }

    public async Task Leave(string topic)
    {
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
                await Clients.Caller.SendAsync("fragment", topic, 0L, lines, cancellation);
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
                    await Clients.Caller.SendAsync("fragment", topic, moment.Event, missed, cancellation);
            }
            else
            {
                if (await regions.Render(topic, moment, cancellation) is { } html)
                    await Clients.Caller.SendAsync("fragment", topic, moment.Event, html, cancellation);
            }
        }
    }
}
