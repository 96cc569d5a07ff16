using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
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
        services.AddSingleton<MasterActions>();
        services.AddHostedService<MasterRoster>();
        if (options.IsEngine)
        {
            services.AddSingleton<IMasterActions>(p => p.GetRequiredService<MasterActions>());
            services.AddOrderKinds(p => MasterOrders.Kinds(p.GetRequiredService<MasterActions>()));
            services.AddHostedService<CarryingOut>();
            services.AddHostedService<Backfilling>();
            services.AddHostedService(p => p.GetRequiredService<DayPartitions>());
        }
        else
        {
            services.AddSingleton<IMasterActions, MasterOrders>();
            services.AddHostedService<PageDraining>();
        }
        return services;
    }
}
