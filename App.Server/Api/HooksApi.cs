using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared.Changes;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/hooks</c>: what forges posted and what came of it, for admins; <c>read_again</c> has a stored one read once more.</summary>
internal static class HooksApi
{
    private static readonly string[] Filters = ["source"];

    private static readonly Resource<HookRecord> Hooks = new Resource<HookRecord>("hooks", "hook")
        .Number("hookid", h => h.Id, "The number of this webhook.")
        .Text("source", h => h.Source, "The change source it was posted to.")
        .Text("dialect", h => h.Dialect, "How it is read.")
        .Text("event", h => h.Event, "What the forge calls it.")
        .Text("delivery", h => h.Delivery, "The forge's own number of it.")
        .Time("received_at", h => h.ReceivedAt, "When it came.")
        .Text("content_type", h => h.ContentType, "What its body is.")
        .Number("size", h => h.Size, "Bytes of its body.")
        .Text("address", h => h.Address, "Where it came from.")
        .Text("verdict", h => h.Verdict, "What came of it, in words; null until it is read.");

    public static void MapHookInbox(this RouteGroupBuilder api)
    {
        api.MapMethods("/hooks", Routes.Reading, (IHookInbox inbox, HttpRequest request, CancellationToken cancellation) => Hooks.Pages(request, Filters, async (query, count) =>
            await inbox.List(query.Equal("source"), query.After, count, cancellation))).Reads(2, "Webhooks that came, and what came of them").Lists(Hooks).Needs(Right.Admin);
        api.MapMethods("/hooks/refusals", Routes.Reading, async (IHookInbox inbox, CancellationToken cancellation) => Results.Json(new JsonObject
        {
            ["refusals"] = new JsonArray([.. (await inbox.Refusals(cancellation)).Select(r => (JsonNode)new JsonObject
            {
                ["source"] = r.Source,
                ["reason"] = r.Reason,
                ["count"] = r.Count,
                ["last_at"] = Rest.Seconds(r.LastAt),
                ["last_address"] = r.LastAddress,
            })]),
        })).Reads(1, "Webhooks that were turned away in the last seven days, counted").Needs(Right.Admin);
        api.MapControl("/hooks/{id:long}", new Control("read_again", Right.Admin, call => Reply.Of(call.Get<IHookInbox>().ReadAgain(long.Parse(call.Route("id"), System.Globalization.CultureInfo.InvariantCulture), call.By, call.Cancellation))));
    }
}
