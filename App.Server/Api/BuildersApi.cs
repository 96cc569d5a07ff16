using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Shared.Builds;

namespace Weir.App.Server.Api;

/// <summary><c>/builders</c>, by number or by name.</summary>
internal static class BuildersApi
{
    private static readonly Resource<BuilderSummary> Builders = new("builders",
        ("builderid", b => b.Id),
        ("name", b => b.Name),
        ("description", b => b.Description),
        ("description_format", _ => null),
        ("description_html", _ => null),
        ("projectid", _ => null),
        ("project", b => b.Project),
        ("masterids", _ => new JsonArray()),
        ("tags", b => Rest.Array(b.Tags)),
        ("retired", b => b.RetiredAt is not null),
        ("queue", b => b.Waiting),
        ("wait_reason", b => b.FirstWaitReason),
        ("running", b => b.Running.Count),
        ("workers", b => new JsonObject { ["available"] = b.Workers.Available, ["away"] = b.Workers.Away, ["paused"] = b.Workers.Paused, ["missing"] = b.Workers.Missing }),
        ("last_build", b => b.Last?.Number),
        ("last_result", b => (int?)b.Last?.Results));

    public static void MapBuilders(this RouteGroupBuilder api)
    {
        api.MapGet("/builders", async (IBuilderQueries builders, HttpRequest request, CancellationToken cancellation) => Builders.List(await builders.List(cancellation), request));
        api.MapGet("/builders/{builder}", async (string builder, IBuilderQueries builders, HttpRequest request, CancellationToken cancellation) =>
            Builders.One(await builders.Named(builder, cancellation), $"builder {builder}", request));
    }

    /// <summary>A builder as an address names it: by its number, else by its name.</summary>
    public static async Task<BuilderSummary?> Named(this IBuilderQueries builders, string given, CancellationToken cancellation) =>
        (long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? await builders.Find(id, cancellation) : null) ?? await builders.Find(given, cancellation);
}
