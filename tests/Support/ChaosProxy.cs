using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Weir.Support;

/// <summary>A wire between two programs (a browser and a master, a worker and an engine, an engine and its store) that can be cut, swallow everything for a while, or be slow.</summary>
public sealed class ChaosProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly ConcurrentDictionary<Socket, bool> open = new();
    private readonly Task accepting;
    private readonly EndPoint target;
    private volatile TaskCompletionSource flowing = Open();

    public ChaosProxy(int target) : this(new IPEndPoint(IPAddress.Loopback, target))
    {
    }

    private ChaosProxy(EndPoint target)
    {
        this.target = target;
        listener.Start();
        accepting = Accept();
    }

    /// <summary>A wire to the store that this connection string names, over TCP or a socket in a folder; and the connection string that goes through it.</summary>
    public static (ChaosProxy Wire, string ConnectionString) BeforeStore(string connectionString)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        var wire = new ChaosProxy(to.Host!.StartsWith('/') ? new UnixDomainSocketEndPoint(FormattableString.Invariant($"{to.Host}/.s.PGSQL.{to.Port}")) : new IPEndPoint(IPAddress.Loopback, to.Port));
        (to.Host, to.Port) = ("127.0.0.1", wire.Port);
        return (wire, to.ConnectionString);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Each piece of what is sent waits so long.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>New connections are closed at once.</summary>
    public bool Refuses { get; set; }

    /// <summary>Nothing goes through and nothing is closed: what is sent meanwhile arrives afterwards, if somebody still waits for it.</summary>
    public bool Swallows
    {
        get => !flowing.Task.IsCompleted;
        set
        {
            if (value && flowing.Task.IsCompleted)
                flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);
            else if (!value)
                flowing.TrySetResult();
        }
    }

    /// <summary>All connections break at once.</summary>
    public void Cut()
    {
        foreach (var socket in open.Keys)
            Break(socket);
    }

    public void Heal()
    {
        (Delay, Refuses, Swallows) = (TimeSpan.Zero, false, false);
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        Heal();
        Cut();
        await accepting;
        end.Dispose();
    }

    private static TaskCompletionSource Open()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private async Task Accept()
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptSocketAsync(end.Token);
                if (Refuses)
                    Break(client);
                else
                    _ = Serve(client);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(Socket client)
    {
        using var server = target is UnixDomainSocketEndPoint ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        open[client] = open[server] = true;
        try
        {
            await server.ConnectAsync(target, end.Token);
            await Task.WhenAny(Pump(client, server), Pump(server, client));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody is there: the client sees a broken connection.
        }
        finally
        {
            Break(client);
            Break(server);
        }
    }

    private async Task Pump(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, end.Token);
                if (Delay > TimeSpan.Zero)
                    await Task.Delay(Delay, end.Token);
                await flowing.Task.WaitAsync(end.Token);
                if (count == 0)
                    return;
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), end.Token);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Broken, by us or by them.
        }
    }

    private void Break(Socket socket)
    {
        open.TryRemove(socket, out _);
        try
        {
            // A reset, not a farewell.
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }
        socket.Dispose();
    }
}
