using System.Text.Json.Nodes;
using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>What an event is about, in the words of REST: the collection and the id of the resource that changed.</summary>
internal sealed record EventSubject(string Collection, long? Id)
{
    /// <summary>The collections that events can be about, and so the first part of a topic.</summary>
    public static IReadOnlyList<string> Collections { get; } =
        ["builders", "buildrequests", "builds", "buildsets", "changes", "changesources", "configuration", "logs", "masters", "orders", "pauses", "schedulers", "steps", "workers"];

    public static EventSubject Of(WeirEvent e) => e.Kind switch
    {
        EventKind.ChangeAdded => new("changes", e.ChangeId),
        EventKind.BuildsetAdded or EventKind.BuildsetCompleted => new("buildsets", e.BuildsetId),
        EventKind.RequestAdded or EventKind.RequestChanged or EventKind.RequestClaimed or EventKind.RequestCompleted => new("buildrequests", e.RequestId),
        EventKind.BuildStarted or EventKind.BuildChanged or EventKind.BuildCompleted => new("builds", e.BuildId),
        EventKind.StepStarted or EventKind.StepChanged or EventKind.StepCompleted => new("steps", e.StepId),
        EventKind.LogOpened or EventKind.LogCompleted => new("logs", e.LogId),
        EventKind.WorkerChanged => new("workers", e.WorkerId),
        EventKind.MasterChanged => new("masters", e.MasterId),
        EventKind.ConfigurationChanged => new("configuration", null),
        EventKind.SchedulerChanged => new("schedulers", null),
        EventKind.ChangeSourceChanged => new("changesources", null),
        EventKind.PauseChanged => new("pauses", null),
        EventKind.OrderChanged => new("orders", null),
        _ => new("others", null),
    };

    /// <summary>The id that the event names of this collection, whatever it is about.</summary>
    public static long? Named(WeirEvent e, string collection) => collection switch
    {
        "builders" => e.BuilderId,
        "buildrequests" => e.RequestId,
        "builds" => e.BuildId,
        "buildsets" => e.BuildsetId,
        "changes" => e.ChangeId,
        "logs" => e.LogId,
        "masters" => e.MasterId,
        "steps" => e.StepId,
        "workers" => e.WorkerId,
        _ => null,
    };

    /// <summary>All ids that the event names, under the names that REST gives them.</summary>
    public static JsonObject Ids(WeirEvent e)
    {
        var ids = new JsonObject();
        Add("changeid", e.ChangeId);
        Add("bsid", e.BuildsetId);
        Add("buildrequestid", e.RequestId);
        Add("builderid", e.BuilderId);
        Add("buildid", e.BuildId);
        Add("stepid", e.StepId);
        Add("logid", e.LogId);
        Add("workerid", e.WorkerId);
        Add("masterid", e.MasterId);
        return ids;

        void Add(string name, long? id)
        {
            if (id is { } known)
                ids[name] = known;
        }
    }
}
