using Microsoft.Extensions.DependencyInjection;
using Weir.Shared.Events;

namespace Weir.Engine.Storage;

/// <summary>Registers the store.</summary>
public static class StorageRegistration
{
    public static IServiceCollection AddStorage(this IServiceCollection services, StorageOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<StoreClock>();
        services.AddSingleton<TimeProvider>(p => p.GetRequiredService<StoreClock>());
        services.AddSingleton<Database>();
        services.AddSingleton<Partitions>();
        services.AddSingleton<Schema>();
        services.AddSingleton<StoreStatusQueries>();
        services.AddSingleton<StoreCheck>();
        services.AddSingleton<Wakeups>();
        services.AddHostedService(p => p.GetRequiredService<Wakeups>());
        services.AddSingleton<DayPartitions>();
        services.AddHostedService(p => p.GetRequiredService<DayPartitions>());
        services.AddHostedService<EventNumbering>();
        services.AddSingleton<IEventFeed, EventFeed>();
        services.AddSingleton(new SweepQuestion(WakeTopic.Events, "EXISTS (SELECT FROM event_outbox)"));
        return services;
    }
}
