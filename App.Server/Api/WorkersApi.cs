using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Pauses;
using Weir.Shared.Workers;

namespace Weir.App.Server.Api;

/// <summary><c>/workers</c>, by number or by name; a POST makes a worker's token; the actions pause and unpause (or resume).</summary>
internal static class WorkersApi
{
    private static readonly Resource<WorkerRecord> Workers = new Resource<WorkerRecord>("workers", "worker")
        .Number("workerid", w => w.Id, "The number of this worker.")
        .Text("name", w => w.Name, "Its name.")
        .Json("connected_to", w => w.MasterId is { } master && w.ConnectedAt is not null ? new JsonArray(new JsonObject { ["masterid"] = master, ["name"] = w.MasterName }) : new JsonArray(), "The master it is connected to.")
        .Json("configured_on", ConfiguredOn, "The builders for which it works, each with the master that drives it (while it is connected).")
        .Json("workerinfo", w => Rest.Parse(w.Info), "What it said of itself: version, system, cores, host.")
        .Texts("lacks", w => w.Lacks, "What it is not: \"a worker that …\". It is of an earlier release, and nothing that needs it is begun on it.")
        .Truth("paused", w => w.State == WorkerState.Paused, "Whether an admin has paused it.")
        .Text("pause_reason", w => w.State == WorkerState.Paused ? w.StateReason : null, "Why it is paused.")
        .Truth("graceful", w => w.State == WorkerState.Stopping, "Whether it finishes what it does and goes.")
        .Text("state", w => w.State.ToString().ToLowerInvariant(), "available, away, paused, stopping or missing.")
        .Text("state_reason", w => w.StateReason, "Why it is in that state.")
        .Time("until", w => w.Until, "When it will be available again or, if it is available, no longer, as far as is known now.")
        .Time("next_transition_at", w => w.NextChangeAt, "When the next of what bears on its state changes by itself.")
        .Json("availability", Availability, "Its windows as the configuration has them; null: it is always open.")
        .Truth("configured", w => w.Configured, "Whether it is in the configuration.")
        .Number("max_builds", w => w.MaxBuilds, "How many builds it runs at once.")
        .Texts("tags", w => w.Tags, "Its tags.")
        .Texts("builders", w => w.Builders, "The names of the builders for which it works.")
        .Json("shared_directories", w => new JsonArray([.. w.Directories.Select(Directory)]), "The shared directories that it has, as it said last: name, bytes, writer, written_at, well (whether that ended well, or goes on), in_use.")
        .Json("running", w => w.Running.Select(b => b.Id), "The builds it runs.")
        .Time("connected_at", w => w.ConnectedAt, "Since when it is connected.")
        .Time("last_seen_at", w => w.LastSeenAt, "When it was last heard of.");

    private static readonly Resource<(long WorkerId, string Name, string Token)> Tokens = new("workers", ("workerid", w => w.WorkerId), ("name", w => w.Name), ("token", w => w.Token));

    public static void MapWorkers(this RouteGroupBuilder api)
    {
        api.MapMethods("/workers", Routes.Reading, async (IWorkerQueries workers, HttpRequest request, CancellationToken cancellation) => Workers.List(await workers.List(cancellation), request)).Reads(1, "All workers").ListsAll(Workers);
        api.MapMethods("/workers/{worker}", Routes.Reading, async (string worker, IWorkerQueries workers, HttpRequest request, CancellationToken cancellation) =>
            Workers.One(await workers.Named(worker, cancellation), $"worker {worker}", request)).Reads(2, "One worker").ShowsOne(Workers);
        MapBelow(api, "/masters/{id:long}/workers", 1, "connected to a master", (context, _) => Task.FromResult<Func<WorkerRecord, bool>?>(OfMaster(context)));
        MapBelow(api, "/builders/{builder}/workers", 2, "that work for a builder", OfBuilder);
        MapBelow(api, "/masters/{id:long}/builders/{builder}/workers", 2, "of a builder that are connected to a master", async (context, cancellation) =>
            await OfBuilder(context, cancellation) is { } works ? w => works(w) && OfMaster(context)(w) : null);
        api.MapPost("/workers", Add).Needs(Right.Admin).WithSummary("Makes (or replaces) the token with which a worker of this name connects");
        var pause = PausesApi.For(PauseKind.Worker, PausesApi.Worker);
        // Buildbot calls the one unpause.
        api.MapControl("/workers/{worker}", [.. pause, pause[1] with { Method = "unpause" }]);
    }

