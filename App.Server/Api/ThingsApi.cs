using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Weir.App.Server.Identity;
using Weir.Engine.Configuration;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/config/things</c>: one builder, scheduler, worker … at a time. An ETag tells whoever writes whether it still is what was read.</summary>
internal static class ThingsApi
{
    private const int LargestThing = 1024 * 1024;

    private static readonly Resource<(string Section, ThingName Thing)> Names = new Resource<(string Section, ThingName Thing)>("things", "thing")
        .Text("section", t => t.Section, "The key of the configuration that it stands under.")
        .Text("name", t => t.Thing.Name, "Its name.")
        .Truth("editable", t => t.Thing.IsEditable, "Whether it can be changed here.")
        .Text("why_not", t => t.Thing.WhyNot, "Why it cannot be changed here, and where it can.")
        .Json("place", t => Place(t.Thing.Place), "Where it is written: part, origin, line, and of a repository the commit.");

    private static readonly Resource<Thing> Things = new Resource<Thing>("things", "thing")
        .Text("section", t => t.Section, "The key of the configuration that it stands under.")
        .Text("name", t => t.Name, "Its name.")
        .Json("value", t => JsonNode.Parse(t.Value.GetRawText()), "As it is written, without defaults.")
        .Text("text", t => t.Text, "Its lines as they are written, comments included.")
        .Json("made", t => new JsonArray([.. t.Made.Select(m => (JsonNode)new JsonObject { ["name"] = m.Name, ["text"] = m.Text })]), "Of a builder with templates or a matrix: the builders that it makes, each with its name and, as YAML, all that it takes.")
        .Text("etag", t => t.ETag, "Another one as soon as the value is another; send it back in If-Match.")
        .Truth("editable", t => t.IsEditable, "Whether it can be changed here.")
        .Text("why_not", t => t.WhyNot, "Why it cannot be changed here, and where it can.")
        .Json("place", t => Place(t.Place), "Where it is written: part, origin, line, and of a repository the commit.");

    public static void MapThings(this RouteGroupBuilder api)
    {
        api.MapMethods("/config/things/{section}", Routes.Reading, async (string section, IThingActions things, HttpRequest request, CancellationToken cancellation) =>
            await things.List(section, cancellation) is { } all ? Names.List(all.Select(t => (section, t)), request) : Problems.NotFound($"section {section}")).Reads(1, "The things of a section of the configuration: builders, schedulers, workers, locks, codebases, projects, changeSources").ListsAll(Names);
        api.MapMethods("/config/things/{section}/{name}", Routes.Reading, async (string section, string name, IThingActions things, HttpContext context) =>
        {
            var thing = await things.Find(section, name, context.RequestAborted);
            if (thing is not null)
                context.Response.Headers.ETag = $"\"{thing.ETag}\"";
            return Things.One(thing, $"{name} in {section}", context.Request);
        }).Reads(1, "One thing as it is written, with its ETag").ShowsOne(Things);
        api.MapPut("/config/things/{section}/{name}", Put).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(LargestThing)).WithSummary("Writes one thing (body: value as JSON or text as YAML, new_name, reason, part; and when, as for /config/apply) and puts the configuration in force; with dryRun=true it only says what would come of it");
        api.MapDelete("/config/things/{section}/{name}", Delete).Needs(Right.Configure).WithSummary("Removes one thing: its history stays, and the same name revives it; with dryRun=true it only says what would come of it");
    }

    private static async Task<IResult> Put(string section, string name, HttpContext context, IThingActions things)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var value = arguments.Any("value");
        var text = arguments.Text("text", longest: LargestThing);
        if (value is null == text is null)
            arguments.Wrong("value", "Either value (JSON) or text (YAML) is expected.");
        var edit = new ThingEdit { Section = section, Name = name, NewName = arguments.Text("new_name"), Part = arguments.Text("part"), Reason = arguments.Text("reason"), Terms = GivenTerms.Take(arguments, context.RequestServices.GetRequiredService<TimeProvider>()) };
        if (text is not null)
        {
            var (read, problem) = ThingText.Read(text);
            value = read;
            if (problem is not null)
                arguments.Wrong("text", problem);
        }
        return await Save(edit with { Value = JsonSerializer.SerializeToElement(value) }, context, body, arguments, things);
    }

    private static Task<IResult> Delete(string section, string name, HttpContext context, IThingActions things, string? reason = null)
    {
        var arguments = new Arguments(GivenTerms.OfQuery(context.Request.Query));
        return Save(new() { Section = section, Name = name, Reason = reason, Terms = GivenTerms.Take(arguments, context.RequestServices.GetRequiredService<TimeProvider>()) }, context, [], arguments, things);
    }

    private static async Task<IResult> Save(ThingEdit edit, HttpContext context, JsonObject body, Arguments arguments, IThingActions things)
    {
        edit = edit with { DryRun = Preconditions.IsDry(context, arguments) };
        var by = IdempotencyKeys.Take(context, body, arguments, context.Request.Method);
        if (arguments.Problems is { Count: > 0 } wrong)
            return Problems.Invalid(wrong);
        if (Preconditions.Missing(context) is { } needed)
            return needed;
        edit = edit with { ETag = Preconditions.ETag(context) };
        var answer = await things.Save(edit, by, context.RequestAborted);
        var impact = edit.DryRun && answer.Outcome == EditOutcome.Accepted ? await context.RequestServices.GetRequiredService<IImpactQueries>().Of(edit, context.RequestAborted) : null;
        return EditAnswers.Of(context, answer, edit.DryRun, edit.ETag is null && edit.Value is not null, impact?.Impact, (Wrong(answer), ProblemsOf(answer)),
            answer.Standing is { } now ? new JsonObject { ["value"] = JsonNode.Parse(now.Value.GetRawText()), ["etag"] = now.ETag, ["place"] = Place(now.Place) } : null);
    }

    private static string Wrong(ThingAnswer answer) => string.Join(' ', answer.Problems.Take(5).Select(p => p.Path is { Length: > 0 } path ? $"{path}: {p.Message}" : p.Where.Line > 0 && p.Path is null ? p.Where.ToString() : p.Message));

    private static JsonArray ProblemsOf(ThingAnswer answer) =>
        [.. answer.Problems.Select(p => (JsonNode)new JsonObject { ["path"] = p.Path, ["message"] = p.Message, ["part"] = p.Where.Part, ["line"] = p.Where.Line, ["column"] = p.Where.Column })];

    private static JsonObject Place(ThingPlace place) => new() { ["part"] = place.Part, ["origin"] = place.Origin.ToString().ToLowerInvariant(), ["line"] = place.Line, ["commit"] = place.Commit };
}
