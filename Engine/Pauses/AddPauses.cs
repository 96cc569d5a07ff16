using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Shared.Pauses;

namespace Weir.Engine.Pauses;

/// <summary>Registers pauses: reading for every master, beginning and ending for engines, orders for masters of pages.</summary>
public static class PausesRegistration
{
    public static IServiceCollection AddPauses(this IServiceCollection services, bool engine)
    {
        if (!engine)
            return services.AddSingleton<IPauseActions, PauseOrders>();
        services.AddSingleton<PauseActions>();
        services.AddSingleton<IPauseActions>(p => p.GetRequiredService<PauseActions>());
        services.AddOrderKinds(p => PauseOrders.Kinds(p.GetRequiredService<PauseActions>()));
        services.AddHostedService<PauseExpiry>();
        services.AddSingleton(new SweepQuestion(WakeTopic.Pauses, PauseExpiry.Question));
        return services;
    }

    public static IServiceCollection AddPauseQueries(this IServiceCollection services) => services.AddSingleton<IPauseQueries, PauseQueries>();
}
