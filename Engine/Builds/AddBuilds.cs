using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Registers builds: actions for every master; dispatching, runners and their duties for engines.</summary>
public static class BuildsRegistration
{
    public static IServiceCollection AddBuilds(this IServiceCollection services, bool engine)
    {
        services.AddSingleton<IBuildActions, BuildActions>();
        if (!engine)
            return services;
        services.AddSingleton<BuildLoading>();
        services.AddSingleton<LockRelay>();
        services.AddSingleton<Transitions>();
        services.AddSingleton<Starting>();
        services.AddSingleton<Granting>();
        services.AddSingleton<SlotGranting>();
        services.AddSingleton<CommandIngest>();
        services.AddHostedService(p => p.GetRequiredService<CommandIngest>());
        services.AddSingleton<OwnedBuilds>();
        services.AddSingleton<IOwnedBuilds>(p => p.GetRequiredService<OwnedBuilds>());
        services.AddSingleton<Unattended>();
        services.AddHostedService<Dispatcher>();
        services.AddHostedService<LockTurns>();
        services.AddHostedService<StopWatch>();
        services.AddHostedService<TriggerWatch>();
        services.AddSingleton(new SweepQuestion(WakeTopic.Triggers, TriggerWatch.Question));
        services.AddHostedService<HeldRevision>();
        services.AddSingleton(new SweepQuestion(WakeTopic.Held, HeldRevision.Question));
        services.AddHostedService<AbandonedBuilds>();
        services.AddSingleton(new SweepQuestion(WakeTopic.Stops, "EXISTS (SELECT FROM build_stops JOIN build_owners USING (build_id))"));
        return services;
    }
}
