using Microsoft.Extensions.DependencyInjection;
using Weir.Shared.Masters;

namespace Weir.Engine.Masters;

/// <summary>Registers this master's identity, its heartbeat and the leases of its duties.</summary>
public static class MastersRegistration
{
    public static IServiceCollection AddMasters(this IServiceCollection services, MasterOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<Self>();
        services.AddSingleton<Leases>();
        services.AddSingleton<IMasterActions, MasterActions>();
        services.AddHostedService<MasterRoster>();
        if (!options.IsEngine)
            services.AddHostedService<PageDraining>();
        return services;
    }
}
