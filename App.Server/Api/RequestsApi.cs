using System.Text.Json.Nodes;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;

namespace Weir.App.Server.Api;

/// <summary><c>/buildrequests</c> and <c>/queue</c>; the actions cancel, set_priority, move_up and complete.</summary>
internal static class RequestsApi
{
    private static readonly Resource<ListedRequest> Requests = new Resource<ListedRequest>("buildrequests", "buildrequest")
        .Number("buildrequestid", r => r.Request.Id, "The number of this request.")
        .Number("buildsetid", r => r.Request.BuildsetId, "Its buildset.")
        .Number("builderid", r => r.Request.BuilderId, "The builder that is to build it.")
        .Text("buildername", r => r.Request.BuilderName, "The name of that builder.")
        .Number("priority", r => r.Request.Priority, "The higher, the sooner.")
        .Truth("claimed", r => r.Request.ClaimedAt is not null, "Whether a master has taken it.")
        .Time("claimed_at", r => r.Request.ClaimedAt, "When it was taken.")
        .Number("claimed_by_masterid", r => r.Request.ClaimedByMasterId, "Who has taken it.")
        .Truth("complete", r => r.Request.CompletedAt is not null, "Whether it has ended.")
        .Time("complete_at", r => r.Request.CompletedAt, "When it ended.")
        .Number("results", r => (int?)r.Request.Results, "Its result, as a build's.")
        .Number("superseded_by", r => r.Request.SupersededBy, "The newer request that is built instead; its result is then cancelled (6).")
        .Time("submitted_at", r => r.Request.SubmittedAt, "When it was made.")
        .Truth("waited_for", r => r.Request.WaitedFor, "Whether a build waits for it.")
        .Json("properties", r => r.Properties, "The properties named by property=, each [value, source].")
        .Text("reason", r => r.Request.Reason, "Why it was made.")
        .Text("branch", r => r.Request.Branch, "The branch of its first source stamp.")
        .Text("revision", r => r.Request.Revision, "The revision of its first source stamp.")
        .Json("waiting", r => r.Request.Waiting is { } why ? new JsonObject { ["since"] = Rest.Seconds(why.Since), ["reason"] = why.Kind.ToString(), ["text"] = why.Text, ["blocker"] = why.Blocker is { } blocker ? new JsonObject { ["kind"] = blocker.Kind, ["id"] = blocker.Id } : null, ["until"] = why.Until is { } until ? Rest.Seconds(until) : null, ["expected_start_at"] = why.ExpectedStartAt is { } start ? Rest.Seconds(start) : null } : null, "Why it waits: since, reason, text, blocker (kind, id; where one thing blocks it), until (where that is known), expected_start_at (when it will probably start, by usual durations; null where nobody knows).");

    private static readonly Resource<ForceParameter> Lacking = new Resource<ForceParameter>("properties", "property")
        .Text("name", p => p.Name, "The name of the property.")
        .Text("type", p => p.Kind, "string, int, boolean or json.")
        .Text("description", p => p.Description, "What it is for.");

    public static void MapRequests(this RouteGroupBuilder api)
    {
        api.MapMethods("/buildrequests", Routes.Reading, (IQueueLists queue, HttpRequest request, CancellationToken cancellation) => List(queue, null, request, cancellation)).Reads(3, "All requests, newest first").Lists(Requests);
        api.MapMethods("/builders/{builder}/buildrequests", Routes.Reading, async (string builder, IBuilderLists builders, IQueueLists queue, HttpRequest request, CancellationToken cancellation) =>
            await builders.IdOf(builder, cancellation) is { } id ? await List(queue, ("builderid", id), request, cancellation) : Problems.NotFound($"builder {builder}")).Reads(4, "The requests for a builder").Lists(Requests);
        api.MapMethods("/buildsets/{id:long}/buildrequests", Routes.Reading, (long id, IQueueLists queue, HttpRequest request, CancellationToken cancellation) => List(queue, ("buildsetid", id), request, cancellation)).Reads(3, "The requests of a buildset").Lists(Requests);
        api.MapMethods("/buildrequests/{id:long}", Routes.Reading, (long id, IQueueLists queue, HttpRequest request, CancellationToken cancellation) =>
            Requests.One(request, $"request {id}", query => queue.Requests(new Shared.ListQuery { Limit = 1 }.Where("buildrequestid", id), query.Properties, cancellation))).Reads(2, "One request").ShowsOne(Requests);
        api.MapMethods("/queue", Routes.Reading, async (IQueueQueries queue, HttpRequest request, CancellationToken cancellation) =>
            Requests.List((await queue.Waiting(RestQuery.MostOfShortList, cancellation)).Select(r => new ListedRequest(r, [])), request)).Reads(1, "The waiting requests, in the order in which they are considered").ListsAll(Requests);
        api.MapControl("/buildrequests/{id:long}",
            new Control("cancel", Right.Stop, Cancel),
            new Control("set_priority", Right.Admin, SetPriority),
            new Control("move_up", Right.Admin, MoveUp),
            new Control("complete", Right.Force, Complete));
        api.MapMethods("/buildrequests/{id:long}/missing", Routes.Reading, async (long id, IRequestCompletion completion, HttpRequest request, CancellationToken cancellation) =>
            await completion.Missing(id, cancellation) is { } missing ? Lacking.List(missing.Fields, request) : Problems.NotFound($"request {id}")).Reads(2, "What a request lacks that was set aside: the properties that its builder requires and that have no value").ListsAll(Lacking);
    }

    private static Task<IResult> List(IQueueLists queue, (string Field, long Value)? within, HttpRequest request, CancellationToken cancellation) => Requests.List(request, query =>
        queue.Requests(within is var (field, value) ? query.List.Where(field, value) : query.List, query.Properties, cancellation));

    private static async Task<Reply> Cancel(Call call)
    {
        var reason = call.Arguments.Text("reason");
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IQueueActions>().Cancel(call.Id, reason, call.By, call.Cancellation));
    }

    private static async Task<Reply> MoveUp(Call call)
    {
        var reason = call.Arguments.Text("reason");
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IQueueActions>().MoveUp(call.Id, reason, call.By, call.Cancellation));
    }

    private static async Task<Reply> Complete(Call call)
    {
        var (values, reason) = (call.Arguments.Values("properties"), call.Arguments.Text("reason"));
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IRequestCompletion>().Complete(call.Id, values, reason, call.By, call.Cancellation));
    }

    private static async Task<Reply> SetPriority(Call call)
    {
        var priority = call.Arguments.Number("priority", required: true);
        if (priority is < int.MinValue or > int.MaxValue)
            call.Arguments.Wrong("priority", "The number is too large.");
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IQueueActions>().SetPriority(call.Id, (int)priority!, call.By, call.Cancellation));
    }
}
