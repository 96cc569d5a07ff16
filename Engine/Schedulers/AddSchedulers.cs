using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Schedulers.Impacts;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Shared.Configuration;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>Registers schedulers: queries and actions for every master, classification and timers for engines.</summary>
public static class SchedulersRegistration
{
    public static IServiceCollection AddSchedulers(this IServiceCollection services, bool engine)
    {
        services.AddSingleton<InForce>();
        services.AddSingleton<ISchedulerQueries, SchedulerQueries>();
        services.AddSingleton<IImpactQueries, ImpactQueries>();
        services.AddSingleton<SchedulerActions>();
        services.AddSingleton<Completion>();
        if (!engine)
        {
            services.AddSingleton<SchedulerOrders>();
            services.AddSingleton<IRequestCompletion, CompletionOrders>();
            services.AddSingleton<ISchedulerActions>(p => p.GetRequiredService<SchedulerOrders>());
            return services.AddSingleton<ISchedulerFiring>(p => p.GetRequiredService<SchedulerOrders>());
        }
        services.AddSingleton<ISchedulerActions>(p => p.GetRequiredService<SchedulerActions>());
        services.AddSingleton<IRequestCompletion>(p => p.GetRequiredService<Completion>());
        services.AddSingleton<HandFiring>();
        services.AddSingleton<ISchedulerFiring>(p => p.GetRequiredService<HandFiring>());
        services.AddOrderKinds(p => SchedulerOrders.Kinds(p.GetRequiredService<SchedulerActions>(), p.GetRequiredService<HandFiring>()).Append(CompletionOrders.Kind(p.GetRequiredService<Completion>())));
        services.AddHostedService<ScheduleSync>();
        services.AddHostedService<HistoryNames>();
        services.AddSingleton<Classifier>();
        services.AddHostedService(p => p.GetRequiredService<Classifier>());
        services.AddHostedService<SchedulerTimers>();
        services.AddSingleton(new SweepQuestion(WakeTopic.Configuration, ScheduleSync.Question));
        services.AddSingleton(new SweepQuestion(WakeTopic.Configuration, "EXISTS (SELECT FROM former_names WHERE NOT told)"));
        services.AddSingleton(new SweepQuestion(WakeTopic.Changes, "EXISTS (SELECT FROM change_work)"));
        services.AddSingleton(new SweepQuestion(WakeTopic.Timers, SchedulerTimers.Question));
        return services;
    }
}
