using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using Weir.App.Client;
using Weir.App.Client.Frame;
using Weir.App.Client.Waterfall;
using Weir.Shared.Builds;
using Weir.Shared.Events;

namespace Weir.App.Server.Live;

/// <summary>The pieces that a waterfall fetches as one scrolls: chunks of time with some of their columns, and the cards of blocks. Rendered for everybody alike, so browsers may keep them.</summary>
internal static class WaterfallPieces
{
    private const int MostTiles = 4;
    private const int MostOnCard = 20;

    public static void MapWaterfallPieces(this IEndpointRouteBuilder app)
    {
        app.MapGet(Urls.WaterfallChunk, Chunk);
        app.MapGet(Urls.WaterfallCard, Card);
    }

    private static async Task<IResult> Chunk(HttpContext http, IWaterfallQueries queries, IEventFeed events, FragmentRenderer renderer, TimeProvider clock, CancellationToken cancellation)
    {
        var query = http.Request.Query;
        var moment = new Moment(await events.Latest(cancellation), clock.GetUtcNow());
        var options = WaterfallOptions.Read(name => query[name], moment.Now);
        if (options.Zoom is not { } zoom)
            return Results.Text("A zoom of the waterfall is expected in \"z\".", statusCode: StatusCodes.Status400BadRequest);
        var places = await queries.Places(options.Filter with { Ids = WaterfallOptions.ReadIds(query["ids"]) }, cancellation);
        var columns = new WaterfallColumns(places, options.Fold);
        if (query["v"].ToString() is { Length: > 0 } version && version != columns.Version)
            return Results.Text("The builders of this page have changed.", statusCode: StatusCodes.Status410Gone);
        var tiles = Tiles(query["tiles"], columns.Tiles);
        var plan = await WaterfallScreen.Chunk(queries, columns, options, zoom, options.To, tiles, cancellation);
        var html = await renderer.Render<WaterfallChunk>(new() { ["Plan"] = plan, ["Options"] = options, ["Tiles"] = tiles, ["Moment"] = moment });
        http.Response.Headers.CacheControl = plan.IsSealed ? "private, max-age=600" : "private, no-cache";
        return Html(http, html, plan.IsSealed);
    }

    private static async Task<IResult> Card(HttpContext http, IBuildQueries builds, IEventFeed events, FragmentRenderer renderer, TimeProvider clock, CancellationToken cancellation)
    {
        long[] ids = [.. http.Request.Query["builds"].ToString().Split(',').Take(1000).Select(t => long.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0)];
        var moment = new Moment(await events.Latest(cancellation), clock.GetUtcNow());
        BuildDetail[] details = ids is [var one] && await builds.Detail(one, cancellation) is { } detail ? [detail] : [];
        var others = ids.Length > 1 ? await Some(builds, ids, cancellation) : [];
        if (details.Length == 0 && others.Count == 0)
            return Results.Text("There is no such build.", statusCode: StatusCodes.Status404NotFound);
        var html = await renderer.Render<WaterfallCard>(new() { ["Details"] = details, ["Others"] = others, ["More"] = Math.Max(0, ids.Length - MostOnCard), ["Moment"] = moment });
        http.Response.Headers.CacheControl = "private, no-cache";
        return Html(http, html, mayMatch: false);
    }

    private static async Task<IReadOnlyList<BuildSummary>> Some(IBuildQueries builds, long[] ids, CancellationToken cancellation)
    {
        var found = new List<BuildSummary>();
        foreach (var id in ids.Take(MostOnCard))
        {
            if (await builds.Find(id, cancellation) is { } build)
                found.Add(build);
        }
        return found;
    }

    private static int[] Tiles(string? text, int count) =>
        [.. (text ?? "").Split(',').Select(t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var tile) ? tile : -1).Where(t => t >= 0 && t < count).Distinct().Take(MostTiles)];

    private static IResult Html(HttpContext http, string html, bool mayMatch)
    {
        if (mayMatch)
        {
            // The event's number differs at each rendering; what is drawn does not.
            var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(html)))[..20]}\"";
            http.Response.Headers.ETag = tag;
            if (http.Request.Headers[HeaderNames.IfNoneMatch] == tag)
                return Results.StatusCode(StatusCodes.Status304NotModified);
        }
        return Results.Content(html, "text/html; charset=utf-8");
    }
}