    /// <summary>A worker as an address names it: by its number, else by its name.</summary>
    public static async Task<WorkerRecord?> Named(this IWorkerQueries workers, string given, CancellationToken cancellation) =>
        (long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? await workers.Find(id, cancellation) : null) ?? await workers.Find(given, cancellation);

    private static void MapBelow(RouteGroupBuilder api, string pattern, int calls, string which, Func<HttpContext, CancellationToken, Task<Func<WorkerRecord, bool>?>> among)
    {
        api.MapMethods(pattern, Routes.Reading, async (IWorkerQueries workers, HttpContext context, CancellationToken cancellation) =>
            await among(context, cancellation) is { } belongs ? Workers.List((await workers.List(cancellation)).Where(belongs), context.Request) : Problems.NotFound("builder of that name or number")).Reads(calls, "The workers " + which).ListsAll(Workers);
        api.MapMethods(pattern + "/{worker}", Routes.Reading, async (string worker, IWorkerQueries workers, HttpContext context, CancellationToken cancellation) =>
            Workers.One(await among(context, cancellation) is { } belongs && await workers.Named(worker, cancellation) is { } found && belongs(found) ? found : null, $"worker {worker} here", context.Request)).Reads(calls + 1, "One of the workers " + which).ShowsOne(Workers);
    }

    private static Func<WorkerRecord, bool> OfMaster(HttpContext context) => w => w.ConnectedAt is not null && w.MasterId is { } master && Rest.IsNumber((string)context.Request.RouteValues["id"]!, master);

    private static async Task<Func<WorkerRecord, bool>?> OfBuilder(HttpContext context, CancellationToken cancellation) =>
        await context.RequestServices.GetRequiredService<IBuilderLists>().IdOf((string)context.Request.RouteValues["builder"]!, cancellation) is { } builder ? w => w.BuilderIds.Contains(builder) : null;

    private static Action<Utf8JsonWriter> ConfiguredOn(WorkerRecord worker) => writer =>
    {
        writer.WriteStartArray();
        foreach (var builder in worker.BuilderIds)
        {
            writer.WriteStartObject();
            writer.WriteNumber("builderid", builder);
            if (worker.MasterId is { } master && worker.ConnectedAt is not null)
                writer.WriteNumber("masterid", master);
            else
                writer.WriteNull("masterid");
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    };

    private static JsonNode Directory(Shared.Protocol.SharedDirectoryState directory) => new JsonObject
    {
        ["name"] = directory.Name,
        ["bytes"] = directory.Bytes,
        ["writer"] = directory.Writer,
        ["written_at"] = directory.WrittenAt is { } at ? Rest.Seconds(at) : null,
        ["well"] = directory.Well,
        ["in_use"] = directory.InUse,
    };

    private static JsonNode? Availability(WorkerRecord worker) => worker.Availability is not { } rule ? null : new JsonObject
    {
        ["timeZone"] = rule.TimeZone,
        ["windows"] = new JsonArray([.. rule.Windows.Select(w => (JsonNode)w.InWords)]),
        ["exceptions"] = new JsonArray([.. rule.Exceptions.Select(e => (JsonNode)e.InWords)]),
        ["lastStart"] = rule.LastStart == LastStart.Open ? "open" : "fits",
        ["atClose"] = rule.AtClose == AtClose.Interrupt ? "interrupt" : "finish",
    };

    private static async Task<IResult> Add(HttpContext context, IWorkerActions actions, GivenSecrets secrets)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var name = arguments.Text("name", required: true);
        if (name is not null && WorkerNames.Problem(name) is { } problem)
            arguments.Wrong("name", problem);
        var actor = IdempotencyKeys.Take(context, body, arguments);
        if (arguments.Problems is { Count: > 0 } problems)
            return Problems.Invalid(problems);
        var text = GivenSecrets.NewWorkerToken();
        var (outcome, made) = await actions.AddToken(name!, new(Credentials.HashOf(text), secrets.Seal(text, actor)), actor, context.RequestAborted);
        // The token is told at once, for it is told once; it is valid when an engine has stored it.
        if (outcome is ActionOutcome.Ordered ordered)
            return Rest.Json(new JsonObject { ["name"] = name, ["token"] = text, ["orderid"] = ordered.Order, ["note"] = "Ordered: the token is valid as soon as an engine has stored it." }, StatusCodes.Status202Accepted);
        return made is null ? Problems.From(outcome) : Tokens.Created((made.WorkerId, name!, made.Seal is { } seal ? secrets.Open(seal) : text), $"/api/v2/workers/{made.WorkerId}");
    }
}
