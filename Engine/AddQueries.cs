using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Builds;
using Weir.Engine.Changes;
using Weir.Engine.Locks;
using Weir.Engine.Logs;
using Weir.Engine.Masters;
using Weir.Engine.Pauses;
using Weir.Engine.Queue;
using Weir.Engine.Steps;
using Weir.Engine.Workers;

namespace Weir.Engine;

/// <summary>Registers what any master needs to show pages and answer REST: it reads the store and nothing else.</summary>
public static class QueriesRegistration
{
    /// <summary>Schedulers, changes and the configuration register their own reading.</summary>
    public static IServiceCollection AddQueries(this IServiceCollection services) => services
        .AddMasterQueries()
        .AddPauseQueries()
        .AddLogQueries()
        .AddWorkerQueries()
        .AddLockQueries()
        .AddDirectoryQueries()
        .AddQueueQueries()
        .AddStepQueries()
        .AddBuildQueries()
        .AddBuilderQueries()
        .AddBadgeQueries()
        .AddWaterfallQueries()
        .AddHomeQueries()
        .AddChangeLists()
        .AddQueueLists()
        .AddBuildLists();
}
