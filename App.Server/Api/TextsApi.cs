using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/config/texts</c>: one whole text of the configuration at a time. An ETag tells whoever writes whether it still is what was read.</summary>
internal static class TextsApi
{
    private const int LargestText = 4 * 1024 * 1024;

    private static readonly Resource<ConfigurationText> Texts = new Resource<ConfigurationText>("texts", "text")
        .Text("name", t => t.Name, "Its name, as messages give it.")
        .Text("origin", t => t.Origin.ToString().ToLowerInvariant(), "file, store or repository.")
        .Text("text", t => t.Text, "The whole text.")
        .Text("etag", t => t.ETag, "Another one as soon as a character is another; send it back in If-Match.")
        .Text("place", t => t.Place, "Where it lies: a path, or a repository with branch and folder.")
        .Truth("editable", t => t.IsEditable, "Whether it can be changed here.")
        .Text("why_not", t => t.WhyNot, "Why it cannot be changed here, and where it can.");

    public static void MapTexts(this RouteGroupBuilder api)
    {
        api.Get("/config/texts", 1, "The texts that the configuration is put together of", async (ITextActions texts, HttpRequest request, CancellationToken cancellation) =>
            Texts.List(await texts.List(cancellation), request)).ListsAll(Texts);
        api.Get("/config/texts/{**name}", 1, "One text as it stands, with its ETag", async (string name, ITextActions texts, HttpContext context) =>
        {
            var text = await texts.Find(name, context.RequestAborted);
            if (text is not null)
                context.Response.Headers.ETag = $"\"{text.ETag}\"";
            return Texts.One(text, $"text {name}", context.Request);
        }).ShowsOne(Texts);
        api.MapPut("/config/texts/{**name}", Put).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(LargestText)).WithSummary("Writes one text of the store (body: text, reason; an empty text takes it out) and puts the configuration in force; with dryRun=true it only says what would come of it");
    }

    private static async Task<IResult> Put(string name, HttpContext context, ITextActions texts, IImpactQueries impacts)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var edit = new TextEdit { Name = name, Text = arguments.Text("text", required: true) ?? "", Reason = arguments.Text("reason"), DryRun = Preconditions.IsDry(context, arguments) };
        var by = IdempotencyKeys.Take(context, body, arguments, context.Request.Method);
        if (arguments.Problems is { Count: > 0 } wrong)
            return Problems.Invalid(wrong);
        if (Preconditions.Missing(context) is { } needed)
            return needed;
        edit = edit with { ETag = Preconditions.ETag(context) };
        var answer = await texts.Save(edit, by, context.RequestAborted);
        var impact = edit.DryRun && answer.Outcome == ThingOutcome.Accepted ? await impacts.Of(edit, context.RequestAborted) : null;
        return Answer(edit, answer, impact?.Impact, context);
    }

    private static IResult Answer(TextEdit edit, TextAnswer answer, Impact? impact, HttpContext context)
    {
        if (answer.ETag is { } etag)
            context.Response.Headers.ETag = $"\"{etag}\"";
        return answer.Outcome switch
        {
            ThingOutcome.Accepted or ThingOutcome.Unchanged => Rest.Json(new JsonObject
            {
                ["accepted"] = true,
                ["changed"] = answer.Outcome == ThingOutcome.Accepted,
                ["dry_run"] = edit.DryRun,
                ["revisionid"] = answer.RevisionId,
                ["held_because"] = answer.HeldBecause,
                ["etag"] = answer.ETag,
                ["changes"] = DifferenceJson.Of(answer.Changes),
                ["difference"] = answer.Difference,
                ["impact"] = ImpactJson.Of(impact),
            }, answer.Outcome == ThingOutcome.Accepted && !edit.DryRun && edit.ETag is null ? StatusCodes.Status201Created : StatusCodes.Status200OK),
            ThingOutcome.Refused => Refused(answer),
            ThingOutcome.ChangedMeanwhile => Standing(StatusCodes.Status412PreconditionFailed, answer),
            ThingOutcome.ReadOnly => Standing(StatusCodes.Status409Conflict, answer),
            ThingOutcome.Missing => Problems.Answer(StatusCodes.Status404NotFound, answer.Why ?? ""),
            ThingOutcome.Ordered => Problems.Ordered(answer.Order ?? 0),
            _ => Problems.From(new ActionOutcome.KeyReused()),
        };
    }

    private static IResult Refused(TextAnswer answer)
    {
        var details = Details(StatusCodes.Status422UnprocessableEntity, string.Join(' ', answer.Problems.Take(5).Select(p => p.ToString())));
        details.Extensions["problems"] = ConfigurationApi.Problem(answer.Problems);
        return Results.Problem(details);
    }

    private static IResult Standing(int status, TextAnswer answer)
    {
        var details = Details(status, answer.Why ?? "");
        details.Extensions["standing"] = answer.Standing is { } now ? new JsonObject { ["text"] = now.Text, ["etag"] = now.ETag } : null;
        return Results.Problem(details);
    }

    private static ProblemDetails Details(int status, string sentence) => new() { Status = status, Title = Problems.Title(status), Detail = sentence };
}
