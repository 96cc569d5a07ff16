using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>Registers schedulers: queries and actions for every master, classification and timers for engines.</summary>
public static class SchedulersRegistration
{
    public static IServiceCollection AddSchedulers(this IServiceCollection services, bool engine)
    {
        services.AddSingleton<InForce>();
        services.AddSingleton<ISchedulerQueries, SchedulerQueries>();
        services.AddSingleton<ISchedulerActions, SchedulerActions>();
        services.AddSingleton<ISchedulerFiring, HandFiring>();
        if (!engine)
            return services;
        services.AddHostedService<ScheduleSync>();
        services.AddHostedService<Classifier>();
        services.AddHostedService<SchedulerTimers>();
        services.AddSingleton(new SweepQuestion(WakeTopic.Configuration, ScheduleSync.Question));
        services.AddSingleton(new SweepQuestion(WakeTopic.Changes, "EXISTS (SELECT FROM change_work)"));
        services.AddSingleton(new SweepQuestion(WakeTopic.Timers, "EXISTS (SELECT FROM timers WHERE kind IN ('stable', 'periodic') AND due_at <= (SELECT weir_now()))"));
        return services;
    }
}
