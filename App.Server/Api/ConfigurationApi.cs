using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Weir.App.Server.Identity;
using Weir.Engine.Configuration;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/config</c>: the revisions, and checking and applying the text of parts.</summary>
internal static class ConfigurationApi
{
    private const int LargestConfiguration = 16 * 1024 * 1024;
    private const int MostParts = 1000;

    private static readonly Resource<RevisionRecord> Revisions = new Resource<RevisionRecord>("revisions", "revision")
        .Number("revisionid", r => r.Id, "The number of this revision.")
        .Text("hash", r => r.Hash, "Of its parts: the same content has the same.")
        .Number("parentid", r => r.ParentId, "The revision that was in force before.")
        .Text("author", r => r.Author, "Who applied it.")
        .Time("created_at", r => r.CreatedAt, "When it was applied.")
        .Text("reason", r => r.Reason, "Why.")
        .Text("state", r => Word(r.State), "in_force, superseded, checked, refused, held_back (it comes in force by itself when builds that began before have ended) or waiting_for_idle (when builders are idle).")
        .Text("held_because", r => r.HeldBecause, "Why it is held back or waits, or did.")
        .Json("idle", r => r.Idle is { } idle ? new JsonObject { ["builders"] = Rest.Array(idle.Builders), ["deadline"] = Rest.Seconds(idle.Deadline), ["at_deadline"] = idle.Deadline is null ? null : idle.AtDeadline.ToString().ToLowerInvariant(), ["running"] = new JsonArray([.. idle.Running.Select(b => (JsonNode)new JsonObject { ["buildid"] = b.Id, ["builder"] = b.Builder, ["number"] = b.Number })]) } : null,
            "While it waits for idle builders: which (an empty list: all), until when, what becomes of it then (enforce or drop), and the first builds that run there (empty in lists).")
        .Json("parts", r => new JsonArray([.. r.Parts.Select(Part)]), "Its texts, each with name and text, where it came from (file, store, repository), and of a repository its name and the commit; empty in lists.")
        .Json("difference", r => r.Difference, "What differs from its parent, as text; null in lists.")
        .Text("summary", r => r.Summary, "What differs, in a few words.")
        .Json("changes", r => DifferenceJson.Of(r.Things), "What differs, thing by thing; null in lists.")
        .Json("problems", r => Problem(r.Problems), "Why it was refused.");

    private static readonly Resource<PartRecord> PartList = new Resource<PartRecord>("parts", "part")
        .Text("name", p => p.Name, "file (the watched file or folder), store (what was applied), forms (what was made in pages), or the name of a repository's part.")
        .Text("origin", p => Word(p.Origin), "file, store or repository.")
        .Text("state", p => p.State.ToString().ToLowerInvariant(), "good; broken: what it gave last is not good, and its last good content stays; replaced: a restored revision stands in the place of what it gave last; waiting: it has given nothing yet.")
        .Text("error", p => p.Trouble ?? (p.Problems.Count > 0 ? p.Problems[0].ToString() : null), "What is wrong, the first of it.")
        .Json("problems", p => Problem(p.Problems), "All that is wrong with what it gave last.")
        .Time("broken_since", p => p.BrokenSince, "Since when it gives nothing good.")
        .Text("place", p => p.Place, "Where it lies: a path, or a repository with branch and folder.")
        .Text("commit", p => p.Commit, "Of a repository: the commit that its good content is of.")
        .Text("broken_commit", p => p.BrokenCommit, "Of a repository: the commit that is not good.")
        .Texts("notify", p => p.Notify, "Who is told by mail when it is broken and when it is good again.")
        .Json("mails", p => new JsonArray([.. p.Mails.Select(m => (JsonNode)new JsonObject
        {
            ["recipient"] = m.Recipient,
            ["subject"] = m.Subject,
            ["written_at"] = Rest.Seconds(m.WrittenAt),
            ["sent_at"] = Rest.Seconds(m.SentAt),
            ["attempts"] = m.Attempts,
            ["error"] = m.LastError,
            ["given_up_at"] = Rest.Seconds(m.GivenUpAt),
        })]), "The last mails about it, the newest first, and how far they are.")
        .Time("taken_at", p => p.TakenAt, "When its good content was taken.")
        .Time("looked_at", p => p.LookedAt, "Of a repository: when it was looked at last.")
        .Texts("files", p => p.Files, "The files of its good content.")
        .Json("defines", p => new JsonArray([.. p.Defines.Select(d => (JsonNode)new JsonObject { ["section"] = d.Section, ["name"] = d.Name, ["file"] = d.File, ["line"] = d.Line })]), "The names that these define, with their place.");

