using Weir.App.Client.Frame;
using Weir.Shared.Events;

namespace Weir.App.Server.Live;

/// <summary>Which topics an event touches: the whole table, and nothing but the event decides.</summary>
internal static class EventTopics
{
    public static IReadOnlyList<string> Of(WeirEvent e) => e.Kind switch
    {
        EventKind.ChangeAdded => [Topic.Changes, Topic.Waterfall, .. Change(e)],
        EventKind.BuildsetAdded => [Topic.Buildsets, .. Buildset(e), .. Change(e)],
        EventKind.BuildsetCompleted => [Topic.Buildsets, Topic.Schedulers, .. Buildset(e)],
        EventKind.RequestAdded or EventKind.RequestChanged or EventKind.RequestClaimed or EventKind.RequestCompleted =>
            [Topic.Queue, Topic.Locks, Topic.Home, Topic.Builders, Topic.Waterfall, Topic.Buildsets, Topic.Graph, .. Builder(e), .. Buildset(e)],
        EventKind.BuildStarted or EventKind.BuildCompleted =>
            [Topic.Home, Topic.Builders, Topic.Waterfall, Topic.Buildsets, Topic.Workers, Topic.Masters, Topic.Queue, Topic.Locks, Topic.Graph, .. Build(e), .. Builder(e), .. Buildset(e), .. Worker(e)],
        EventKind.BuildChanged => [Topic.Home, Topic.Builders, Topic.Waterfall, .. Build(e), .. Builder(e), .. Buildset(e), .. Worker(e)],
        EventKind.StepStarted or EventKind.StepChanged or EventKind.StepCompleted => [Topic.Home, Topic.Locks, Topic.Graph, Topic.Waterfall, .. Build(e), .. Builder(e)],
        EventKind.LogOpened => [.. Build(e)],
        EventKind.LogCompleted => [.. Log(e), .. Build(e)],
        EventKind.WorkerChanged => [Topic.Workers, Topic.Graph, Topic.Pauses, Topic.Home, Topic.Builders, Topic.Waterfall, .. Worker(e)],
        EventKind.MasterChanged => [Topic.Masters, Topic.Home],
        EventKind.ConfigurationChanged => [Topic.Configuration, Topic.Locks, Topic.Home, Topic.Builders, Topic.Waterfall, Topic.Schedulers, Topic.Workers, Topic.Changes, Topic.Graph],
        EventKind.SchedulerChanged => [Topic.Schedulers, Topic.Graph],
        EventKind.ChangeSourceChanged => [Topic.Changes, Topic.Graph],
        EventKind.PauseChanged => [Topic.Pauses, Topic.Graph, Topic.Home, Topic.Builders, Topic.Schedulers, Topic.Queue, Topic.Waterfall, .. Builder(e)],
        EventKind.OrderChanged => [Topic.Orders],
        _ => [],
    };

    private static IEnumerable<string> Build(WeirEvent e) => One(e.BuildId, Topic.Build);
    private static IEnumerable<string> Builder(WeirEvent e) => One(e.BuilderId, Topic.Builder);
    private static IEnumerable<string> Buildset(WeirEvent e) => One(e.BuildsetId, Topic.Buildset);
    private static IEnumerable<string> Worker(WeirEvent e) => One(e.WorkerId, Topic.Worker);
    private static IEnumerable<string> Change(WeirEvent e) => One(e.ChangeId, Topic.Change);
    private static IEnumerable<string> Log(WeirEvent e) => One(e.LogId, Topic.Log);

    private static IEnumerable<string> One(long? id, Func<long, string> topic) => id is { } known ? [topic(known)] : [];
}
