using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Workers;

namespace Weir.Engine.Workers;

/// <summary>Registers what masters do with workers: actions for all, sessions for engines.</summary>
public static class WorkersRegistration
{
    public static IServiceCollection AddWorkers(this IServiceCollection services, bool engine)
    {
        if (engine)
        {
            services.AddSingleton<WorkerActions>();
            services.AddSingleton<IWorkerActions>(p => p.GetRequiredService<WorkerActions>());
            services.AddOrderKinds(p => WorkerOrders.Kinds(p.GetRequiredService<WorkerActions>()));
            services.AddSingleton<Greeting>();
            services.AddSingleton<WorkerSessions>();
            services.AddHostedService<SessionBeats>();
            services.AddHostedService<WorkerChanges>();
            services.AddSingleton(new SweepQuestion(WakeTopic.Workers, WorkerChanges.Question));
            services.AddHostedService<Draining>();
            services.AddHostedService<Finishing>();
            services.AddHostedService<Neighbours>();
            services.AddSingleton<SharedReports>();
            services.AddHostedService<SharedTidying>();
        }
        else
        {
            services.AddSingleton<IWorkerActions, WorkerOrders>();
        }
        return services;
    }
}
