using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Weir.Shared;
using Weir.Shared.Configuration;

namespace Weir.App.Server.Api;

/// <summary>What REST answers to an edit of the configuration.</summary>
internal static class EditAnswers
{
    /// <param name="context">The request.</param>
    /// <param name="answer">What came of it.</param>
    /// <param name="isDry">It was only looked at.</param>
    /// <param name="isNew">What was written was not there before.</param>
    /// <param name="impact">Of a dry run: what it would do.</param>
    /// <param name="refusal">What is wrong with it, in words, and one by one.</param>
    /// <param name="standing">What stands there now; null: nothing.</param>
    public static IResult Of(HttpContext context, EditAnswer answer, bool isDry, bool isNew, Impact? impact, (string Sentence, JsonArray Problems) refusal, JsonObject? standing)
    {
        if (answer.ETag is { } etag)
            context.Response.Headers.ETag = $"\"{etag}\"";
        return answer.Outcome switch
        {
            EditOutcome.Accepted or EditOutcome.Unchanged => Rest.Json(new JsonObject
            {
                ["accepted"] = true,
                ["changed"] = answer.Outcome == EditOutcome.Accepted,
                ["dry_run"] = isDry,
                ["revisionid"] = answer.RevisionId,
                ["state"] = isDry ? null : ConfigurationApi.Word(answer.State),
                ["held_because"] = answer.HeldBecause,
                ["etag"] = answer.ETag,
                ["changes"] = DifferenceJson.Of(answer.Changes),
                ["text"] = answer.Text,
                ["impact"] = ImpactJson.Of(impact),
            }, answer.Outcome == EditOutcome.Accepted && !isDry && isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK),
            EditOutcome.Refused => Details(StatusCodes.Status422UnprocessableEntity, refusal.Sentence, "problems", refusal.Problems),
            EditOutcome.ChangedMeanwhile => Details(StatusCodes.Status412PreconditionFailed, answer.Why ?? "", "standing", standing),
            EditOutcome.ReadOnly => Details(StatusCodes.Status409Conflict, answer.Why ?? "", "standing", standing),
            EditOutcome.Missing => Problems.Answer(StatusCodes.Status404NotFound, answer.Why ?? ""),
            EditOutcome.Ordered => Problems.Ordered(answer.Order ?? 0),
            _ => Problems.From(new ActionOutcome.KeyReused()),
        };
    }

    private static IResult Details(int status, string sentence, string name, JsonNode? more)
    {
        var details = new ProblemDetails { Status = status, Title = Problems.Title(status), Detail = sentence };
        details.Extensions[name] = more;
        return Results.Problem(details);
    }
}
