using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Changes;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/changes</c>; a POST to it reports a change (<c>weir sendchange</c>), as JSON or as a form.</summary>
internal static class ChangesApi
{
    private static readonly string[] Filters = ["branch", "codebase"];

    public static readonly Resource<ChangeRecord> Changes = new("changes",
        ("changeid", c => c.Id),
        ("author", c => c.Author),
        ("committer", c => c.Committer),
        ("branch", c => c.Branch),
        ("revision", c => c.Revision),
        ("project", c => c.Project ?? ""),
        ("repository", c => c.Repository ?? ""),
        ("codebase", c => c.Codebase ?? ""),
        ("category", c => c.Category),
        ("comments", c => c.Comments),
        ("files", c => Rest.Array(c.Files)),
        ("properties", c => new JsonObject(c.Properties.Select(p => KeyValuePair.Create(p.Name, (JsonNode?)new JsonArray(Rest.Parse(p.Value), "Change"))))),
        ("revlink", c => c.RevisionLink),
        ("when_timestamp", c => Rest.Seconds(c.When)),
        ("when_timestamp_ms", c => Rest.Milliseconds(c.When)),
        ("received_at", c => Rest.Seconds(c.ReceivedAt)),
        ("received_at_ms", c => Rest.Milliseconds(c.ReceivedAt)),
        ("parent_changeids", c => new JsonArray([.. c.ParentIds.Select(p => (JsonNode)p)])),
        ("files_cut", c => c.FilesCut));

    public static void MapChanges(this RouteGroupBuilder api)
    {
        api.MapGet("/changes", (IChangeQueries changes, HttpRequest request, CancellationToken cancellation) => Changes.Pages(request, Filters, async (query, count) =>
            await changes.List(query.Equal("branch"), query.Equal("codebase"), query.After, count, cancellation)));
        api.MapGet("/changes/{id:long}", async (long id, IChangeQueries changes, HttpRequest request, CancellationToken cancellation) =>
            Changes.One((await changes.Detail(id, cancellation))?.Change, $"change {id}", request));
        api.MapPost("/changes", Send).Needs(Right.SendChange).WithSummary("Reports a change");
    }

    private static async Task<IResult> Send(HttpContext context, IChangeActions actions, IChangeQueries changes)
    {
        var cancellation = context.RequestAborted;
        JsonObject? body;
        if (context.Request.HasFormContentType)
            body = FromForm(await context.Request.ReadFormAsync(cancellation));
        else
        {
            (body, var refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, cancellation);
            if (body is null)
                return refusal!;
        }
        var arguments = new Arguments(body);
        var change = Read(arguments);
        if (arguments.Problems is { Count: > 0 } problems)
            return Problems.Invalid(problems);
        var outcome = await actions.Send(change, Actors.Of(context), cancellation);
        if (outcome is not ActionOutcome.Done { Id: { } id })
            return outcome is ActionOutcome.Done ? Results.NoContent() : Problems.From(outcome);
        return await changes.Detail(id, cancellation) is { } made ? Changes.Created(made.Change, $"/api/v2/changes/{id}") : Problems.NotFound($"change {id}");
    }

    private static NewChange Read(Arguments given) => new()
    {
        Author = given.Text("author", required: true) ?? given.Text("who") ?? "",
        Committer = given.Text("committer"),
        Branch = given.Text("branch"),
        Revision = given.Text("revision"),
        Comments = given.Text("comments") ?? "",
        Codebase = given.Text("codebase"),
        Project = given.Text("project"),
        Repository = given.Text("repository"),
        Category = given.Text("category"),
        Files = given.Texts("files"),
        Properties = given.Values("properties"),
        RevisionLink = given.Text("revlink"),
        When = When(given),
        Key = given.Text("key"),
    };

    private static DateTimeOffset? When(Arguments given)
    {
        var seconds = given.Number("when_timestamp");
        if (seconds is null)
            return null;
        try
        {
            return DateTimeOffset.FromUnixTimeSeconds(seconds.Value);
        }
        catch (ArgumentOutOfRangeException)
        {
            given.Wrong("when_timestamp", "Seconds since 1970 are expected.");
            return null;
        }
    }

    // A form knows only texts: lists and objects come as JSON, as Buildbot's sendchange sends them, or a list as the same field several times.
    private static JsonObject FromForm(IFormCollection form)
    {
        var body = new JsonObject();
        foreach (var (name, values) in form)
        {
            body[name] = name switch
            {
                "files" when values.Count == 1 && values[0]!.StartsWith('[') => Json(values[0]!),
                "files" => Rest.Array(values.Select(v => v ?? "")),
                "properties" => Json(values[0]!),
                "when_timestamp" => Json(values[0]!),
                _ => values[0],
            };
        }
        return body;
    }

    private static JsonNode? Json(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
