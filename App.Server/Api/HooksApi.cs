using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared.Changes;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/hooks</c>: what forges posted and what came of it, for admins; <c>read_again</c> has a stored one read once more.</summary>
internal static class HooksApi
{
    private static readonly string[] Filters = ["source"];

    private static readonly Resource<HookRecord> Hooks = new("hooks",
        ("hookid", h => h.Id),
        ("source", h => h.Source),
        ("dialect", h => h.Dialect),
        ("event", h => h.Event),
        ("delivery", h => h.Delivery),
        ("received_at", h => Rest.Seconds(h.ReceivedAt)),
        ("received_at_ms", h => Rest.Milliseconds(h.ReceivedAt)),
        ("content_type", h => h.ContentType),
        ("size", h => h.Size),
        ("address", h => h.Address),
        ("verdict", h => h.Verdict));

    public static void MapHookInbox(this RouteGroupBuilder api)
    {
        api.MapGet("/hooks", (IHookInbox inbox, HttpRequest request, CancellationToken cancellation) => Hooks.Pages(request, Filters, async (query, count) =>
            await inbox.List(query.Equal("source"), query.After, count, cancellation))).Needs(Right.Admin).WithSummary("Webhooks that came, and what came of them");
        api.MapGet("/hooks/refusals", async (IHookInbox inbox, CancellationToken cancellation) => Results.Json(new JsonObject
        {
            ["refusals"] = new JsonArray([.. (await inbox.Refusals(cancellation)).Select(r => (JsonNode)new JsonObject
            {
                ["source"] = r.Source,
                ["reason"] = r.Reason,
                ["count"] = r.Count,
                ["last_at"] = Rest.Seconds(r.LastAt),
                ["last_address"] = r.LastAddress,
            })]),
        })).Needs(Right.Admin).WithSummary("Webhooks that were turned away in the last seven days, counted");
        api.MapControl("/hooks/{id:long}", new Control("read_again", Right.Admin, call => Reply.Of(call.Get<IHookInbox>().ReadAgain(long.Parse(call.Route("id"), System.Globalization.CultureInfo.InvariantCulture), call.By, call.Cancellation))));
    }
}
