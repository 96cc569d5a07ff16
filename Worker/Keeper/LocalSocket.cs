using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weir.Worker.Journal;

namespace Weir.Worker.Keeper;

/// <summary>Unix sockets in the work directory, however long that directory's path is: the keeper's and the agent's. Only the directory's owner gets at them.</summary>
internal static class LocalSocket
{
    public const string Keeper = "keeper.sock";
    public const string Agent = "agent.sock";

    /// <summary>Whoever holds the lock of that name is the only one who may listen.</summary>
    public static Socket Listen(WorkDirectory work, string name)
    {
        var path = Path.Combine(work.State, name);
        File.Delete(path);
        var socket = New();
        Reach(work, name, reachable => socket.Bind(new UnixDomainSocketEndPoint(reachable)));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        socket.Listen();
        return socket;
    }

    /// <summary>Null if nobody listens.</summary>
    public static Socket? TryConnect(WorkDirectory work, string name)
    {
        var socket = New();
        try
        {
            Reach(work, name, reachable => socket.Connect(new UnixDomainSocketEndPoint(reachable)));
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
    private static void Reach(WorkDirectory work, string name, Action<string> act)
    {
        var handle = Libc.Open(work.State, Libc.PathOnly | Libc.Directory | Libc.CloseOnExec);
        if (handle < 0)
            throw new IOException($"Cannot open {work.State}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        try
        {
            act($"/proc/self/fd/{handle}/{name}");
        }
        finally
        {
            _ = Libc.Close(handle);
        }
    }
}
