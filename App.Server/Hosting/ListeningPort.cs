using System.Net;
using System.Net.Sockets;

namespace Weir.App.Server.Hosting;

/// <summary>Says that a port is taken before anything else is started for it.</summary>
internal static class ListeningPort
{
    public static void MustBeFree(HostSettings settings)
    {
        var address = settings.Listen == "localhost" ? IPAddress.Loopback : IPAddress.Parse(settings.Listen);
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        // As Kestrel does: connections of a program that has ended do not hold the port.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(new IPEndPoint(address, settings.Port));
            socket.Listen(1);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw Taken(settings);
        }
        catch (SocketException e)
        {
            throw new HostException($"Port {settings.Port} on {settings.Listen} cannot be used: {e.Message}.", HostException.Usage);
        }
    }

    public static HostException Taken(HostSettings settings) =>
        new($"Port {settings.Port} on {settings.Listen} is taken by another program. Choose another with --port N.", HostException.Usage);
}
