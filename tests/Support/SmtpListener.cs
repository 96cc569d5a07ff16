using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Support;

/// <summary>A small mail server on 127.0.0.1 that keeps what it is given. It can turn senders away, and say nothing.</summary>
public sealed class SmtpListener : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;
    private int refusals;

    public SmtpListener()
    {
        listener.Start();
        accepting = Accept();
    }

    /// <summary>A mail as it came: who it is for, its headers (folded lines put together) and its text.</summary>
    public sealed record Mail(string From, string Recipient, IReadOnlyDictionary<string, string> Headers, string Text);

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;
    public ConcurrentQueue<Mail> Mails { get; } = new();

    /// <summary>How many connections came.</summary>
    public int Connections { get; private set; }

    /// <summary>The next so many senders are told to come later.</summary>
    public int Refusals { get => refusals; set => refusals = value; }

    /// <summary>Whoever sends to this address is told that there is no such.</summary>
    public string? Unknown { get; set; }

    /// <summary>Called when a mail has come whole, before it is acknowledged.</summary>
    public Func<Task>? BeforeAnswer { get; set; }

    private async Task Accept()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptTcpClientAsync(stopping.Token);
                Connections++;
                _ = Serve(client);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            async Task Say(string line) => await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), stopping.Token);
            if (Interlocked.Decrement(ref refusals) >= 0)
            {
                await Say("421 come later");
                return;
            }
            await Say("220 here");
            var (from, recipient) = ("", "");
            while (await reader.ReadLineAsync(stopping.Token) is { } line)
            {
                switch (line.Split(' ', ':')[0].ToUpperInvariant())
                {
                    case "EHLO" or "HELO":
                        await Say("250 hello");
                        break;
                    case "MAIL":
                        from = Address(line);
                        await Say("250 ok");
                        break;
                    case "RCPT" when Address(line) == Unknown:
                        await Say("550 no such user here");
                        break;
                    case "RCPT":
                        recipient = Address(line);
                        await Say("250 ok");
                        break;
                    case "DATA":
                        await Say("354 go on");
                        var mail = await Read(reader, from, recipient);
                        Mails.Enqueue(mail);
                        if (BeforeAnswer is { } wait)
                            await wait();
                        await Say("250 taken");
                        break;
                    case "QUIT":
                        await Say("221 bye");
                        return;
                    default:
                        await Say("250 ok");
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The sender went, or the test is over.
        }
    }

    private async Task<Mail> Read(StreamReader reader, string from, string recipient)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var body = new StringBuilder();
        var (last, inBody) = ("", false);
        while (await reader.ReadLineAsync(stopping.Token) is { } line && line != ".")
        {
            if (inBody)
                body.Append(line).Append('\n');
            else if (line.Length == 0)
                inBody = true;
            else if (line[0] is ' ' or '\t')
                headers[last] += line.Trim();
            else
                headers[last = line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        var text = headers.GetValueOrDefault("Content-Transfer-Encoding") == "base64" ? Encoding.UTF8.GetString(Convert.FromBase64String(body.ToString())) : body.ToString();
        return new(from, recipient, headers, text.ReplaceLineEndings("\n"));
    }

    private static string Address(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        stopping.Dispose();
    }
}
