using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Registers the queue: actions for every master, its view for engines.</summary>
public static class QueueRegistration
{
    public static IServiceCollection AddQueue(this IServiceCollection services, bool engine)
    {
        services.AddSingleton<IRetiredRequests, RetiredRequests>();
        if (engine)
        {
            services.AddSingleton<QueueActions>();
            services.AddSingleton<IQueueActions>(p => p.GetRequiredService<QueueActions>());
            services.AddOrderKinds(p => QueueOrders.Kinds(p.GetRequiredService<QueueActions>()));
            services.AddSingleton<QueueView>();
            services.AddSingleton<WaitReasons>();
            services.AddSingleton<Standstills>();
            services.TryAddSingleton<UsualDurations>();
            services.TryAddSingleton<WorkerPasts>();
            services.AddSingleton<IInterruptions, Interruptions>();
            services.AddSingleton<SpreadView>();
            services.AddHostedService<Handovers>();
            services.AddSingleton(new SweepQuestion(WakeTopic.Spreading, "(SELECT count(*) > 1 FROM masters WHERE state = 'Active' AND 'engine' = ANY(roles))"));
            services.AddSingleton(new SweepQuestion(WakeTopic.Queue, "EXISTS (SELECT FROM open_requests) OR EXISTS (SELECT FROM lock_claims WHERE held_at IS NULL) OR EXISTS (SELECT FROM build_owners WHERE slot_asked_at IS NOT NULL)"));
        }
        else
        {
            services.AddSingleton<IQueueActions, QueueOrders>();
        }
        return services;
    }
}
