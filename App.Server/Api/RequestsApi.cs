using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Queue;

namespace Weir.App.Server.Api;

/// <summary><c>/buildrequests</c> and <c>/queue</c>; the actions cancel and set_priority.</summary>
internal static class RequestsApi
{
    private static readonly string[] Filters = ["builderid", "complete"];

    public static readonly Resource<RequestSummary> Requests = new("buildrequests",
        ("buildrequestid", r => r.Id),
        ("buildsetid", r => r.BuildsetId),
        ("builderid", r => r.BuilderId),
        ("buildername", r => r.BuilderName),
        ("priority", r => r.Priority),
        ("claimed", r => r.ClaimedAt is not null),
        ("claimed_at", r => Rest.Seconds(r.ClaimedAt)),
        ("claimed_at_ms", r => Rest.Milliseconds(r.ClaimedAt)),
        ("claimed_by_masterid", r => r.ClaimedByMasterId),
        ("complete", r => r.CompletedAt is not null),
        ("complete_at", r => Rest.Seconds(r.CompletedAt)),
        ("complete_at_ms", r => Rest.Milliseconds(r.CompletedAt)),
        ("results", r => (int?)r.Results),
        ("submitted_at", r => Rest.Seconds(r.SubmittedAt)),
        ("submitted_at_ms", r => Rest.Milliseconds(r.SubmittedAt)),
        ("waited_for", r => r.WaitedFor),
        ("reason", r => r.Reason),
        ("branch", r => r.Branch),
        ("revision", r => r.Revision),
        ("waiting", r => r.Waiting is { } why ? new JsonObject { ["since"] = Rest.Seconds(why.Since), ["reason"] = why.Kind.ToString(), ["text"] = why.Text } : null));

    public static void MapRequests(this RouteGroupBuilder api)
    {
        api.MapGet("/buildrequests", (IQueueQueries queue, HttpRequest request, CancellationToken cancellation) => List(queue, null, request, cancellation));
        api.MapGet("/builders/{builder}/buildrequests", async (string builder, IBuilderQueries builders, IQueueQueries queue, HttpRequest request, CancellationToken cancellation) =>
            await builders.Named(builder, cancellation) is { } found ? await List(queue, found.Id, request, cancellation) : Problems.NotFound($"builder {builder}"));
        api.MapGet("/buildrequests/{id:long}", async (long id, IQueueQueries queue, HttpRequest request, CancellationToken cancellation) => Requests.One(await queue.Request(id, cancellation), $"request {id}", request));
        api.MapGet("/queue", async (IQueueQueries queue, HttpRequest request, CancellationToken cancellation) => Requests.List(await queue.Waiting(RestQuery.MostItems, cancellation), request));
        api.MapControl("/buildrequests/{id:long}",
            new Control("cancel", Right.Stop, Cancel),
            new Control("set_priority", Right.Admin, SetPriority));
    }

    private static Task<IResult> List(IQueueQueries queue, long? builder, HttpRequest request, CancellationToken cancellation) => Requests.Pages(request, Filters, async (query, count) =>
        await queue.Requests(query.Equal("builderid") is { } text ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : -1 : builder,
            RestQuery.Boolean(query.Equal("complete")), query.After, count, cancellation));

    private static async Task<Reply> Cancel(Call call)
    {
        var reason = call.Arguments.Text("reason");
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IQueueActions>().Cancel(call.Id, reason, call.By, call.Cancellation));
    }

    private static async Task<Reply> SetPriority(Call call)
    {
        var priority = call.Arguments.Number("priority", required: true);
        if (priority is < int.MinValue or > int.MaxValue)
            call.Arguments.Wrong("priority", "The number is too large.");
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IQueueActions>().SetPriority(call.Id, (int)priority!, call.By, call.Cancellation));
    }
}
