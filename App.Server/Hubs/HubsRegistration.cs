using Microsoft.AspNetCore.Http.Connections;
using Weir.App.Server.Identity;
using Weir.App.Server.Limits;
using Weir.Shared.Protocol;

namespace Weir.App.Server.Hubs;

/// <summary>Registers the hubs: the workers' on engines, the browsers' (BrowserHub) on masters with pages.</summary>
internal static class HubsRegistration
{
    public static IServiceCollection AddHubs(this IServiceCollection services)
    {
        // AddHubOptions, not Configure: options of a hub count only when they came in by this door.
        services.AddSignalR().AddHubOptions<WorkerHub>(o =>
        {
            o.KeepAliveInterval = WorkerProtocol.Ping;
            o.ClientTimeoutInterval = WorkerProtocol.Silence;
            // One call at a time: pieces stay in order, and a full ingest stops the reading of this connection.
            o.MaximumParallelInvocationsPerClient = 1;
            // A piece in base64, and the message around it.
            o.MaximumReceiveMessageSize = 4L * (WorkerProtocol.MaxPiece + FrameCodec.MaxBody) / 3 + 64 * 1024;
        });
        return services;
    }

    public static void MapWorkerHub(this IEndpointRouteBuilder app) => app.MapHub<WorkerHub>(WorkerProtocol.HubPath, o => o.Transports = HttpTransportType.WebSockets).Open().ForWorkers();
}
