using Weir.Shared;
using Weir.Shared.Changes;
using Weir.Shared.Identity;
using Weir.Shared.Queue;

namespace Weir.App.Server.Api;

/// <summary><c>/buildsets</c> and <c>/sourcestamps</c>; the action cancel.</summary>
internal static class BuildsetsApi
{
    public static readonly Resource<SourceStampRecord> SourceStamps = new Resource<SourceStampRecord>("sourcestamps", "sourcestamp")
        .Number("ssid", s => s.Id, "The number of this source stamp.")
        .Text("branch", s => s.Branch, "Its branch.")
        .Text("revision", s => s.Revision, "Its revision; null for the newest.")
        .Text("project", s => s.Project ?? "", "What its change said of the project.")
        .Text("repository", s => s.Repository ?? "", "Where it comes from.")
        .Text("codebase", s => s.Codebase, "The codebase.")
        .Time("created_at", s => s.CreatedAt, "When it was made.")
        .Json("patch", _ => null, "A patch that is applied; null for none.");

    private static readonly Resource<ListedBuildset> Buildsets = new Resource<ListedBuildset>("buildsets", "buildset")
        .Number("bsid", b => b.Id, "The number of this buildset.")
        .Text("external_idstring", b => b.ExternalId, "A mark by which whoever made it knows it again.")
        .Text("reason", b => b.Reason, "Why it was made.")
        .Time("submitted_at", b => b.SubmittedAt, "When it was made.")
        .Truth("complete", b => b.CompletedAt is not null, "Whether all its requests have ended.")
        .Time("complete_at", b => b.CompletedAt, "When the last of them ended.")
        .Number("results", b => (int?)b.Results, "The worst result of its requests, as a build's.")
        .Number("parent_buildid", b => b.ParentBuildId, "The build that set it in motion.")
        .Text("parent_relationship", b => b.ParentRelationship, "How it is related to that build.")
        .Number("rebuilt_buildid", b => b.RebuiltBuildId, "The build that it builds again.")
        .Json("sourcestamps", b => b.SourceStamps.Select(SourceStamps.Embedded), "What it builds: its source stamps.")
        .Text("scheduler", b => b.Scheduler, "The scheduler that made it.")
        .Number("config_revision", b => b.ConfigRevision, "The revision of the configuration with which it was made.")
        .Truth("fail_fast", b => b.FailFast, "Whether its first failure ends the rest of it.");

    public static void MapBuildsets(this RouteGroupBuilder api)
    {
        api.MapMethods("/buildsets", Routes.Reading, (IQueueLists queue, HttpRequest request, CancellationToken cancellation) => Buildsets.List(request, query => queue.Buildsets(query.List, cancellation))).Reads(3, "All buildsets, newest first").Lists(Buildsets);
        api.MapMethods("/buildsets/{id:long}", Routes.Reading, (long id, IQueueLists queue, HttpRequest request, CancellationToken cancellation) =>
            Buildsets.One(request, $"buildset {id}", _ => queue.Buildsets(new ListQuery { Limit = 1 }.Where("bsid", id), cancellation))).Reads(2, "One buildset").ShowsOne(Buildsets);
        api.MapMethods("/changes/{id:long}/buildsets", Routes.Reading, (long id, IQueueLists queue, HttpRequest request, CancellationToken cancellation) =>
            Buildsets.List(request, query => queue.Buildsets(query.List.Where("changeid", id), cancellation))).Reads(3, "The buildsets that were made for a change").Lists(Buildsets);
        api.MapMethods("/sourcestamps", Routes.Reading, (IQueueLists queue, HttpRequest request, CancellationToken cancellation) =>
            SourceStamps.List(request, query => queue.SourceStamps(query.List, cancellation))).Reads(2, "All source stamps, newest first").Lists(SourceStamps);
        api.MapMethods("/sourcestamps/{id:long}", Routes.Reading, (long id, IQueueLists queue, HttpRequest request, CancellationToken cancellation) =>
            SourceStamps.One(request, $"source stamp {id}", _ => queue.SourceStamps(new ListQuery { Limit = 1 }.Where("ssid", id), cancellation))).Reads(1, "One source stamp").ShowsOne(SourceStamps);
        api.MapMethods("/buildsets/{id:long}/sourcestamps", Routes.Reading, (long id, IQueueLists queue, HttpRequest request, CancellationToken cancellation) =>
            SourceStamps.List(request, query => queue.SourceStamps(query.List.Where("buildsetid", id), cancellation))).Reads(2, "The source stamps of a buildset").Lists(SourceStamps);
        api.MapControl("/buildsets/{id:long}", new Control("cancel", Right.Stop, Cancel));
    }

    private static async Task<Reply> Cancel(Call call)
    {
        var reason = call.Arguments.Text("reason");
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IQueueActions>().CancelBuildset(call.Id, reason, call.By, call.Cancellation));
    }
}
