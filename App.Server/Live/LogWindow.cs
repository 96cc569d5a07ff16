using System.Text.Json.Nodes;
using Weir.App.Client.Logs;
using Weir.App.Server.Api;
using Weir.Shared.Logs;

namespace Weir.App.Server.Live;

/// <summary>What the log's page asks for while one scrolls: rows as they stand on the page, and the outline of the whole. Lines never change, so rows may be kept.</summary>
internal static class LogWindow
{
    private const int MostRows = 2000;

    // The worker cuts at 64 KiB; other makers of chunks may not.
    private const int MostOfALine = 1024 * 1024;

    public static void MapLogWindow(this IEndpointRouteBuilder app)
    {
        var logs = app.MapGroup("/logs/{id:long}").ExcludeFromDescription();
        logs.MapGet("/rows", Rows);
        logs.MapGet("/outline", Outline);
    }

    private static async Task<IResult> Rows(long id, ILogQueries logs, FragmentRenderer renderer, HttpContext context, CancellationToken cancellation)
    {
        var given = new Given(context.Request.Query);
        var from = given.Whole("from", 0);
        var count = (int)given.Whole("count", 500, MostRows);
        var whole = given.Flag("whole");
        if (given.Problem() is { } problem)
            return problem;
        if (await logs.Find(id, cancellation) is not { } log)
            return Problems.NotFound($"log {id}");
        var rows = await LogRow.Read(logs, id, from, whole ? 1 : count, cancellation, whole ? MostOfALine : AnsiReader.MaxShown);
        // What was asked for before it was written will be there later.
        context.Response.Headers.CacheControl = from + count <= log.LineCount ? "private, max-age=86400, immutable" : "no-store";
        return Results.Content(await renderer.Render<LogRows>(new() { ["LogId"] = id, ["Rows"] = rows, ["WithIds"] = true }), "text/html; charset=utf-8");
    }

    /// <summary>Short names: a log may have thousands of groups. <c>g</c>: first line, last (-1: open), began, ended, errors; <c>n</c>: line and whether it is an error.</summary>
    private static async Task<IResult> Outline(long id, ILogQueries logs, HttpContext context, CancellationToken cancellation)
    {
        if (await logs.Find(id, cancellation) is not { } log)
            return Problems.NotFound($"log {id}");
        var outline = await logs.Outline(id, cancellation);
        context.Response.Headers.CacheControl = log.CompletedAt is null ? "no-store" : "private, max-age=86400";
        return Rest.Json(new JsonObject
        {
            ["g"] = new JsonArray([.. outline.Groups.Select(g => Numbers(g.First, g.Last ?? -1, g.BeganAt, g.EndedAt ?? -1, g.Errors))]),
            ["n"] = new JsonArray([.. outline.Notes.Select(n => Numbers(n.Line, n.Kind == LogMarkKind.Error ? 1 : 0))]),
            ["cut"] = outline.IsCut,
        });
    }

    private static JsonArray Numbers(params long[] numbers) => [.. numbers.Select(n => JsonValue.Create(n))];
}
