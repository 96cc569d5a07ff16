using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/builds</c>, also below builders, requests and buildsets; the actions stop and rebuild.</summary>
internal static class BuildsApi
{
    private static readonly string[] Filters = ["builderid", "workerid", "buildsetid", "buildrequestid", "complete", "results"];

    private static readonly Resource<BuildSummary> Builds = new("builds",
        ("buildid", b => b.Id),
        ("number", b => b.Number),
        ("builderid", b => b.BuilderId),
        ("buildername", b => b.BuilderName),
        ("buildrequestid", b => b.RequestId),
        ("buildsetid", b => b.BuildsetId),
        ("workerid", b => b.WorkerId),
        ("workername", b => b.WorkerName),
        ("masterid", b => b.MasterId),
        ("started_at", b => Rest.Seconds(b.StartedAt)),
        ("started_at_ms", b => Rest.Milliseconds(b.StartedAt)),
        ("complete", b => b.Complete),
        ("complete_at", b => Rest.Seconds(b.CompletedAt)),
        ("complete_at_ms", b => Rest.Milliseconds(b.CompletedAt)),
        ("locks_duration_s", _ => 0),
        ("state_string", b => b.StateText),
        ("results", b => (int?)b.Results),
        ("reason", b => b.Reason),
        ("branch", b => b.Branch),
        ("revision", b => b.Revision),
        ("config_revision", b => b.ConfigRevision),
        ("attempt", b => b.Attempt));

    public static void MapBuilds(this RouteGroupBuilder api)
    {
        api.MapGet("/builds", (IBuildQueries builds, HttpRequest request, CancellationToken cancellation) => List(builds, new(), request, cancellation));
        api.MapGet("/builders/{builder}/builds", async (string builder, IBuilderQueries builders, IBuildQueries builds, HttpRequest request, CancellationToken cancellation) =>
            await builders.Named(builder, cancellation) is { } found ? await List(builds, new() { BuilderId = found.Id }, request, cancellation) : Problems.NotFound($"builder {builder}"));
        api.MapGet("/buildrequests/{id:long}/builds", (long id, IBuildQueries builds, HttpRequest request, CancellationToken cancellation) => List(builds, new() { RequestId = id }, request, cancellation));
        api.MapGet("/workers/{id:long}/builds", (long id, IBuildQueries builds, HttpRequest request, CancellationToken cancellation) => List(builds, new() { WorkerId = id }, request, cancellation));
        api.MapGet("/builders/{builder}/builds/{number:int}", async (string builder, int number, IBuilderQueries builders, IBuildQueries builds, HttpRequest request, CancellationToken cancellation) =>
            Builds.One(await builders.Named(builder, cancellation) is { } found ? await builds.Find(found.Name, number, cancellation) : null, $"build {number} of {builder}", request));
        api.MapGet("/builds/{id:long}", async (long id, IBuildQueries builds, HttpRequest request, CancellationToken cancellation) => Builds.One(await builds.Find(id, cancellation), $"build {id}", request));
        api.MapGet("/builds/{id:long}/properties", async (long id, IBuildQueries builds, CancellationToken cancellation) =>
            await builds.Detail(id, cancellation) is { } build ? PropertiesOf(build) : Problems.NotFound($"build {id}"));
        api.MapGet("/builds/{id:long}/changes", async (long id, IBuildQueries builds, CancellationToken cancellation) =>
            await builds.Detail(id, cancellation) is { } build ? ChangesApi.Changes.All(build.Changes) : Problems.NotFound($"build {id}"));
        api.MapControl("/builds/{id:long}",
            new Control("stop", Right.Stop, call => Act(call, (build, reason) => call.Get<IBuildActions>().Stop(build, reason, call.By, call.Cancellation))),
            new Control("rebuild", Right.Force, call => Act(call, (build, reason) => call.Get<IBuildActions>().Rebuild(build, reason, call.By, call.Cancellation))));
    }

    private static Task<IResult> List(IBuildQueries builds, BuildFilter within, HttpRequest request, CancellationToken cancellation) => Builds.Pages(request, Filters, async (query, count) =>
    {
        long? Number(string name, long? otherwise) => query.Equal(name) is not { } text ? otherwise : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
        return await builds.List(within with
        {
            BuilderId = Number("builderid", within.BuilderId),
            WorkerId = Number("workerid", within.WorkerId),
            BuildsetId = Number("buildsetid", within.BuildsetId),
            RequestId = Number("buildrequestid", within.RequestId),
            Complete = RestQuery.Boolean(query.Equal("complete")),
            Results = (BuildResult?)Number("results", null),
            Before = query.After,
            Limit = count,
        }, cancellation);
    });

    private static IResult PropertiesOf(BuildDetail build)
    {
        var all = new JsonObject();
        foreach (var property in build.Properties)
            all[property.Name] = new JsonArray(Rest.Parse(property.Value), property.Source);
        return Rest.Json(new JsonObject { ["properties"] = new JsonArray(all), ["meta"] = new JsonObject() });
    }

    private static async Task<Reply> Act(Call call, Func<long, string?, Task<ActionOutcome>> act)
    {
        var reason = call.Arguments.Text("reason");
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(act(call.Id, reason));
    }
}
