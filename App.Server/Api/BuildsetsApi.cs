using System.Text.Json.Nodes;
using Weir.Shared.Changes;
using Weir.Shared.Identity;
using Weir.Shared.Queue;

namespace Weir.App.Server.Api;

/// <summary><c>/buildsets</c> and <c>/sourcestamps</c>; the action cancel.</summary>
internal static class BuildsetsApi
{
    private static readonly string[] Filters = ["complete"];

    private static readonly Resource<SourceStampRecord> SourceStamps = new("sourcestamps",
        ("ssid", s => s.Id),
        ("branch", s => s.Branch),
        ("revision", s => s.Revision),
        ("project", s => s.Project ?? ""),
        ("repository", s => s.Repository ?? ""),
        ("codebase", s => s.Codebase),
        ("created_at", s => Rest.Seconds(s.CreatedAt)),
        ("created_at_ms", s => Rest.Milliseconds(s.CreatedAt)),
        ("patch", _ => null));

    private static readonly Resource<BuildsetSummary> Buildsets = new("buildsets",
        ("bsid", b => b.Id),
        ("external_idstring", b => b.ExternalId),
        ("reason", b => b.Reason),
        ("submitted_at", b => Rest.Seconds(b.SubmittedAt)),
        ("submitted_at_ms", b => Rest.Milliseconds(b.SubmittedAt)),
        ("complete", b => b.CompletedAt is not null),
        ("complete_at", b => Rest.Seconds(b.CompletedAt)),
        ("complete_at_ms", b => Rest.Milliseconds(b.CompletedAt)),
        ("results", b => (int?)b.Results),
        ("parent_buildid", b => b.ParentBuildId),
        ("parent_relationship", b => b.ParentRelationship),
        ("rebuilt_buildid", b => b.RebuiltBuildId),
        ("sourcestamps", b => new JsonArray([.. b.SourceStamps.Select(SourceStamps.Render)])),
        ("scheduler", b => b.Scheduler),
        ("config_revision", b => b.ConfigRevision),
        ("buildrequests", b => new JsonArray([.. b.Requests.Select(r => (JsonNode)r.Id)])));

    public static void MapBuildsets(this RouteGroupBuilder api)
    {
        api.MapGet("/buildsets", (IQueueQueries queue, HttpRequest request, CancellationToken cancellation) => Buildsets.Pages(request, Filters, async (query, count) =>
            await queue.Buildsets(RestQuery.Boolean(query.Equal("complete")), query.After, count, cancellation)));
        api.MapGet("/buildsets/{id:long}", async (long id, IQueueQueries queue, HttpRequest request, CancellationToken cancellation) =>
            Buildsets.One((await queue.Buildset(id, cancellation))?.Buildset, $"buildset {id}", request));
        api.MapGet("/buildsets/{id:long}/buildrequests", async (long id, IQueueQueries queue, CancellationToken cancellation) =>
            await queue.Buildset(id, cancellation) is { } set ? RequestsApi.Requests.All(set.Buildset.Requests) : Problems.NotFound($"buildset {id}"));
        api.MapGet("/sourcestamps/{id:long}", async (long id, IQueueQueries queue, HttpRequest request, CancellationToken cancellation) =>
            SourceStamps.One(await queue.SourceStamp(id, cancellation), $"source stamp {id}", request));
        api.MapControl("/buildsets/{id:long}", new Control("cancel", Right.Stop, Cancel));
    }

    private static async Task<Reply> Cancel(Call call)
    {
        var reason = call.Arguments.Text("reason");
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IQueueActions>().CancelBuildset(call.Id, reason, call.By, call.Cancellation));
    }
}
