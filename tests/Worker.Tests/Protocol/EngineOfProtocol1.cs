using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Weir.Worker.Tests.Protocol;

/// <summary>An engine of the first protocol, written out by hand: it uses nothing of this version but the texts that went over the wire then. It orders what it was given when the worker is ready.</summary>
internal sealed class EngineOfProtocol1 : IAsyncDisposable
{
    private const char End = '\u001e';
    private readonly WebApplication _app;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _ending = new();

    private EngineOfProtocol1(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>The shell text of the one command.</summary>
    public string Shell { get; init; } = "true";

    /// <summary>What the worker called, in order.</summary>
    public List<(string Method, JsonNode Arguments)> Calls { get; } = [];

    /// <summary>The command's file, as far as it has come.</summary>
    public List<byte> File { get; } = [];

    public static async Task<EngineOfProtocol1> Start(string shell)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var engine = new EngineOfProtocol1(app) { Shell = shell };
        app.UseWebSockets();
        app.Map("/hubs/worker", engine.Serve);
        await app.StartAsync();
        engine.Address = new Uri(app.Urls.First());
        return engine;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(2)).Token);
        await _app.DisposeAsync();
        _ending.Dispose();
        _sending.Dispose();
    }

    private async Task Serve(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var unread = "";
        var buffer = new byte[64 * 1024];
        var ordered = false;
        try
        {
            while (true)
            {
                var piece = await socket.ReceiveAsync(buffer, _ending.Token);
                if (piece.MessageType == WebSocketMessageType.Close)
                    return;
                unread += Encoding.UTF8.GetString(buffer, 0, piece.Count);
                for (var end = unread.IndexOf(End, StringComparison.Ordinal); end >= 0; end = unread.IndexOf(End, StringComparison.Ordinal))
                {
                    var message = JsonNode.Parse(unread[..end])!;
                    unread = unread[(end + 1)..];
                    if (message["protocol"] is not null)
                        await Send(socket, "{}");
                    else if ((int)message["type"]! == 6)
                        await Send(socket, """{"type":6}""");
                    else if ((int)message["type"]! == 1)
                        ordered = await Answer(socket, (string)message["target"]!, message["arguments"]!, (string?)message["invocationId"], ordered);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // it is over
        }
    }

    private async Task<bool> Answer(WebSocket socket, string method, JsonNode arguments, string? id, bool ordered)
    {
        lock (Calls)
            Calls.Add((method, arguments.DeepClone()));
        switch (method)
        {
            case "Hello":
                await Send(socket, $$$"""{"type":3,"invocationId":"{{{id}}}","result":{"refusal":null,"final":false,"protocol":1,"session":7,"master":"old","store":"store-1","addresses":["{{{Address}}}"],"verdicts":[]}}""");
                return ordered;
            case "Beat":
                await Send(socket, $$"""{"type":3,"invocationId":"{{id}}","result":true}""");
                if (!ordered)
                    await Send(socket, $$$"""{"type":1,"target":"Start","arguments":[{"session":7,"command":1,"epoch":1,"spec":{"kind":"run","directory":"b","arguments":["/bin/sh","-c","{{{Shell}}}"]}}]}""");
                return true;
            case "Append":
                File.AddRange(Convert.FromBase64String((string)arguments[0]!["bytes"]!));
                await Send(socket, string.Create(CultureInfo.InvariantCulture, $$$"""{"type":1,"target":"Applied","arguments":[{"session":7,"command":1,"position":{{{File.Count}}},"rewind":false}]}"""));
                return ordered;
            default:
                if (id is not null)
                    await Send(socket, $$"""{"type":3,"invocationId":"{{id}}","error":"Method does not exist."}""");
                return ordered;
        }
    }

    private async Task Send(WebSocket socket, string text)
    {
        await _sending.WaitAsync(CancellationToken.None);
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text + End), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }
}
