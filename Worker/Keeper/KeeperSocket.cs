using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weir.Worker.Journal;

namespace Weir.Worker.Keeper;

/// <summary>The keeper's Unix socket in the work directory, however long that directory's path is.</summary>
internal static class KeeperSocket
{
    private const string Name = "keeper.sock";

    public static Socket Listen(WorkDirectory work)
    {
        var path = Path.Combine(work.State, Name);
        File.Delete(path); // whoever holds the keeper's lock is the only one who may listen
        var socket = New();
        Reach(work, reachable => socket.Bind(new UnixDomainSocketEndPoint(reachable)));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        socket.Listen();
        return socket;
    }

    /// <summary>Null if nobody listens.</summary>
    public static Socket? TryConnect(WorkDirectory work)
    {
        var socket = New();
        try
        {
            Reach(work, reachable => socket.Connect(new UnixDomainSocketEndPoint(reachable)));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private static Socket New() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    // A socket's path may hold some hundred bytes only; through a handle of its directory every path is short.
    private static void Reach(WorkDirectory work, Action<string> act)
    {
        var handle = Libc.Open(work.State, Libc.PathOnly | Libc.Directory | Libc.CloseOnExec);
        if (handle < 0)
            throw new IOException($"Cannot open {work.State}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        try
        {
            act($"/proc/self/fd/{handle}/{Name}");
        }
        finally
        {
            _ = Libc.Close(handle);
        }
    }
}
