using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weir.Shared.Builds;
using Weir.Shared.Logs;

namespace Weir.App.Server.Api;

/// <summary>Search in a log, or in all logs of a build, a slice at a time: an answer comes within half a second and says where to go on.</summary>
internal static class LogSearchApi
{
    private const int MostHits = 1000;
    private const int MostContext = 10;

    public static async Task<IResult> InLog(long id, ILogSearch search, ILogQueries logs, HttpRequest request, CancellationToken cancellation)
    {
        var given = new Given(request.Query);
        var question = Question(given) with { From = given.Whole("from", 0), To = given.Whole("to", long.MaxValue) };
        if (given.Problem() is { } problem)
            return problem;
        if (await logs.Find(id, cancellation) is not { } log)
            return Problems.NotFound($"log {id}");
        return await Answer(async () =>
        {
            var found = await search.Search(id, question, cancellation);
            return Json(found.Hits.Select(h => Hit(h, log)), found.Count, found.Next is { } next ? JsonValue.Create(next) : null, log.LineCount);
        });
    }

    /// <summary>The cursor names a log and a line: <c>17:4000</c>.</summary>
    public static async Task<IResult> InBuild(long id, ILogSearch search, ILogQueries logs, IBuildQueries builds, HttpRequest request, CancellationToken cancellation)
    {
        var given = new Given(request.Query);
        var question = Question(given);
        var cursor = given.Text("from")?.Split(':');
        var (fromLog, fromLine) = (0L, 0L);
        if (cursor is not null && !(cursor.Length == 2 && long.TryParse(cursor[0], NumberStyles.None, CultureInfo.InvariantCulture, out fromLog) && long.TryParse(cursor[1], NumberStyles.None, CultureInfo.InvariantCulture, out fromLine)))
            given.Wrong("from", "The \"next\" of the answer before is expected: log:line.");
        if (given.Problem() is { } problem)
            return problem;
        if (await builds.Find(id, cancellation) is null)
            return Problems.NotFound($"build {id}");
        var all = await logs.OfBuild(id, cancellation);
        // One log for each request, or as many empty ones as come before it: the work of an answer stays bounded.
        if (all.FirstOrDefault(l => l.Id >= fromLog && l.LineCount > 0) is not { } log)
            return Json([], 0, null, all.Sum(l => l.LineCount));
        return await Answer(async () =>
        {
            var found = await search.Search(log.Id, question with { From = log.Id == fromLog ? fromLine : 0 }, cancellation);
            var after = all.FirstOrDefault(l => l.Id > log.Id && l.LineCount > 0);
            var next = found.Next is { } line ? Cursor(log.Id, line) : after is not null ? Cursor(after.Id, 0) : null;
            return Json(found.Hits.Select(h => Hit(h, log)), found.Count, next is null ? null : JsonValue.Create(next), all.Sum(l => l.LineCount));
        });
    }

    private static LogQuestion Question(Given given)
    {
        var text = given.Text("q") ?? "";
        var pattern = LogPattern.TryCreate(text, given.Flag("regex"), given.Flag("case"), out var wrong);
        if (wrong is not null)
            given.Wrong("q", wrong);
        return new()
        {
            // Where there is none, the problem is answered and nothing is searched.
            Pattern = pattern!,
            Limit = (int)given.Whole("limit", MostHits, MostHits),
            Context = (int)given.Whole("context", 0, MostContext),
        };
    }

    private static async Task<IResult> Answer(Func<Task<IResult>> search)
    {
        try
        {
            return await search();
        }
        catch (RegexMatchTimeoutException)
        {
            return Problems.Answer(StatusCodes.Status422UnprocessableEntity, "The expression takes too long on one of the lines; a simpler one is expected.");
        }
    }

    private static JsonObject Hit(LogHit hit, LogRecord log)
    {
        var json = new JsonObject { ["logid"] = log.Id, ["line"] = hit.Line, ["column"] = hit.Column, ["length"] = hit.Length, ["text"] = hit.Text };
        if (hit.Before.Count + hit.After.Count > 0)
        {
            json["before"] = new JsonArray([.. hit.Before.Select(l => JsonValue.Create(l))]);
            json["after"] = new JsonArray([.. hit.After.Select(l => JsonValue.Create(l))]);
        }
        return json;
    }

    private static IResult Json(IEnumerable<JsonObject> hits, long count, JsonNode? next, long lines) => Rest.Json(new JsonObject
    {
        ["hits"] = new JsonArray([.. hits]),
        ["meta"] = new JsonObject { ["count"] = count, ["next"] = next, ["complete"] = next is null, ["num_lines"] = lines },
    });

    private static string Cursor(long log, long line) => string.Create(CultureInfo.InvariantCulture, $"{log}:{line}");
}
