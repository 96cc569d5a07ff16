using System.Globalization;
using Weir.App.Server.Limits;
using Weir.Shared.Builds;
using Weir.Shared.Logs;
using Weir.Shared.Steps;

namespace Weir.App.Server.Api;

/// <summary><c>/logs</c>: what there is, lines by range, the whole as it was written, what comes, and what is found.</summary>
internal static class LogsApi
{
    // Logs are read piece by piece: so many times for what an ordinary log holds, more for a long one, each bounded.
    private const int RawCalls = 4;
    private const int ContentsCalls = 3;
    private const int SearchCalls = 6;
    private const string Contents = "Lines of a log: limit of them (without it, all) from line offset on";

    private static readonly Resource<LogRecord> Logs = new Resource<LogRecord>("logs", "log")
        .Number("logid", l => l.Id, "The number of this log among all.")
        .Text("name", l => l.Name, "Its name.")
        .Text("slug", l => l.Slug, "The name, as it stands in addresses.")
        .Number("stepid", l => l.StepId, "Its step.")
        .Number("buildid", l => l.BuildId, "Its build.")
        .Truth("complete", l => l.CompletedAt is not null, "Whether nothing will be added to it.")
        .Number("num_lines", l => l.LineCount, "How many lines it has.")
        .Number("num_bytes", l => l.ByteCount, "How many bytes it has.")
        .Text("type", l => l.Type.ToString(), "s: stdio, whose lines begin with the letter of their stream (o, e, h); t: text; h: HTML.")
        .Text("expires_on", l => l.ExpiresOn.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "From this day on its lines may be gone.");

    public static void MapLogs(this RouteGroupBuilder api)
    {
        api.MapMethods("/logs/{id:long}", Routes.Reading, async (long id, ILogQueries logs, HttpRequest request, CancellationToken cancellation) => Logs.One(await logs.Find(id, cancellation), $"log {id}", request)).Reads(1, "One log").ShowsOne(Logs);
        api.MapMethods("/logs/{id:long}/contents", Routes.Reading, (long id, ILogQueries logs, HttpContext context) => LogContents.Send(context, id, logs)).Reads(ContentsCalls, Contents);
        api.MapMethods("/logs/{id:long}/raw", Routes.Reading, (long id, HttpContext context) => RawLog.Send(context, id, download: true)).Reads(RawCalls, "A whole log as it was written, for saving");
        api.MapMethods("/logs/{id:long}/raw_inline", Routes.Reading, (long id, HttpContext context) => RawLog.Send(context, id, download: false)).Reads(RawCalls, "A whole log as it was written, for looking at");
        api.MapGet("/logs/{id:long}/follow", (long id, HttpContext context) => FollowedLog.SendLog(context, id)).LongLived().WithSummary("A log as text, until it ends: from line from on; with streams=true each line begins with the letter of its stream, as in contents");
        api.MapMethods("/logs/{id:long}/search", Routes.Reading, LogSearchApi.InLog).Reads(SearchCalls, "Lines of a log that hold what is looked for");
        api.MapMethods("/builds/{id:long}/logs", Routes.Reading, async (long id, IBuildQueries builds, ILogQueries logs, HttpRequest request, CancellationToken cancellation) =>
            await builds.Find(id, cancellation) is null ? Problems.NotFound($"build {id}") : Logs.List(await logs.OfBuild(id, cancellation), request)).Reads(2, "All logs of a build").ListsAll(Logs);
        api.MapGet("/builds/{id:long}/follow", (long id, HttpContext context) => FollowedLog.SendBuild(context, id)).LongLived().WithSummary("All logs of a build as text, one behind the other, until it ends");
        api.MapMethods("/builds/{id:long}/search", Routes.Reading, LogSearchApi.InBuild).Reads(SearchCalls + 1, "Lines of all logs of a build that hold what is looked for");

        // The same by step, and by build and step.
        MapBelow(api, "/steps/{id:long}/logs", 1, async (context, _) => await context.RequestServices.GetRequiredService<IStepQueries>().Find(Id(context), context.RequestAborted));
        MapBelow(api, "/builds/{id:long}/steps/{step}/logs", 1, (context, step) => context.RequestServices.GetRequiredService<IStepQueries>().Named(Id(context), step, context.RequestAborted));
        MapBelow(api, "/builders/{builder}/builds/{number:int}/steps/{step}/logs", 2, async (context, step) =>
            await context.RequestServices.GetRequiredService<IBuildLists>().IdOf(Routed(context, "builder"), int.Parse(Routed(context, "number"), CultureInfo.InvariantCulture), context.RequestAborted) is { } build
                ? await context.RequestServices.GetRequiredService<IStepQueries>().Named(build, step, context.RequestAborted)
                : null);
    }

    private static void MapBelow(RouteGroupBuilder api, string pattern, int calls, Func<HttpContext, string, Task<StepRecord?>> find)
    {
        api.MapMethods(pattern, Routes.Reading, async (HttpContext context) => await find(context, Routed(context, "step")) is { } step ? Logs.List(step.Logs, context.Request) : Missing(context)).Reads(calls, "The logs of a step").ListsAll(Logs);
        api.MapMethods(pattern + "/{slug}", Routes.Reading, async (HttpContext context) => await Of(context) is { } log ? Logs.One(log, "log", context.Request) : Missing(context)).Reads(calls, "One log of a step, by its slug").ShowsOne(Logs);
        api.MapMethods(pattern + "/{slug}/contents", Routes.Reading, (HttpContext context, ILogQueries logs) => Send(context, log => LogContents.Send(context, log, logs))).Reads(calls + ContentsCalls, Contents);
        api.MapMethods(pattern + "/{slug}/raw", Routes.Reading, (HttpContext context) => Send(context, log => RawLog.Send(context, log, download: true))).Reads(calls + RawCalls, "A whole log as it was written, for saving");
        api.MapMethods(pattern + "/{slug}/raw_inline", Routes.Reading, (HttpContext context) => Send(context, log => RawLog.Send(context, log, download: false))).Reads(calls + RawCalls, "A whole log as it was written, for looking at");

        async Task<LogRecord?> Of(HttpContext context) => (await find(context, Routed(context, "step")))?.Logs.FirstOrDefault(l => l.Slug == Routed(context, "slug"));

        async Task Send(HttpContext context, Func<long, Task> send)
        {
            if (await Of(context) is { } log)
                await send(log.Id);
            else
                await Missing(context).ExecuteAsync(context);
        }
    }

    private static IResult Missing(HttpContext context) => Problems.NotFound("log or step at " + context.Request.Path);

    private static string Routed(HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";

    private static long Id(HttpContext context) => long.Parse(Routed(context, "id"), CultureInfo.InvariantCulture);
}
