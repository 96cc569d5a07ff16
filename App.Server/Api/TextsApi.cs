using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Weir.App.Server.Identity;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/config/texts</c>: one whole text of the configuration at a time. An ETag tells whoever writes whether it still is what was read.</summary>
internal static class TextsApi
{
    // A text of 8 MiB, which is as long as one may be, with what JSON adds to it.
    private const int LargestBody = 16 * 1024 * 1024;

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
        api.MapMethods("/config/texts", Routes.Reading, async (ITextActions texts, HttpRequest request, CancellationToken cancellation) =>
            Texts.List(await texts.List(cancellation), request)).Reads(1, "The texts that the configuration is put together of").ListsAll(Texts);
        api.MapMethods("/config/texts/{**name}", Routes.Reading, async (string name, ITextActions texts, HttpContext context) =>
        {
            name = Unescaped(name);
            var text = await texts.Find(name, context.RequestAborted);
            if (text is not null)
                context.Response.Headers.ETag = $"\"{text.ETag}\"";
            return Texts.One(text, $"text {name}", context.Request);
        }).Reads(1, "One text as it stands, with its ETag").ShowsOne(Texts);
        api.MapPut("/config/texts/{**name}", Put).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(LargestBody)).WithSummary("Writes one text of the store (body: text, reason, and when it shall come in force as for apply; an empty text takes it out) and puts the configuration in force; with dryRun=true it only says what would come of it");
    }

    // The host unescapes addresses, but for slashes.
    private static string Unescaped(string name) => name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static async Task<IResult> Put(string name, HttpContext context, ITextActions texts, IImpactQueries impacts, TimeProvider time)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var edit = new TextEdit { Name = Unescaped(name), Text = arguments.Text("text", required: true, LargestBody, mayBeBlank: true) ?? "", Reason = arguments.Text("reason"), Terms = GivenTerms.Take(arguments, time), DryRun = Preconditions.IsDry(context, arguments) };
        var by = IdempotencyKeys.Take(context, body, arguments, context.Request.Method);
        if (arguments.Problems is { Count: > 0 } wrong)
            return Problems.Invalid(wrong);
        if (Preconditions.Missing(context) is { } needed)
            return needed;
        edit = edit with { ETag = Preconditions.ETag(context) };
        var answer = await texts.Save(edit, by, context.RequestAborted);
        var impact = edit.DryRun && answer.Outcome == EditOutcome.Accepted ? await impacts.Of(edit, context.RequestAborted) : null;
        return EditAnswers.Of(context, answer, edit.DryRun, edit.ETag is null, impact?.Impact, (string.Join(' ', answer.Problems.Take(5).Select(p => p.ToString())), ConfigurationApi.Problem(answer.Problems)),
            answer.Standing is { } now ? new JsonObject { ["text"] = now.Text, ["etag"] = now.ETag } : null);
    }
}