    public static void MapConfiguration(this RouteGroupBuilder api)
    {
        api.MapMethods("/config/revisions", Routes.Reading, (IRevisionLists lists, HttpRequest request, CancellationToken cancellation) =>
            Revisions.List(request, query => lists.Revisions(query.List, cancellation))).Reads(2, "The revisions of the configuration, newest first").Lists(Revisions);
        api.MapMethods("/config/revisions/{id:long}", Routes.Reading, async (long id, IConfigurationQueries configuration, HttpRequest request, CancellationToken cancellation) =>
            Revisions.One(await configuration.Find(id, cancellation), $"revision {id}", request)).Reads(2, "One revision of the configuration").ShowsOne(Revisions);
        api.MapMethods("/config/in_force", Routes.Reading, async (IConfigurationQueries configuration, HttpRequest request, CancellationToken cancellation) =>
            Revisions.One(await configuration.InForce(cancellation), "configuration yet", request)).Reads(1, "The revision in force").ShowsOne(Revisions);
        api.MapMethods("/config/revisions/{id:long}/difference", Routes.Reading, Difference).Reads(7, "What a revision changed, or with from= what lies between two");
        api.MapMethods("/config/revisions/{id:long}/export", Routes.Reading, ConfigurationArchive.Send).Reads(1, "The parts of a revision as a zip archive");
        api.MapPost("/config/diff", Compare).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(LargestConfiguration)).WithSummary("What applying a configuration would change; nothing is stored");
        api.MapControl("/config/revisions/{id:long}", new Control("restore", Right.Configure, Restore), new Control("cancel", Right.Configure, Cancel), new Control("enforce", Right.Configure, Enforce));
        api.MapMethods("/config/to_come", Routes.Reading, async (IConfigurationQueries configuration, HttpRequest request, CancellationToken cancellation) =>
            Revisions.One(await configuration.ToCome(cancellation), "revision to come", request)).Reads(1, "The revision that is good and not in force yet: it waits for idle builders, or is held back").ShowsOne(Revisions);
        api.MapMethods("/config/parts", Routes.Reading, async (IPartQueries parts, HttpRequest request, CancellationToken cancellation) =>
            PartList.List(await parts.Parts(cancellation), request)).Reads(2, "The parts that the configuration is put together of, each with how it is and what it defines").ListsAll(PartList);
        api.MapControl("/config/parts/{name}", new Control("remove", Right.Configure, RemovePart));
        api.MapMethods("/config/export", Routes.Reading, async (IPartQueries parts, CancellationToken cancellation) =>
            await parts.Export(cancellation) is { } text ? Results.Text(text, "application/yaml") : Problems.NotFound("configuration yet")).Reads(1, "Everything that is in force as one text of YAML that reads back equal");
        api.MapMethods("/config/schema", Routes.Reading, () => Results.Text(ConfigurationSchema.Json, "application/schema+json")).Reads(0, "The format of the configuration as JSON Schema");
        api.MapPost("/config/check", Check).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(LargestConfiguration)).WithSummary("Checks a configuration; nothing is stored");
        api.MapPost("/config/impact", Impact).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(LargestConfiguration)).WithSummary("What a configuration (parts), or an old revision (revision), would do to what runs, waits and is due; nothing is stored");
        api.MapPost("/config/apply", Apply).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(LargestConfiguration)).WithSummary("Checks a configuration and puts it in force: at once, or with when_idle (true, or names of builders) as soon as these are idle, with a deadline and at_deadline (enforce or drop)");
    }

    private static async Task<IResult> Check(HttpContext context, IConfigurationActions actions)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var parts = Parts(arguments);
        if (arguments.Problems is { Count: > 0 } wrong)
            return Problems.Invalid(wrong);
        var problems = await actions.Check(parts, context.RequestAborted);
        return Rest.Json(new JsonObject { ["accepted"] = problems.Count == 0, ["problems"] = Problem(problems) });
    }

    private static async Task<IResult> Apply(HttpContext context, IConfigurationActions actions)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var parts = Parts(arguments);
        var reason = arguments.Text("reason");
        var terms = GivenTerms.Take(arguments, context.RequestServices.GetRequiredService<TimeProvider>());
        var actor = IdempotencyKeys.Take(context, body, arguments);
        if (arguments.Problems is { Count: > 0 } wrong)
            return Problems.Invalid(wrong);
        var result = await actions.Apply(parts, reason ?? "applied over REST", terms, actor, context.RequestAborted);
        if (result.Order is { } order)
            return Problems.Ordered(order);
        return result.KeyReused ? Problems.From(new ActionOutcome.KeyReused()) : Rest.Json(new JsonObject
        {
            ["accepted"] = result.Accepted,
            ["changed"] = result.Changed,
            ["revisionid"] = result.RevisionId,
            ["state"] = result.Accepted ? Word(result.State) : null,
            ["held_because"] = result.HeldBecause,
            ["problems"] = Problem(result.Problems),
        }, result.Accepted ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> Difference(long id, IConfigurationQueries configuration, IRevisionHistory history, HttpRequest request, CancellationToken cancellation)
    {
        if (request.Query.Keys.FirstOrDefault(k => k != "from") is { } unknown)
            return Problems.Invalid(new FieldProblem(unknown, "Only from (the revision before) is known here."));
        if (!request.Query.TryGetValue("from", out var given))
        {
            if (await configuration.Find(id, cancellation) is not { } revision)
                return Problems.NotFound($"revision {id}");
            // A refused one keeps no difference; it is worked out.
            return Differences(revision.Difference is null && revision.ParentId is { } parent && await history.Between(parent, id, cancellation) is { } worked ? worked : new(revision.ParentId, id, revision.Difference ?? "", revision.Things));
        }
        if (!long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var from))
            return Problems.Invalid(new FieldProblem("from", "The number of a revision is expected."));
        return await history.Between(from, id, cancellation) is { } difference ? Differences(difference) : Problems.NotFound($"revision {(await configuration.Find(id, cancellation) is null ? id : from)}");
    }

    private static async Task<IResult> Compare(HttpContext context, IRevisionHistory history)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var parts = Parts(arguments);
        return arguments.Problems is { Count: > 0 } wrong ? Problems.Invalid(wrong) : Differences(await history.FromInForce(parts, context.RequestAborted));
    }

    private static async Task<IResult> Impact(HttpContext context, IImpactQueries impacts, TimeProvider time)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var revision = arguments.Number("revision");
        var parts = revision is null ? Parts(arguments) : [];
        var terms = GivenTerms.Take(arguments, time);
        if (arguments.Problems is { Count: > 0 } wrong)
            return Problems.Invalid(wrong);
        if (await (revision is { } id ? impacts.OfRevision(id, terms, context.RequestAborted) : AsOptional(impacts.Of(parts, terms, context.RequestAborted))) is not { } answer)
            return Problems.NotFound($"revision {revision} that was ever good");
        return Rest.Json(new JsonObject { ["accepted"] = answer.Impact is not null, ["impact"] = ImpactJson.Of(answer.Impact), ["problems"] = Problem(answer.Problems) });

        static async Task<ImpactAnswer?> AsOptional(Task<ImpactAnswer> task) => await task;
    }

    private static async Task<Reply> Restore(Call call)
    {
        var reason = call.Arguments.Text("reason");
        var terms = GivenTerms.Take(call.Arguments, call.Get<TimeProvider>());
        if (call.Refuses(out var refusal))
            return refusal;
        var (outcome, result) = await call.Get<IRevisionHistory>().Restore(call.Id, reason, terms, call.By, call.Cancellation);
        if (result is { Accepted: false })
            outcome = new ActionOutcome.Conflict($"Revision {call.Id} does not pass today's check: {string.Join(' ', result.Problems.Take(5))}");
        return new(outcome, Result(result));
    }

    private static async Task<Reply> Cancel(Call call)
    {
        var reason = call.Arguments.Text("reason");
        if (call.Refuses(out var refusal))
            return refusal;
        var (outcome, result) = await call.Get<IRevisionToCome>().Cancel(call.Id, reason, call.By, call.Cancellation);
        return new(outcome, Result(result));
    }

    private static async Task<Reply> Enforce(Call call)
    {
        var reason = call.Arguments.Text("reason");
        if (call.Refuses(out var refusal))
            return refusal;
        var (outcome, result) = await call.Get<IRevisionToCome>().Enforce(call.Id, reason, call.By, call.Cancellation);
        return new(outcome, Result(result));
    }

    private static JsonObject? Result(ApplyResult? result) => result is null ? null : new() { ["changed"] = result.Changed, ["revisionid"] = result.RevisionId, ["state"] = result.Accepted ? Word(result.State) : null, ["held_because"] = result.HeldBecause };

    /// <summary>A state as REST writes it.</summary>
    public static string Word(RevisionState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    private static async Task<Reply> RemovePart(Call call)
    {
        var reason = call.Arguments.Text("reason");
        if (call.Refuses(out var refusal))
            return refusal;
        var (outcome, result) = await call.Get<IConfigurationActions>().RemovePart(call.Route("name"), reason, call.By, call.Cancellation);
        if (result is { Accepted: false })
            outcome = new ActionOutcome.Conflict($"Without it the configuration is not good: {string.Join(' ', result.Problems.Take(5))}");
        return new(outcome, Result(result));
    }

    private static IResult Differences(TextDifference difference) => Rest.Json(new JsonObject
    {
        ["differences"] = new JsonArray(new JsonObject { ["from"] = difference.From, ["to"] = difference.To, ["changes"] = DifferenceJson.Of(difference.Things), ["text"] = difference.Text }),
        ["meta"] = new JsonObject(),
    });

    private static IReadOnlyList<ConfigurationPart> Parts(Arguments arguments)
    {
        var parts = new List<ConfigurationPart>();
        foreach (var item in arguments.List("parts"))
        {
            if (item is JsonObject part && part.Count == 2 && part["name"] is JsonValue name && part["text"] is JsonValue text && name.TryGetValue<string>(out var n) && text.TryGetValue<string>(out var t))
                parts.Add(new(n, t));
            else
                arguments.Wrong("parts", "Each part is an object with the texts name and text.");
        }
        if (parts.Count is 0 or > MostParts)
            arguments.Wrong("parts", $"Between 1 and {MostParts} parts are expected.");
        return parts;
    }

    private static JsonObject Part(ConfigurationPart part)
    {
        var shown = new JsonObject { ["name"] = part.Name, ["text"] = part.Text, ["origin"] = Word(part.Origin) };
        if (part.From is { } from)
        {
            shown["from"] = from;
            shown["commit"] = part.Commit;
        }
        return shown;
    }

    private static string Word(PartOrigin origin) => origin.ToString().ToLowerInvariant();

    internal static JsonArray Problem(IEnumerable<ConfigurationProblem> problems) => new([.. problems.Select(p => (JsonNode)new JsonObject
    {
        ["part"] = p.Part,
        ["line"] = p.Line,
        ["column"] = p.Column,
        ["path"] = p.Path,
        ["message"] = p.Message,
    })]);
}
