using Microsoft.AspNetCore.Http.Connections;
using Weir.App.Server.Hubs;
using Weir.App.Server.Limits;

namespace Weir.App.Server.Live;

/// <summary>Registers what makes pages live, and its hub.</summary>
internal static class LiveRegistration
{
    public const string HubPath = "/hubs/browser";

    public static IServiceCollection AddLive(this IServiceCollection services)
    {
        services.AddSignalR().AddHubOptions<BrowserHub>(o =>
        {
            o.KeepAliveInterval = TimeSpan.FromSeconds(2);
            o.ClientTimeoutInterval = TimeSpan.FromSeconds(30);
            // A page says nothing but the names of topics.
            o.MaximumReceiveMessageSize = 4 * 1024;
        });
        return services
            .AddSingleton<Watchers>().AddSingleton<LiveMeters>().AddSingleton<RecentTopics>().AddSingleton<FragmentRenderer>().AddSingleton<Regions>().AddSingleton<WaterfallNews>().AddSingleton<LogFollowing>()
            .AddHostedService<LiveFeed>();
    }

    public static HubEndpointConventionBuilder MapBrowserHub(this IEndpointRouteBuilder app) => app.MapHub<BrowserHub>(HubPath, o => o.Transports = HttpTransportType.WebSockets).LongLived();
}
