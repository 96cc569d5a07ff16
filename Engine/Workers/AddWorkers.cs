using Microsoft.Extensions.DependencyInjection;
using Weir.Shared.Workers;

namespace Weir.Engine.Workers;

/// <summary>Registers what masters do with workers: actions for all, sessions for engines.</summary>
public static class WorkersRegistration
{
    public static IServiceCollection AddWorkers(this IServiceCollection services, bool engine)
    {
        services.AddSingleton<IWorkerActions, WorkerActions>();
        if (engine)
        {
            services.AddSingleton<Greeting>();
            services.AddSingleton<WorkerSessions>();
            services.AddHostedService<SessionBeats>();
            services.AddHostedService<Draining>();
            services.AddHostedService<Finishing>();
            services.AddHostedService<Neighbours>();
        }
        return services;
    }
}
