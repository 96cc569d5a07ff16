using Microsoft.AspNetCore.Components;
using Weir.App.Client.Builders;
using Weir.App.Client.Builds;
using Weir.App.Client.Buildsets;
using Weir.App.Client.Changes;
using Weir.App.Client.Configuration;
using Weir.App.Client.Frame;
using Weir.App.Client.Graph;
using Weir.App.Client.Home;
using Weir.App.Client.Locks;
using Weir.App.Client.Masters;
using Weir.App.Client.Orders;
using Weir.App.Client.Pauses;
using Weir.App.Client.Queue;
using Weir.App.Client.Schedulers;
using Weir.App.Client.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Locks;
using Weir.Shared.Logs;
using Weir.Shared.Masters;
using Weir.Shared.Orders;
using Weir.Shared.Pauses;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;
using Weir.Shared.Workers;

namespace Weir.App.Server.Live;

/// <summary>The region of each topic: which component, and what it shows, read through the same queries as the page.</summary>
internal sealed class Regions(
    FragmentRenderer renderer, IHomeQueries home, IBuilderQueries builders, IBuildQueries builds, ILogQueries logs, IQueueQueries queue, ILockQueries locks, IDirectoryQueries directories, IPauseQueries pauses, IWorkerQueries workers,
    IMasterQueries masters, IChangeQueries changes, ISchedulerQueries schedulers, IConfigurationQueries configuration, IPartQueries parts, IGraphQueries graphs, IBuilderLists builderLists, IOrderQueries orders)
{
    private static readonly HashSet<string> Plain =
        [Topic.Home, Topic.Waterfall, Topic.Builders, Topic.Buildsets, Topic.Queue, Topic.Locks, Topic.Pauses, Topic.Workers, Topic.Masters, Topic.Changes, Topic.Schedulers, Topic.Graph, Topic.Configuration, Topic.Orders];

    private static readonly HashSet<string> Numbered = ["builder", "build", "buildset", "worker", "change", "log"];

    /// <summary>False for what no page of ours would ask for.</summary>
    public static bool IsTopic(string? topic) => Topic.Parse(topic) is var (kind, id) && (id is null ? Plain : Numbered).Contains(kind);

    /// <summary>The topic's region as it is now; null if what it shows is gone. The waterfall and logs have fragments of their own.</summary>
    public async Task<string?> Render(string topic, Moment moment, CancellationToken cancellation)
    {
        if (Topic.Parse(topic) is not var (kind, id))
            return null;
        return (kind, id) switch
        {
            (Topic.Home, null) => await Region<HomeRegion>(topic, moment, ("View", await home.Home(cancellation))),
            (Topic.Builders, null) => await Region<BuildersRegion>(topic, moment, ("Overview", await builders.Overview(new(), cancellation))),
            (Topic.Buildsets, null) => await Region<BuildsetsRegion>(topic, moment, ("Page", await queue.Buildsets(new(), cancellation))),
            (Topic.Queue, null) => await Region<QueueRegion>(topic, moment, ("Part", await queue.Part(new(), cancellation))),
            (Topic.Locks, null) => await Region<LocksRegion>(topic, moment, ("Locks", await locks.List(cancellation)), ("Standstills", await locks.Standstills(cancellation)), ("Directories", await directories.List(cancellation))),
            (Topic.Pauses, null) => await Region<PausesRegion>(topic, moment, ("Pauses", await pauses.InForce(cancellation)), ("Ended", await pauses.Ended(PausesRegion.MostEnded, cancellation))),
            (Topic.Workers, null) => await Region<WorkersRegion>(topic, moment, ("Workers", await workers.List(cancellation))),
            (Topic.Masters, null) => await Region<MastersRegion>(topic, moment, ("Masters", await masters.List(cancellation))),
            (Topic.Changes, null) => await Region<ChangesRegion>(topic, moment, ("Page", await changes.List(null, null, null, ChangesPage.Size, cancellation)), ("Sources", await changes.Sources(cancellation)), ("First", true)),
            (Topic.Schedulers, null) => await Region<SchedulersRegion>(topic, moment, ("Schedulers", await schedulers.List(cancellation))),
            (Topic.Graph, null) => await Graph(topic, moment, cancellation),
            (Topic.Configuration, null) => await Region<ConfigurationRegion>(topic, moment, ("View", await ConfigurationView.Load(configuration, parts, null, cancellation))),
            (Topic.Orders, null) => await Region<OrdersRegion>(topic, moment, ("Orders", await orders.Open(cancellation))),
            ("builder", { } n) => await builders.Find(n, cancellation) is { } b && await BuilderView.Load(builders, builds, configuration, b.Name, new(), cancellation) is { } page ? await Region<BuilderRegion>(topic, moment, ("View", page)) : null,
            ("build", { } n) => await BuildView.Load(builds, logs, n, cancellation) is { } view ? await Region<BuildRegion>(topic, moment, ("View", view)) : null,
            ("buildset", { } n) => await queue.Buildset(n, cancellation) is { } set ? await Region<BuildsetRegion>(topic, moment, ("Detail", set)) : null,
            ("worker", { } n) => await WorkerView.Load(workers, builds, n, null, cancellation) is { } worker ? await Region<WorkerRegion>(topic, moment, ("View", worker)) : null,
            ("change", { } n) => await changes.Detail(n, cancellation) is { } change ? await Region<ChangeRegion>(topic, moment, ("Detail", change)) : null,
            _ => null,
        };
    }

    private async Task<string> Graph(string topic, Moment moment, CancellationToken cancellation)
    {
        var graph = await graphs.InForce(cancellation);
        return await Region<GraphStatesRegion>(topic, moment, ("Revision", graph.Revision), ("States", await GraphStates.Load(graph, builderLists, workers, locks, schedulers, changes, cancellation)));
    }

    private Task<string> Region<T>(string topic, Moment moment, params (string Name, object Value)[] parameters) where T : IComponent =>
        renderer.Replace<T>(Topic.ElementId(topic), new(parameters.Select(p => KeyValuePair.Create(p.Name, (object?)p.Value))) { ["Moment"] = moment });
}
