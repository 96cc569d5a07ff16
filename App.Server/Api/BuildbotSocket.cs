using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.App.Server.Events;
using Weir.App.Server.Limits;

namespace Weir.App.Server.Api;

/// <summary>Buildbot's web socket, <c>/ws</c>: commands <c>startConsuming</c>, <c>stopConsuming</c> and <c>ping</c>, answered under their <c>_id</c>; events as <c>{"k":"builds/7/new","m":{…}}</c>.</summary>
internal static class BuildbotSocket
{
    private const string Form = "ws";
    private const int LongestCommand = 4096;
    private static readonly TimeSpan SlowClient = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    public static IReadOnlyList<string> Paths { get; } = ["/ws", "/api/v2/ws"];

    public static void MapBuildbotSocket(this IEndpointRouteBuilder app)
    {
        foreach (var path in Paths)
            app.MapGet(path, Serve).LongLived().ExcludeFromDescription();
    }

    private static async Task<IResult> Serve(HttpContext context, EventStreams streams)
    {
        if (!context.WebSockets.IsWebSocketRequest)
            return Problems.Answer(StatusCodes.Status400BadRequest, "This address speaks web socket: connect with ws:// or wss://.");
        using var life = new StreamLife(context);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(life.Token);
        var listener = new BuildbotListener(Form, m => m.Socket);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = SseResponse.Heartbeat });
        try
        {
            await streams.Join(listener.Connection, ended.Token);
            var sending = Send(socket, listener.Connection, context.RequestServices.GetRequiredService<TimeProvider>(), ended);
            await Receive(socket, listener, ended.Token);
            await ended.CancelAsync();
            await sending;
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The client went, was too slow, or must come again.
        }
        finally
        {
            streams.Leave(listener.Connection);
            await Close(socket, listener.Connection.WasCut);
        }
        return Results.Empty;
    }

    private static async Task Receive(WebSocket socket, BuildbotListener listener, CancellationToken cancellation)
    {
        var buffer = new byte[LongestCommand];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult got;
            do
            {
                got = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
                length += got.Count;
                if (got.MessageType == WebSocketMessageType.Close)
                    return;
                if (!got.EndOfMessage && length == buffer.Length)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, $"A command is at most {LongestCommand} bytes long.", cancellation);
                    return;
                }
            }
            while (!got.EndOfMessage);
            listener.Connection.Offer(Encoding.UTF8.GetBytes(Answer(buffer.AsSpan(0, length), listener)));
        }
    }

    private static async Task Send(WebSocket socket, EventConnection connection, TimeProvider clock, CancellationTokenSource ended)
    {
        while (await connection.WaitForMessages(ended.Token))
        {
            while (connection.TryTake(out var message))
            {
                using var patience = new CancellationTokenSource(SlowClient, clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ended.Token);
                await socket.SendAsync(message, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, either.Token);
            }
        }
        // Cut: what is read from it matters no more.
        await ended.CancelAsync();
    }

    /// <summary>The answer to one command, in Buildbot's words.</summary>
    internal static string Answer(ReadOnlySpan<byte> frame, BuildbotListener listener)
    {
        JsonObject? command = null;
        try
        {
            command = JsonNode.Parse(frame) as JsonObject;
        }
        catch (JsonException)
        {
            // Said below.
        }
        if (command is null)
            return Error("a JSON object is expected", 400, null);
        var id = command["_id"]?.DeepClone();
        if (id is null)
            return Error("no '_id' in websocket frame", 400, null);
        return Text(command["cmd"]) switch
        {
            null => Error("no 'cmd' in websocket frame", 400, null),
            "ping" => Say("pong", id),
            "startConsuming" when Text(command["path"]) is { } path => listener.Add(path) is { } problem ? Error(problem, 400, id) : Say("OK", id),
            "stopConsuming" when Text(command["path"]) is { } path => listener.Remove(path) ? Say("OK", id) : Error($"path was not consumed '{path}'", 400, id),
            "startConsuming" or "stopConsuming" => Error($"invalid path format '{command["path"]?.ToJsonString() ?? ""}'", 400, id),
            var other => Error($"no such command '{other}'", 404, id),
        };
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string Say(string message, JsonNode id) => new JsonObject { ["msg"] = message, ["code"] = 200, ["_id"] = id }.ToJsonString();

    private static string Error(string error, int code, JsonNode? id) => new JsonObject { ["error"] = error, ["code"] = code, ["_id"] = id }.ToJsonString();

    private static async Task Close(WebSocket socket, bool wasCut)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return;
        using var patience = new CancellationTokenSource(Farewell);
        try
        {
            await socket.CloseOutputAsync(wasCut ? WebSocketCloseStatus.PolicyViolation : WebSocketCloseStatus.NormalClosure, wasCut ? "Events were taken too slowly." : null, patience.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            socket.Abort();
        }
    }
}
