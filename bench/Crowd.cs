using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Weir.Shared.Protocol;

namespace Weir.Bench;

/// <summary>A connection to one of the hubs, as light as it can be: a thousand fit into this process.</summary>
internal sealed class LightHub : IAsyncDisposable
{
    private const byte End = 0x1e;
    private readonly ClientWebSocket socket = new();
    private readonly SemaphoreSlim sending = new(1);
    private readonly CancellationTokenSource ending = new();
    private Task reading = Task.CompletedTask;
    private Task pinging = Task.CompletedTask;

    /// <summary>Called for every message, with its type and text.</summary>
    public Action<int, JsonElement>? Heard { get; set; }

    public async Task Connect(Uri address, string? token)
    {
        if (token is not null)
            socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        await socket.ConnectAsync(address, CancellationToken.None);
        await Send("""{"protocol":"json","version":1}""");
        reading = Read();
        pinging = Ping();
    }

    public Task Invoke(string id, string target, params object[] arguments) =>
        Send(JsonSerializer.Serialize(new { type = 1, invocationId = id, target, arguments }, JsonSerializerOptions.Web));

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        socket.Abort();
        await Task.WhenAll(reading, pinging);
        socket.Dispose();
        ending.Dispose();
        sending.Dispose();
    }

    private async Task Send(string text)
    {
        await sending.WaitAsync();
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text + (char)End), WebSocketMessageType.Text, true, ending.Token);
        }
        finally
        {
            sending.Release();
        }
    }

    private async Task Ping()
    {
        try
        {
            while (true)
            {
                await Task.Delay(3000, ending.Token);
                await Send("""{"type":6}""");
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // It is over.
        }
    }

    private async Task Read()
    {
        var buffer = new byte[256 * 1024];
        var filled = 0;
        try
        {
            while (true)
            {
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, buffer.Length * 2);
                var got = await socket.ReceiveAsync(buffer.AsMemory(filled), ending.Token);
                if (got.MessageType == WebSocketMessageType.Close)
                    return;
                filled += got.Count;
                int at;
                while ((at = Array.IndexOf(buffer, End, 0, filled)) >= 0)
                {
                    Tell(buffer.AsMemory(0, at));
                    filled -= at + 1;
                    Buffer.BlockCopy(buffer, at + 1, buffer, 0, filled);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // It is over.
        }
    }

    private void Tell(ReadOnlyMemory<byte> message)
    {
        using var json = JsonDocument.Parse(message);
        if (json.RootElement.TryGetProperty("type", out var type))
            Heard?.Invoke(type.GetInt32(), json.RootElement);
    }
}

/// <summary>Workers that only connect and beat.</summary>
internal sealed class Crowd(Uri master) : IAsyncDisposable
{
    private readonly List<LightHub> members = [];

    public async Task Connect(int count)
    {
        var address = new UriBuilder(master) { Scheme = "ws", Path = WorkerProtocol.HubPath }.Uri;
        for (var i = 0; i < count; i++)
            members.Add(new LightHub());
        await Task.WhenAll(members.Select((hub, i) => Greet(hub, address, string.Create(CultureInfo.InvariantCulture, $"w{i}"))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in members)
            await hub.DisposeAsync();
    }

    private static async Task Greet(LightHub hub, Uri address, string name)
    {
        hub.Heard = (type, message) =>
        {
            // The answer to our hello; from then on we beat.
            if (type == 3 && message.TryGetProperty("invocationId", out var id) && id.GetString() == "hello" && message.TryGetProperty("result", out var welcome))
                _ = Beat(hub, welcome.GetProperty("session").GetInt64());
        };
        await hub.Connect(address, name);
        await hub.Invoke("hello", nameof(IWorkerHub.Hello), new Hello
        {
            OldestProtocol = WorkerProtocol.Oldest,
            NewestProtocol = WorkerProtocol.Newest,
            Name = name,
            Instance = Guid.NewGuid(),
            Boot = "bench",
            Version = "bench",
            Info = new WorkerInfo(),
        });
    }

    private static async Task Beat(LightHub hub, long session)
    {
        try
        {
            for (var n = 0; ; n++)
            {
                await hub.Invoke(string.Create(CultureInfo.InvariantCulture, $"beat{n}"), nameof(IWorkerHub.Beat), session);
                await Task.Delay(WorkerProtocol.Ping);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It is over.
        }
    }
}
