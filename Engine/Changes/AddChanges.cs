using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Changes.Hooks;
using Weir.Engine.Changes.Parts;
using Weir.Engine.Changes.Sources;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Shared.Changes;
using Weir.Shared.Queue;

namespace Weir.Engine.Changes;

/// <summary>Registers changes: queries and actions for every master, pollers and the reader of webhooks for engines.</summary>
public static class ChangesRegistration
{
    public static IServiceCollection AddChanges(this IServiceCollection services, bool engine)
    {
        services.AddSingleton(p => new ChangeLog(
            p.GetRequiredService<Database>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ConfigurationInForce>(), p.GetRequiredService<IQueueQueries>));
        services.AddSingleton<IChangeQueries>(p => p.GetRequiredService<ChangeLog>());
        services.AddSingleton<HookInbox>();
        if (!engine)
            return services.AddSingleton<IChangeActions, ChangeOrders>().AddSingleton<IHookInbox, HookOrders>();
        services.AddSingleton<IChangeActions>(p => p.GetRequiredService<ChangeLog>());
        services.AddSingleton<IHookInbox>(p => p.GetRequiredService<HookInbox>());
        services.AddOrderKinds(p => ChangeOrders.Kinds(p.GetRequiredService<ChangeLog>()).Concat(HookOrders.Kinds(p.GetRequiredService<HookInbox>())));
        services.AddHostedService<HookReader>();
        services.AddSingleton(new SweepQuestion(WakeTopic.Hooks, "EXISTS (SELECT FROM hook_work)"));
        services.AddSingleton(new PollSettings());
        services.AddSingleton<PollStore>();
        services.AddSingleton<GitPoller>();
        services.AddHostedService<Polling>();
        services.AddSingleton<PartStore>();
        services.AddSingleton<PartLook>();
        services.AddHostedService<PartPolling>();
        services.AddSingleton(new SweepQuestion(WakeTopic.Timers, "EXISTS (SELECT FROM timers WHERE kind = 'part' AND due_at <= (SELECT weir_now()))"));
        services.AddSingleton(new SweepQuestion(WakeTopic.Configuration, PollStore.Question));
        services.AddSingleton(new SweepQuestion(WakeTopic.Timers, "EXISTS (SELECT FROM timers WHERE kind = 'poll' AND due_at <= (SELECT weir_now()))"));
        return services;
    }
}
