using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Configuration.Forms;
using Weir.Engine.Configuration.Graph;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Secrets;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Configuration.Texts;
using Weir.Engine.Configuration.Things;
using Weir.Engine.Configuration.Watching;
using Weir.Engine.Storage.Backfills;
using Weir.Engine.Storage.Orders;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration;

/// <summary>Registers the configuration: reading and applying for every master, and the watcher of the admin's files where there is a path.</summary>
public static class ConfigurationRegistration
{
    public static IServiceCollection AddConfiguration(this IServiceCollection services, ConfigurationSourceOptions options, bool engine)
    {
        services.AddSingleton<ConfigurationInForce>();
        services.AddSingleton<IConfigurationQueries, RevisionQueries>();
        services.AddSingleton<IThingForms, ThingForms>();
        services.AddSingleton<IGraphQueries, GraphQueries>();
        services.AddSingleton<IRevisionLists, RevisionLists>();
        services.AddSingleton<IPartQueries, PartQueries>();
        services.AddSingleton<RevisionActions>();
        services.AddSingleton<RevisionsToCome>();
        services.AddSingleton<RevisionHistory>();
        services.AddSingleton<ThingActions>();
        services.AddSingleton<TextActions>();
        services.AddSingleton<StoredSecrets>();
        if (engine)
        {
            services.AddSingleton<IConfigurationActions>(p => p.GetRequiredService<RevisionActions>());
            services.AddSingleton<IRevisionHistory>(p => p.GetRequiredService<RevisionHistory>());
            services.AddSingleton<IRevisionToCome>(p => p.GetRequiredService<RevisionsToCome>());
            services.AddSingleton<IThingActions>(p => p.GetRequiredService<ThingActions>());
            services.AddSingleton<ITextActions>(p => p.GetRequiredService<TextActions>());
            services.AddSingleton<IBackfill, DifferenceBackfill>();
            services.AddOrderKinds(p => RevisionOrders.Kinds(p.GetRequiredService<RevisionActions>(), p.GetRequiredService<RevisionHistory>(), p.GetRequiredService<RevisionsToCome>(), p.GetRequiredService<ThingActions>()));
            services.AddSingleton<ISecretStore>(p => p.GetRequiredService<StoredSecrets>());
            services.AddOrderKinds(p => SecretOrders.Kinds(p.GetRequiredService<StoredSecrets>()));
            services.AddOrderKinds(p => [TextOrders.Kind(p.GetRequiredService<TextActions>())]);
        }
        else
        {
            services.AddSingleton<RevisionOrders>();
            services.AddSingleton<IThingActions, ThingOrders>();
            services.AddSingleton<ITextActions, TextOrders>();
            services.AddSingleton<ISecretStore, SecretOrders>();
            services.AddSingleton<IConfigurationActions>(p => p.GetRequiredService<RevisionOrders>());
            services.AddSingleton<IRevisionHistory>(p => p.GetRequiredService<RevisionOrders>());
            services.AddSingleton<IRevisionToCome>(p => p.GetRequiredService<RevisionOrders>());
        }
        services.AddSingleton(options);
        services.AddSingleton<FirstLook>();
        if (options.Path is not null)
            services.AddHostedService<ConfigurationWatcher>();
        return services;
    }
}
