using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Weir.App.Server.Identity;
using Weir.Engine.Configuration;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/config</c>: the revisions, and checking and applying the text of parts.</summary>
internal static class ConfigurationApi
{
    private const int LargestConfiguration = 16 * 1024 * 1024;
    private const int MostParts = 1000;

    private static readonly Resource<RevisionRecord> Revisions = new("revisions",
        ("revisionid", r => r.Id),
        ("hash", r => r.Hash),
        ("parentid", r => r.ParentId),
        ("author", r => r.Author),
        ("created_at", r => Rest.Seconds(r.CreatedAt)),
        ("created_at_ms", r => Rest.Milliseconds(r.CreatedAt)),
        ("reason", r => r.Reason),
        ("state", r => r.State switch { RevisionState.InForce => "in_force", var state => state.ToString().ToLowerInvariant() }),
        ("parts", r => new JsonArray([.. r.Parts.Select(p => (JsonNode)new JsonObject { ["name"] = p.Name, ["text"] = p.Text })])),
        ("difference", r => r.Difference),
        ("summary", r => r.Summary),
        ("changes", r => DifferenceJson.Of(r.Things)),
        ("problems", r => Problem(r.Problems)));

    public static void MapConfiguration(this RouteGroupBuilder api)
    {
        api.MapGet("/config/revisions", (IConfigurationQueries configuration, HttpRequest request, CancellationToken cancellation) => Revisions.Pages(request, [], async (query, count) =>
            await configuration.List(query.After, count, cancellation)));
        api.MapGet("/config/revisions/{id:long}", async (long id, IConfigurationQueries configuration, HttpRequest request, CancellationToken cancellation) =>
            Revisions.One(await configuration.Find(id, cancellation), $"revision {id}", request));
        api.MapGet("/config/schema", () => Results.Text(ConfigurationSchema.Json, "application/schema+json")).WithSummary("The format of the configuration as JSON Schema");
        api.MapPost("/config/check", Check).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(LargestConfiguration)).WithSummary("Checks a configuration; nothing is stored");
        api.MapPost("/config/apply", Apply).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(LargestConfiguration)).WithSummary("Checks a configuration and puts it in force");
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
        if (arguments.Problems is { Count: > 0 } wrong)
            return Problems.Invalid(wrong);
        var result = await actions.Apply(parts, reason ?? "applied over REST", Actors.Of(context), context.RequestAborted);
        return Rest.Json(new JsonObject
        {
            ["accepted"] = result.Accepted,
            ["changed"] = result.Changed,
            ["revisionid"] = result.RevisionId,
            ["problems"] = Problem(result.Problems),
        }, result.Accepted ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

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

    private static JsonArray Problem(IEnumerable<ConfigurationProblem> problems) => new([.. problems.Select(p => (JsonNode)new JsonObject
    {
        ["part"] = p.Part,
        ["line"] = p.Line,
        ["column"] = p.Column,
        ["path"] = p.Path,
        ["message"] = p.Message,
    })]);
}
