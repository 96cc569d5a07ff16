using System.IO.Pipelines;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Weir.Worker.Connection;

/// <summary>A WebSocket as SignalR's client sees a connection: a pair of pipes, pumped both ways until either side ends.</summary>
internal sealed class WebSocketConnection : ConnectionContext
{
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);
    private readonly ClientWebSocket _socket;
    private readonly TimeProvider _time;
    private readonly IDuplexPipe _inside;
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _pumping;

    public WebSocketConnection(ClientWebSocket socket, TimeProvider time)
    {
        _socket = socket;
        _time = time;
        // Handed on by the thread that has it, as the keeper's messages are.
        var options = new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false);
        var incoming = new Pipe(options);
        var outgoing = new Pipe(options);
        Transport = new Duplex(incoming.Reader, outgoing.Writer);
        _inside = new Duplex(outgoing.Reader, incoming.Writer);
        ConnectionClosed = _closed.Token;
        _pumping = Task.Run(Pump);
    }

    public override string ConnectionId { get; set; } = Guid.NewGuid().ToString("N");
    public override IFeatureCollection Features { get; } = new FeatureCollection();
    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();
    public override IDuplexPipe Transport { get; set; }

    public override void Abort(ConnectionAbortedException abortReason) => _socket.Abort();

    public override async ValueTask DisposeAsync()
    {
        await Transport.Output.CompleteAsync();
        await Transport.Input.CompleteAsync();
        await _pumping;
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private async Task Pump()
    {
        var receiving = Receive();
        var sending = Send();
        if (await Task.WhenAny(receiving, sending) == receiving)
            _inside.Input.CancelPendingRead();
        else
            await Close(receiving);
        await Task.WhenAll(receiving, sending);
        _socket.Dispose();
        await _closed.CancelAsync();
    }

    private async Task Close(Task receiving)
    {
        using var limit = new CancellationTokenSource(ClosePatience, _time);
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            await receiving.WaitAsync(limit.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            _socket.Abort();
        }
    }

    private async Task Receive()
    {
        Exception? error = null;
        try
        {
            while (true)
            {
                var result = await _socket.ReceiveAsync(_inside.Output.GetMemory(16 * 1024), CancellationToken.None);
                if (result.MessageType == WebSocketMessageType.Close)
                    break;
                _inside.Output.Advance(result.Count);
                if ((await _inside.Output.FlushAsync()).IsCompleted)
                    break;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            error = new IOException("The connection to the master was lost.", e);
        }
        await _inside.Output.CompleteAsync(error);
    }

    private async Task Send()
    {
        try
        {
            while (true)
            {
                var result = await _inside.Input.ReadAsync();
                var rest = result.Buffer;
                var at = rest.Start;
                while (!result.IsCanceled && rest.TryGet(ref at, out var segment))
                    await _socket.SendAsync(segment, WebSocketMessageType.Text, at.GetObject() is null, CancellationToken.None);
                _inside.Input.AdvanceTo(rest.End);
                if (result.IsCompleted || result.IsCanceled)
                    break;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            // the receiving side notices it
        }
        await _inside.Input.CompleteAsync();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
