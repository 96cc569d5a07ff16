using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage.Orders;
using Weir.Engine.Storage.Roles;
using Weir.Shared.Events;
using Weir.Shared.Orders;

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
        services.AddSingleton<StoreRoles>();
        services.AddSingleton<StoreSessions>();
        services.AddHostedService<EventNumbering>();
        services.AddSingleton<IEventFeed, EventFeed>();
        services.AddSingleton<OrderBook>();
        services.AddSingleton<OrderQueries>();
        services.AddSingleton<IOrderQueries>(p => p.GetRequiredService<OrderQueries>());
        services.AddHostedService(p => p.GetRequiredService<OrderQueries>());
        services.AddSingleton(new SweepQuestion(WakeTopic.Orders, "EXISTS (SELECT FROM orders WHERE done_at IS NULL AND (taken_until IS NULL OR taken_until < weir_now()))"));
        services.AddSingleton(new SweepQuestion(WakeTopic.Events, "EXISTS (SELECT FROM event_outbox)"));
        return services;
    }
}
