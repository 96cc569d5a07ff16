using System.Buffers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;

namespace Weir.Worker.Keeper;

/// <summary>Messages over a local socket: one JSON object per line each way. Sending never waits for the other side.</summary>
internal sealed class JsonLines<TOut, TIn> : IAsyncDisposable
    where TIn : class
{
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;
    private readonly JsonTypeInfo<TOut> _outType;
    private readonly JsonTypeInfo<TIn> _inType;

    // Written on the thread that sends: another one to wake for each message costs more than the message.
    private readonly Channel<TOut> _outbox = Channel.CreateUnbounded<TOut>(new() { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;
    private readonly Task _writing;

    public JsonLines(Socket socket, JsonTypeInfo<TOut> outType, JsonTypeInfo<TIn> inType)
    {
        _stream = new(socket, ownsSocket: true);
        _reader = new(_stream, Encoding.UTF8);
        (_outType, _inType) = (outType, inType);
        _json = new(_line);
        _writing = Write();
    }

    public void Send(TOut message) => _outbox.Writer.TryWrite(message);

    /// <summary>The next message; null when the other side is gone or talks nonsense.</summary>
    public async Task<TIn?> Receive(CancellationToken cancellation)
    {
        try
        {
            return await _reader.ReadLineAsync(cancellation) is { } line ? JsonSerializer.Deserialize(line, _inType) : null;
        }
        catch (Exception e) when (e is IOException or JsonException or ObjectDisposedException or SocketException)
        {
            return null;
        }
    }

    /// <summary>Sends what is waiting, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _outbox.Writer.TryComplete();
        await Task.WhenAny(_writing, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        _reader.Dispose();
        await _stream.DisposeAsync();
    }

    private async Task Write()
    {
        try
        {
            await foreach (var message in _outbox.Reader.ReadAllAsync())
            {
                // At once: a message in two parts wakes the other side twice.
                _line.ResetWrittenCount();
                _json.Reset();
                JsonSerializer.Serialize(_json, message, _outType);
                _line.Write("\n"u8);
                await _stream.WriteAsync(_line.WrittenMemory);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            // the reading side notices it
        }
    }
}
