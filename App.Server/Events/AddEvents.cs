using Weir.App.Server.Api;

namespace Weir.App.Server.Events;

/// <summary>Registers the one reader of events and the streams that it feeds.</summary>
internal static class EventsRegistration
{
    public static IServiceCollection AddEvents(this IServiceCollection services) => services
        .AddSingleton<EventMeters>()
        .AddSingleton<EventReader>().AddHostedService(p => p.GetRequiredService<EventReader>())
        .AddSingleton<EventResources>().AddSingleton<EventRendering>()
        .AddSingleton<EventStreams>().AddHostedService(p => p.GetRequiredService<EventStreams>())
        .AddSingleton<BuildbotSse.Sessions>();
}
