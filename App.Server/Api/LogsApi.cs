using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Weir.Shared;
using Weir.Shared.Logs;
using Weir.Shared.Steps;

namespace Weir.App.Server.Api;

/// <summary><c>/logs</c>: what there is, lines by range, and the whole as it was written.</summary>
internal static class LogsApi
{
    private const int MostLines = 10_000;

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
        api.MapGet("/logs/{id:long}/contents", Contents);
        api.MapGet("/logs/{id:long}/raw", (long id, HttpContext context) => RawLog.Send(context, id, download: true));
        api.MapGet("/logs/{id:long}/raw_inline", (long id, HttpContext context) => RawLog.Send(context, id, download: false));
    }

    private static async Task<IResult> Contents(long id, ILogQueries logs, HttpRequest request, CancellationToken cancellation)
    {
        var problems = new List<FieldProblem>(request.Query.Keys.Where(k => k is not ("offset" or "limit")).Select(k => new FieldProblem(k, "Only offset and limit (in lines) are known here.")));
        var first = Whole("offset", 0, long.MaxValue);
        var count = (int)Whole("limit", MostLines, MostLines);
        if (problems.Count > 0)
            return Problems.Invalid(problems);
        if (await logs.Find(id, cancellation) is not { } log)
            return Problems.NotFound($"log {id}");
        var text = new StringBuilder();
        foreach (var line in await logs.Lines(id, first, count, cancellation))
        {
            if (log.Type == 's')
                text.Append((char)line.Stream);
            text.Append(line.Text).Append('\n');
        }
        return Rest.Json(new JsonObject
        {
            ["logchunks"] = new JsonArray(new JsonObject { ["logid"] = id, ["firstline"] = first, ["content"] = text.ToString() }),
            ["meta"] = new JsonObject(),
        });

        long Whole(string name, long otherwise, long most)
        {
            if (!request.Query.TryGetValue(name, out var given))
                return otherwise;
            if (long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most)
                return number;
            problems.Add(new(name, string.Create(CultureInfo.InvariantCulture, $"A whole number from 0 to {most} is expected.")));
            return otherwise;
        }
    }
}
