using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using Weir.App.Server.Api;
using Weir.App.Server.Hosting;
using Weir.Shared;
using Weir.Shared.Builds;

namespace Weir.App.Server.Badges;

/// <summary>
/// <c>/badges/{builder}.svg</c>: what came of the builder's last build, to be shown by pages anywhere; also at <c>/plugins/badges/</c>, with the words and parameters of Buildbot's plugin.
/// </summary>
internal static class BadgesApi
{
    public const int LongestLabel = 60;
    private const int LongestName = 200;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    public static void MapBadges(this IEndpointRouteBuilder app)
    {
        app.MapGet("/badges/{builder}.svg", (string builder, HttpContext context, IBadgeQueries badges) => Show(context, badges, builder, "build", running: false))
            .WithMetadata(new ShownAnywhere()).ExcludeFromDescription();
        // Buildbot's says "running" while the newest build runs; ours keeps to what came out last.
        app.MapGet("/plugins/badges/{builder}.svg", (string builder, HttpContext context, IBadgeQueries badges) => Show(context, badges, builder, "Build Status", running: true))
            .WithMetadata(new ShownAnywhere()).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(HttpContext context, IBadgeQueries badges, string builder, string label, bool running)
    {
        var query = context.Request.Query;
        var problems = new List<FieldProblem>();
        var branch = Text("branch", LongestName);
        label = Text("label", LongestLabel) ?? Text("left_text", LongestLabel) ?? label;
        var style = query["style"].ToString() switch
        {
            "" or "flat" or "badgeio" => BadgeStyle.Flat,
            "flat-square" => BadgeStyle.FlatSquare,
            "plastic" => BadgeStyle.Plastic,
            _ => Wrong("style", "flat, flat-square or plastic is expected."),
        };
        if (builder.Length > LongestName)
            problems.Add(new("builder", $"At most {LongestName} characters are expected."));
        if (problems.Count > 0)
            return Problems.Invalid(problems);
        var state = await badges.Find(builder, branch, context.RequestAborted);
        var (word, colour) = Word(state, running);
        return Answer(context, BadgeSvg.Draw(label, word, colour, style), state is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK);

        string? Text(string name, int longest)
        {
            if (!query.TryGetValue(name, out var values))
                return null;
            if (values.Count == 1 && values[0] is { } text && text.Length <= longest)
                return text;
            problems.Add(new(name, $"One text of at most {longest} characters is expected."));
            return null;
        }

        BadgeStyle Wrong(string name, string why)
        {
            problems.Add(new(name, why));
            return default;
        }
    }

    // White text on these is legible (contrast 4.5 and more).
    private static (string Word, string Colour) Word(BadgeState? state, bool running) => state switch
    {
        null => ("unknown builder", "#5c6166"),
        { Running: true } when running || state.Results is null => ("running", "#1c6ca8"),
        { Results: BuildResult.Success } => ("success", "#2b7a1f"),
        { Results: BuildResult.Warnings } => ("warnings", "#8a6200"),
        { Results: BuildResult.Failure } => ("failure", "#c0352b"),
        { Results: BuildResult.Skipped } => ("skipped", "#5a6b1e"),
        { Results: BuildResult.Exception } => ("exception", "#7a3fb0"),
        { Results: BuildResult.Retry } => ("retry", "#1c6ca8"),
        { Results: BuildResult.Cancelled } => ("cancelled", "#8b4a86"),
        _ => ("no builds", "#5c6166"),
    };

    /// <summary>Asked for again by every visitor of a page: the same badge is not sent twice, and for half a minute not even asked for.</summary>
    private static IResult Answer(HttpContext context, string svg, int status)
    {
        var bytes = Encoding.UTF8.GetBytes(svg);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 10))}\"");
        var headers = context.Response.GetTypedHeaders();
        headers.CacheControl = new() { Public = context.RequestServices.GetRequiredService<HostSettings>().OpenReading, Private = !context.RequestServices.GetRequiredService<HostSettings>().OpenReading, MaxAge = Fresh };
        headers.ETag = tag;
        if (status == StatusCodes.Status200OK && context.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false) || t.Equals(EntityTagHeaderValue.Any)))
            return Results.StatusCode(StatusCodes.Status304NotModified);
        return new Image(bytes, status);
    }

    private sealed class Image(byte[] bytes, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = "image/svg+xml; charset=utf-8";
            httpContext.Response.ContentLength = bytes.Length;
            return httpContext.Response.Body.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
        }
    }
}
