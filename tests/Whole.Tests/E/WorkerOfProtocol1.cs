using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Weir.Whole.Tests.E;

/// <summary>A worker of the first protocol, written out by hand: it uses nothing of this version but the texts that went over the wire then. Its commands print two lines and end well.</summary>
public sealed class WorkerOfProtocol1 : IAsyncDisposable
{
    // Frames of format 1: the lines "hello" and "wörld" of the log stdio.
    private const string Lines = "023B00000005737464696F020000000C0000000500000000000000FA0000000000000001140000008309806F00000568656C6C6F6500F5010677C3B6726C6403";
    private const char End = '\u001e';
    private readonly ClientWebSocket socket = new();
    private readonly CancellationTokenSource leaving = new();
    private readonly SemaphoreSlim sending = new(1);
    private Task listening = Task.CompletedTask;

    /// <summary>The methods that the engine called, each once.</summary>
    public ConcurrentDictionary<string, int> Called { get; } = new();

    /// <summary>How far the engine has stored each command's file, of how many bytes.</summary>
    public ConcurrentDictionary<long, (long Applied, long Length)> Stored { get; } = new();

    public long Session { get; private set; }

    public async Task<JsonNode> Connect(string master, string token, string name)
    {
        socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        await socket.ConnectAsync(new Uri(master.Replace("http", "ws", StringComparison.Ordinal) + "/hubs/worker"), CancellationToken.None);
        await Send("""{"protocol":"json","version":1}""");
        Assert.Equal("{}", await Receive());
        await Send($$$"""
            {"type":1,"invocationId":"hello","target":"Hello","arguments":[{"oldestProtocol":1,"newestProtocol":1,"name":"{{{name}}}","instance":"0e4cbd02-6f0c-4f5e-9d06-6c7a3d3a9c11","boot":"boot/keeper",
            "version":"0.0.9","highestSession":0,"info":{"host":"attic","system":"Debian","architecture":"x64","cores":8,"memoryBytes":33000000000,"version":"0.0.9","runtime":".NET 10","git":"2.47.3"},"commands":[]}]}
            """);
        while (true)
        {
            var message = JsonNode.Parse((await Receive())!)!;
            if ((int)message["type"]! != 3)
                continue;
            var welcome = message["result"]!;
            Session = (long)welcome["session"]!;
            listening = Task.WhenAll(Listen(), Beat());
            return welcome;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await leaving.CancelAsync();
        socket.Abort();
        await listening;
        socket.Dispose();
        leaving.Dispose();
        sending.Dispose();
    }

    private async Task Listen()
    {
        while (await Receive() is { } text)
        {
            var message = JsonNode.Parse(text)!;
            if ((int)message["type"]! != 1)
                continue;
            var (method, arguments) = ((string)message["target"]!, message["arguments"]!);
            Called.AddOrUpdate(method, 1, (_, n) => n + 1);
            if (method == "Start")
                await Run((long)arguments[0]!["command"]!);
            else if (method == "Applied")
                Stored[(long)arguments[0]!["command"]!] = ((long)arguments[0]!["position"]!, Stored[(long)arguments[0]!["command"]!].Length);
        }
    }

    private Task Run(long command)
    {
        byte[] file = [.. Frame(1, """{"AtUnixMs":1795000000123,"ProcessId":4711}"""), .. Convert.FromHexString(Lines), .. Frame(3, """{"ExitCode":0,"Kind":"Exited","DurationMs":250,"Outputs":{}}""")];
        Stored[command] = (0, file.Length);
        return Send(string.Create(CultureInfo.InvariantCulture, $$"""{"type":1,"target":"Append","arguments":[{"session":{{Session}},"command":{{command}},"from":0,"bytes":"{{Convert.ToBase64String(file)}}"}]}"""));
    }

    private static byte[] Frame(byte kind, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        byte[] header = [kind, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(1), bytes.Length);
        return [.. header, .. bytes];
    }

    private async Task Beat()
    {
        while (!leaving.IsCancellationRequested)
        {
            await Send(string.Create(CultureInfo.InvariantCulture, $$"""{"type":1,"invocationId":"beat","target":"Beat","arguments":[{{Session}}]}"""));
            await Task.Delay(2000, leaving.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task Send(string text)
    {
        await sending.WaitAsync(CancellationToken.None);
        try
        {
            if (socket.State == WebSocketState.Open)
                await socket.SendAsync(Encoding.UTF8.GetBytes(text + End), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            sending.Release();
        }
    }

    private readonly StringBuilder unread = new();

    private async Task<string?> Receive()
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var text = unread.ToString();
            if (text.IndexOf(End, StringComparison.Ordinal) is >= 0 and var end)
            {
                unread.Remove(0, end + 1);
                return text[..end];
            }
            try
            {
                var piece = await socket.ReceiveAsync(buffer, leaving.Token);
                if (piece.MessageType == WebSocketMessageType.Close)
                    return null;
                unread.Append(Encoding.UTF8.GetString(buffer, 0, piece.Count));
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                return null;
            }
        }
    }
}
