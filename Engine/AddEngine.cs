using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Builds;
using Weir.Engine.Changes;
using Weir.Engine.Locks;
using Weir.Engine.Masters;
using Weir.Engine.Pauses;
using Weir.Engine.Queue;
using Weir.Engine.Reporting;
using Weir.Engine.Retention;
using Weir.Engine.Schedulers;
using Weir.Engine.Workers;

namespace Weir.Engine;

/// <summary>Registers the parts of a master that act. A <c>ui</c> master gets the actions, an engine also the duties.</summary>
public static class EngineRegistration
{
    public static IServiceCollection AddEngine(this IServiceCollection services, MasterOptions options, MailOptions? mail = null)
    {
        services.AddMasters(options with { SendsMail = options.IsEngine && mail is not null });
        services.AddPauses(options.IsEngine);
        services.AddChanges(options.IsEngine);
        services.AddQueue(options.IsEngine);
        services.AddSchedulers(options.IsEngine);
        services.AddWorkers(options.IsEngine);
        services.AddDirectories(options.IsEngine);
        services.AddBuilds(options.IsEngine);
        services.AddReporting(mail, options.IsEngine);
        services.AddRetention(options.IsEngine);
        return services;
    }
}
