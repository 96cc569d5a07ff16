using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;

namespace Weir.Worker.Connection;

/// <summary>The address of a hub as SignalR wants it.</summary>
internal sealed class HubEndPoint(Uri uri) : EndPoint
{
    public Uri Uri { get; } = uri;

    public override string ToString() => Uri.ToString();
}

/// <summary>The master does not accept the token.</summary>
internal sealed class TokenRefusedException(Uri uri) : Exception($"{uri} does not accept the token. \"weir worker add NAME\" makes one.");

/// <summary>Opens WebSockets to a hub: the transport that SignalR's client brings only with packages we do without. No negotiation.</summary>
internal sealed class WebSocketConnectionFactory(string token, TimeProvider time) : IConnectionFactory
{
    // A half-dead master accepts the connection and never answers the upgrade.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var uri = ((HubEndPoint)endpoint).Uri;
        var socket = new ClientWebSocket();
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
            socket.Options.CollectHttpResponseDetails = true;
            await socket.ConnectAsync(uri, either.Token);
            return new WebSocketConnection(socket, time);
        }
        catch (Exception e)
        {
            var refused = socket.HttpStatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
            socket.Dispose();
            if (refused)
                throw new TokenRefusedException(uri);
            if (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                throw new TimeoutException($"{uri} did not answer within {Patience.TotalSeconds:0} s.", e);
            throw;
        }
    }
}
