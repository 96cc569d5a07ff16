using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Workers;

namespace Weir.App.Server.Api;

/// <summary><c>/workers</c>, by number or by name; a POST makes a worker's token; the actions pause and unpause.</summary>
internal static class WorkersApi
{
    private static readonly Resource<WorkerRecord> Workers = new("workers",
        ("workerid", w => w.Id),
        ("name", w => w.Name),
        ("connected_to", w => w.MasterId is { } master && w.ConnectedAt is not null ? new JsonArray(new JsonObject { ["masterid"] = master, ["name"] = w.MasterName }) : new JsonArray()),
        ("configured_on", _ => new JsonArray()),
        ("workerinfo", w => Rest.Parse(w.Info)),
        ("paused", w => w.State == WorkerState.Paused),
        ("pause_reason", w => w.State == WorkerState.Paused ? w.StateReason : null),
        ("graceful", w => w.State == WorkerState.Stopping),
        ("state", w => w.State.ToString().ToLowerInvariant()),
        ("state_reason", w => w.StateReason),
        ("configured", w => w.Configured),
        ("max_builds", w => w.MaxBuilds),
        ("tags", w => Rest.Array(w.Tags)),
        ("builders", w => Rest.Array(w.Builders)),
        ("running", w => new JsonArray([.. w.Running.Select(b => (JsonNode)b.Id)])),
        ("connected_at", w => Rest.Seconds(w.ConnectedAt)),
        ("last_seen_at", w => Rest.Seconds(w.LastSeenAt)),
        ("last_seen_at_ms", w => Rest.Milliseconds(w.LastSeenAt)));

    private static readonly Resource<WorkerToken> Tokens = new("workers", ("workerid", w => w.WorkerId), ("name", w => w.Name), ("token", w => w.Token));

    public static void MapWorkers(this RouteGroupBuilder api)
    {
        api.MapGet("/workers", async (IWorkerQueries workers, HttpRequest request, CancellationToken cancellation) => Workers.List(await workers.List(cancellation), request));
        api.MapGet("/workers/{worker}", async (string worker, IWorkerQueries workers, HttpRequest request, CancellationToken cancellation) => Workers.One(await Named(workers, worker, cancellation), $"worker {worker}", request));
        api.MapPost("/workers", Add).Needs(Right.Admin).WithSummary("Makes (or replaces) the token with which a worker of this name connects");
        api.MapControl("/workers/{worker}",
            new Control("pause", Right.Admin, call => Act(call, takesReason: true, (worker, reason) => call.Get<IWorkerActions>().Pause(worker, reason, call.By, call.Cancellation))),
            new Control("unpause", Right.Admin, call => Act(call, takesReason: false, (worker, _) => call.Get<IWorkerActions>().Resume(worker, call.By, call.Cancellation))));
    }

    private static async Task<IResult> Add(HttpContext context, IWorkerActions actions)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var name = arguments.Text("name", required: true);
        if (name is not null && WorkerNames.Problem(name) is { } problem)
            arguments.Wrong("name", problem);
        if (arguments.Problems is { Count: > 0 } problems)
            return Problems.Invalid(problems);
        var made = await actions.AddToken(name!, Actors.Of(context), context.RequestAborted);
        return Tokens.Created(made, $"/api/v2/workers/{made.WorkerId}");
    }

    private static async Task<WorkerRecord?> Named(IWorkerQueries workers, string given, CancellationToken cancellation) =>
        (long.TryParse(given, out var id) ? await workers.Find(id, cancellation) : null) ?? await workers.Find(given, cancellation);

    private static async Task<Reply> Act(Call call, bool takesReason, Func<string, string?, Task<ActionOutcome>> act)
    {
        var given = call.Route("worker");
        var reason = takesReason ? call.Arguments.Text("reason") : null;
        if (call.Refuses(out var refusal))
            return refusal;
        return await Named(call.Get<IWorkerQueries>(), given, call.Cancellation) is { } worker
            ? await Reply.Of(act(worker.Name, reason))
            : new(new ActionOutcome.NotFound($"worker {given}"));
    }
}

/// <summary>What a worker may be called.</summary>
internal static class WorkerNames
{
    private const int Longest = 100;

    /// <summary>A sentence, or null if the name will do.</summary>
    public static string? Problem(string name) =>
        name.Length <= Longest && name is [not ('.' or '-'), ..] && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? null
            : $"Letters, digits, '.', '-' and '_' are expected, beginning with a letter or digit, at most {Longest} characters.";
}
