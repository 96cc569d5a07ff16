using System.Globalization;
using Weir.App.Server.Limits;
using Weir.Shared.Builds;
using Weir.Shared.Logs;
using Weir.Shared.Steps;

namespace Weir.App.Server.Api;

/// <summary><c>/logs</c>: what there is, lines by range, the whole as it was written, what comes, and what is found.</summary>
internal static class LogsApi
{
    private static readonly Resource<LogRecord> Logs = new("logs",
        ("logid", l => l.Id),
        ("name", l => l.Name),
        ("slug", l => l.Slug),
        ("stepid", l => l.StepId),
        ("buildid", l => l.BuildId),
        ("complete", l => l.CompletedAt is not null),
        ("num_lines", l => l.LineCount),
        ("num_bytes", l => l.ByteCount),
        ("type", l => l.Type.ToString()),
        ("expires_on", l => l.ExpiresOn.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));

    public static void MapLogs(this RouteGroupBuilder api)
    {
        api.MapGet("/steps/{id:long}/logs", async (long id, IStepQueries steps, ILogQueries logs, CancellationToken cancellation) =>
            await steps.Find(id, cancellation) is null ? Problems.NotFound($"step {id}") : Logs.All(await logs.OfStep(id, cancellation)));
        api.MapGet("/builds/{id:long}/steps/{number:int}/logs", async (long id, int number, IStepQueries steps, ILogQueries logs, CancellationToken cancellation) =>
            (await steps.OfBuild(id, cancellation)).FirstOrDefault(s => s.Number == number) is { } step ? Logs.All(await logs.OfStep(step.Id, cancellation)) : Problems.NotFound($"step {number} of build {id}"));
        api.MapGet("/logs/{id:long}", async (long id, ILogQueries logs, HttpRequest request, CancellationToken cancellation) => Logs.One(await logs.Find(id, cancellation), $"log {id}", request));
        api.MapGet("/logs/{id:long}/contents", (long id, ILogQueries logs, HttpContext context) => LogContents.Send(context, id, logs));
        api.MapGet("/logs/{id:long}/raw", (long id, HttpContext context) => RawLog.Send(context, id, download: true));
        api.MapGet("/logs/{id:long}/raw_inline", (long id, HttpContext context) => RawLog.Send(context, id, download: false));
        api.MapGet("/logs/{id:long}/follow", (long id, HttpContext context) => FollowedLog.SendLog(context, id)).LongLived();
        api.MapGet("/logs/{id:long}/search", LogSearchApi.InLog);
        api.MapGet("/builds/{id:long}/logs", async (long id, IBuildQueries builds, ILogQueries logs, CancellationToken cancellation) =>
            await builds.Find(id, cancellation) is null ? Problems.NotFound($"build {id}") : Logs.All(await logs.OfBuild(id, cancellation)));
        api.MapGet("/builds/{id:long}/follow", (long id, HttpContext context) => FollowedLog.SendBuild(context, id)).LongLived();
        api.MapGet("/builds/{id:long}/search", LogSearchApi.InBuild);
    }
}
