using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/changes</c>; a POST to it reports a change (<c>weir sendchange</c>), as JSON or as a form.</summary>
internal static class ChangesApi
{
    private static readonly Resource<ListedChange> Changes = new Resource<ListedChange>("changes", "change")
        .Number("changeid", c => c.Change.Id, "The number of this change.")
        .Text("author", c => c.Change.Author, "Who wrote it.")
        .Text("committer", c => c.Change.Committer, "Who committed it.")
        .Text("branch", c => c.Change.Branch, "The branch it is on.")
        .Text("revision", c => c.Change.Revision, "Its revision.")
        .Text("project", c => c.Change.Project ?? "", "What its source says of the project.")
        .Text("repository", c => c.Change.Repository ?? "", "Where it comes from.")
        .Text("codebase", c => c.Change.Codebase ?? "", "The codebase.")
        .Text("category", c => c.Change.Category, "What its source says of its kind.")
        .Text("comments", c => c.Change.Comments, "What the author says of it.")
        .Texts("files", c => c.Change.Files, "The files it changes.")
        .Json("properties", c => c.Change.Properties.Select(p => new PropertyRecord(p.Name, p.Value, "Change")).ToArray(), "What its source gave with it: each name with [value, source].")
        .Text("revlink", c => c.Change.RevisionLink, "Where it can be looked at.")
        .Time("when_timestamp", c => c.Change.When, "When the author says it was made.")
        .Time("received_at", c => c.Change.ReceivedAt, "When Weir heard of it.")
        .Json("parent_changeids", c => c.Change.ParentIds, "The changes it follows, where known.")
        .Json("sourcestamp", c => Stamp(c), "The source stamp that names the same revision; its ssid is null as long as nothing was to be built from it.")
        .Truth("files_cut", c => c.Change.FilesCut, "Whether the list of files was too long and was cut.");

    private static readonly Resource<PropertyRecord> PropertyList = new Resource<PropertyRecord>("_properties", "_property")
        .Text("name", p => p.Name, "The name.")
        .Text("source", p => p.Source, "Where it comes from.")
        .Text("value", p => p.Value, "The value, as text of JSON.");

    public static void MapChanges(this RouteGroupBuilder api)
    {
        api.MapMethods("/changes", Routes.Reading, (IChangeLists changes, HttpRequest request, CancellationToken cancellation) => List(changes, null, request, cancellation)).Reads(3, "All changes, newest first").Lists(Changes);
        api.MapMethods("/changes/{id:long}", Routes.Reading, (long id, IChangeLists changes, HttpRequest request, CancellationToken cancellation) =>
            Changes.One(request, $"change {id}", _ => Find(changes, id, cancellation))).Reads(2, "One change").ShowsOne(Changes);
        api.MapMethods("/changes/{id:long}/properties_list", Routes.Reading, async (long id, IChangeLists changes, HttpRequest request, CancellationToken cancellation) =>
            await Find(changes, id, cancellation) is ListAnswer<ListedChange>.Rows { Items: [var found] }
                ? PropertyList.List(found.Change.Properties.Select(p => new PropertyRecord(p.Name, p.Value, "Change")), request)
                : Problems.NotFound($"change {id}")).Reads(2, "The properties of a change as a list").ListsAll(PropertyList);
        api.MapMethods("/builds/{id:long}/changes", Routes.Reading, (long id, IChangeLists changes, HttpRequest request, CancellationToken cancellation) =>
            List(changes, ("buildid", id), request, cancellation)).Reads(3, "The changes for which a build was made").Lists(Changes);
        api.MapMethods("/builders/{builder}/builds/{number:int}/changes", Routes.Reading, async (string builder, int number, IBuildLists builds, IChangeLists changes, HttpRequest request, CancellationToken cancellation) =>
            await builds.IdOf(builder, number, cancellation) is { } id ? await List(changes, ("buildid", id), request, cancellation) : Problems.NotFound($"build {number} of {builder}")).Reads(4, "The changes for which a build was made").Lists(Changes);
        api.MapMethods("/buildsets/{id:long}/changes", Routes.Reading, (long id, IChangeLists changes, HttpRequest request, CancellationToken cancellation) =>
            List(changes, ("buildsetid", id), request, cancellation)).Reads(3, "The changes for which a buildset was made").Lists(Changes);
        api.MapMethods("/sourcestamps/{id:long}/changes", Routes.Reading, (long id, IChangeLists changes, HttpRequest request, CancellationToken cancellation) =>
            List(changes, ("ssid", id), request, cancellation)).Reads(3, "The changes that a source stamp names").Lists(Changes);
        api.MapPost("/changes", Send).Needs(Right.SendChange).WithSummary("Reports a change");
    }

    private static Task<IResult> List(IChangeLists changes, (string Field, long Value)? within, HttpRequest request, CancellationToken cancellation) => Changes.List(request, query =>
        changes.Changes(within is var (field, value) ? query.List.Where(field, value) : query.List, cancellation));

    private static Task<ListAnswer<ListedChange>> Find(IChangeLists changes, long id, CancellationToken cancellation) => changes.Changes(new ListQuery { Limit = 1 }.Where("changeid", id), cancellation);

    private static Action<Utf8JsonWriter> Stamp(ListedChange change) => change.SourceStamp is { } known
        ? BuildsetsApi.SourceStamps.Embedded(known)
        : writer =>
        {
            writer.WriteStartObject();
            writer.WriteNull("ssid");
            writer.WriteString("branch", change.Change.Branch);
            writer.WriteString("revision", change.Change.Revision);
            writer.WriteString("project", change.Change.Project ?? "");
            writer.WriteString("repository", change.Change.Repository ?? "");
            writer.WriteString("codebase", change.Change.Codebase ?? "");
            writer.WriteNumber("created_at", change.Change.ReceivedAt.ToUnixTimeSeconds());
            writer.WriteNull("patch");
            writer.WriteEndObject();
        };

    private static async Task<IResult> Send(HttpContext context, IChangeActions actions, IChangeLists changes)
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
        var by = IdempotencyKeys.Take(context, body, arguments);
        if (arguments.Problems is { Count: > 0 } problems)
            return Problems.Invalid(problems);
        var outcome = await actions.Send(change, by, cancellation);
        if (outcome is not ActionOutcome.Done { Id: { } id })
            return outcome is ActionOutcome.Done ? Results.NoContent() : Problems.From(outcome);
        return await Find(changes, id, cancellation) is ListAnswer<ListedChange>.Rows { Items: [var made] } ? Changes.Created(made, $"/api/v2/changes/{id}") : Problems.NotFound($"change {id}");
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
