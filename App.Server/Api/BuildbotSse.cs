using System.Collections.Concurrent;
using System.Security.Cryptography;
using Weir.App.Server.Events;
using Weir.App.Server.Limits;

namespace Weir.App.Server.Api;

/// <summary>
/// Buildbot's server-sent events: <c>/sse/listen/builds/*/new</c> begins with a handshake that names the stream, <c>/sse/add/ID/PATH</c> and <c>/sse/remove/ID/PATH</c> change what it
/// listens to. As in Buildbot there are no numbers and no way to catch up, and a stream is known to its own master only; <c>/api/v2/events</c> is better in both.
/// </summary>
internal static class BuildbotSse
{
    private const string Form = "sse";

    /// <summary>The open streams of this master, by the id of their handshake.</summary>
    internal sealed class Sessions
    {
        public ConcurrentDictionary<string, BuildbotListener> Open { get; } = new();
    }

    public static void MapBuildbotSse(this IEndpointRouteBuilder app)
    {
        foreach (var root in new[] { "/sse", "/api/v2/sse" })
        {
            app.MapGet(root + "/add/{id}/{**path}", (string id, string? path, Sessions sessions) => Change(sessions, id, path, add: true)).ExcludeFromDescription();
            app.MapGet(root + "/remove/{id}/{**path}", (string id, string? path, Sessions sessions) => Change(sessions, id, path, add: false)).ExcludeFromDescription();
            app.MapGet(root + "/add", () => Text("need uuid", StatusCodes.Status400BadRequest)).ExcludeFromDescription();
            app.MapGet(root + "/remove", () => Text("need uuid", StatusCodes.Status400BadRequest)).ExcludeFromDescription();
            app.MapGet(root + "/listen/{**path}", Listen).LongLived().ExcludeFromDescription();
            app.MapGet(root + "/{**path}", Listen).LongLived().ExcludeFromDescription();
        }
    }

    private static async Task<IResult> Listen(HttpContext context, string? path, Sessions sessions, EventStreams streams)
    {
        var listener = new BuildbotListener(Form, m => m.Sse);
        if (path?.Trim('/') is { Length: > 0 } given && listener.Add(given) is { } problem)
            return Text(problem, StatusCodes.Status404NotFound);
        var id = new Guid(RandomNumberGenerator.GetBytes(16)).ToString();
        using var life = new StreamLife(context);
        var response = new SseResponse(context, listener.Connection);
        try
        {
            await streams.Join(listener.Connection, life.Token);
            sessions.Open[id] = listener;
            await response.Start(life.Token);
            await response.Write($"event: handshake\ndata: {id}\n\n", life.Token);
            await response.Run(() => ": still here\n\n", life.Token);
        }
        catch (OperationCanceledException)
        {
            // The client went, or must come again.
        }
        finally
        {
            sessions.Open.TryRemove(id, out _);
            streams.Leave(listener.Connection);
        }
        return Results.Empty;
    }

    private static IResult Change(Sessions sessions, string id, string? path, bool add)
    {
        var given = path?.Trim('/') ?? "";
        if (!sessions.Open.TryGetValue(id, out var listener))
            return Text("unknown uuid", StatusCodes.Status400BadRequest);
        if (add)
            return listener.Add(given) is { } problem ? Text(problem, StatusCodes.Status404NotFound) : Text("ok");
        return listener.Remove(given) ? Text("ok") : Text("consumer is not listening to this event", StatusCodes.Status404NotFound);
    }

    private static IResult Text(string text, int status = StatusCodes.Status200OK) => Results.Text(text, "text/plain; charset=utf-8", null, status);
}
