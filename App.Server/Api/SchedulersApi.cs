using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Schedulers;

namespace Weir.App.Server.Api;

/// <summary><c>/schedulers</c> with enable and disable, <c>/forceschedulers</c> with force.</summary>
internal static class SchedulersApi
{
    private static readonly Resource<SchedulerRecord> Schedulers = new("schedulers",
        ("schedulerid", s => s.Id),
        ("name", s => s.Name),
        ("enabled", s => s.Enabled),
        ("master", _ => null),
        ("type", s => s.Kind),
        ("builder_names", s => Rest.Array(s.Builders)),
        ("next_fire_at", s => Rest.Seconds(s.NextFireAt)),
        ("last_fire_at", s => Rest.Seconds(s.LastFireAt)),
        ("last_buildsetid", s => s.LastBuildsetId),
        ("last_error", s => s.LastError));

    private static readonly Resource<ForceForm> ForceSchedulers = new("forceschedulers",
        ("name", f => f.Scheduler),
        ("button_name", f => f.Label),
        ("label", f => f.Label),
        ("builder_names", f => Rest.Array(f.Builders)),
        ("codebases", f => Rest.Array(f.Codebases)),
        ("all_fields", f => new JsonArray([.. f.Parameters.Select(Field)])));

    public static void MapSchedulers(this RouteGroupBuilder api)
    {
        api.MapGet("/schedulers", async (ISchedulerQueries schedulers, HttpRequest request, CancellationToken cancellation) => Schedulers.List(await schedulers.List(cancellation), request));
        api.MapGet("/schedulers/{scheduler}", async (string scheduler, ISchedulerQueries schedulers, HttpRequest request, CancellationToken cancellation) =>
            Schedulers.One(await Named(schedulers, scheduler, cancellation), $"scheduler {scheduler}", request));
        api.MapGet("/forceschedulers", async (ISchedulerQueries schedulers, HttpRequest request, CancellationToken cancellation) => ForceSchedulers.List(await schedulers.ForceForms(cancellation), request));
        api.MapGet("/forceschedulers/{scheduler}", async (string scheduler, ISchedulerQueries schedulers, HttpRequest request, CancellationToken cancellation) =>
            ForceSchedulers.One((await schedulers.ForceForms(cancellation)).FirstOrDefault(f => f.Scheduler == scheduler), $"force scheduler {scheduler}", request));
        api.MapControl("/schedulers/{scheduler}",
            new Control("enable", Right.Admin, call => SetEnabled(call, true)),
            new Control("disable", Right.Admin, call => SetEnabled(call, false)),
            new Control("fire", Right.Force, Fire));
        api.MapControl("/forceschedulers/{scheduler}", new Control("force", Right.Force, Force));
    }

    private static JsonNode Field(ForceParameter p) => new JsonObject
    {
        ["name"] = p.Name,
        ["fullName"] = p.Name,
        ["label"] = p.Label,
        ["tooltip"] = p.Description,
        ["type"] = p.Kind,
        ["required"] = p.Required,
        ["default"] = p.Default,
        ["regex"] = p.Pattern,
        ["choices"] = Rest.Array(p.Choices),
    };

    private static async Task<SchedulerRecord?> Named(ISchedulerQueries schedulers, string given, CancellationToken cancellation)
    {
        var all = await schedulers.List(cancellation);
        return all.FirstOrDefault(s => s.Id.ToString(CultureInfo.InvariantCulture) == given) ?? all.FirstOrDefault(s => s.Name == given);
    }

    private static async Task<Reply> SetEnabled(Call call, bool enabled)
    {
        if (call.Refuses(out var refusal))
            return refusal;
        return await Named(call.Get<ISchedulerQueries>(), call.Route("scheduler"), call.Cancellation) is { } scheduler
            ? await Reply.Of(call.Get<ISchedulerActions>().SetEnabled(scheduler.Name, enabled, call.By, call.Cancellation))
            : new(new ActionOutcome.NotFound($"scheduler {call.Route("scheduler")}"));
    }

    private static async Task<Reply> Fire(Call call)
    {
        var reason = call.Arguments.Text("reason");
        if (call.Refuses(out var refusal))
            return refusal;
        return await Named(call.Get<ISchedulerQueries>(), call.Route("scheduler"), call.Cancellation) is { } scheduler
            ? await Reply.Of(call.Get<ISchedulerFiring>().Fire(scheduler.Name, reason, call.By, call.Cancellation))
            : new(new ActionOutcome.NotFound($"scheduler {call.Route("scheduler")}"));
    }

    private static async Task<Reply> Force(Call call)
    {
        var given = call.Arguments;
        var builders = given.Texts("builders").ToList();
        if (given.Text("buildername") is { } name)
            builders.Add(name);
        if (given.Number("builderid") is { } id)
        {
            if (await call.Get<IBuilderQueries>().Find(id, call.Cancellation) is { } builder)
                builders.Add(builder.Name);
            else
                given.Wrong("builderid", $"There is no builder {id}.");
        }
        var priority = given.Number("priority") ?? 0;
        if (priority is < int.MinValue or > int.MaxValue)
            given.Wrong("priority", "The number is too large.");
        var stamps = Stamps(given, await CodebasesOf(call));
        var order = new ForceOrder
        {
            Scheduler = call.Route("scheduler"),
            Builders = builders,
            Reason = given.Text("reason"),
            Properties = given.Values("properties"),
            SourceStamps = stamps,
            Priority = (int)priority,
            IdempotencyKey = Key(call),
        };
        if (call.Refuses(out var refusal))
            return refusal;
        var (outcome, result) = await call.Get<ISchedulerActions>().Force(order, call.By, call.Cancellation);
        return new(outcome, result is null ? null : new JsonArray(result.BuildsetId, new JsonObject(result.RequestByBuilder.Select(r => KeyValuePair.Create(r.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)r.Value)))));
    }

    private static async Task<IReadOnlyList<string>> CodebasesOf(Call call) =>
        (await call.Get<ISchedulerQueries>().ForceForms(call.Cancellation)).FirstOrDefault(f => f.Scheduler == call.Route("scheduler"))?.Codebases ?? [];

    // branch and revision stand for the only codebase; with several, sourcestamps names each.
    private static Dictionary<string, ForceStamp> Stamps(Arguments given, IReadOnlyList<string> codebases)
    {
        var stamps = new Dictionary<string, ForceStamp>();
        foreach (var (codebase, value) in given.Object("sourcestamps"))
        {
            if (value is JsonObject stamp && stamp.All(f => f.Key is "branch" or "revision" && f.Value is null or JsonValue))
                stamps[codebase] = new(stamp["branch"]?.ToString(), stamp["revision"]?.ToString());
            else
                given.Wrong("sourcestamps", $"{codebase}: an object with branch and revision is expected.");
        }
        var (branch, revision) = (given.Text("branch"), given.Text("revision"));
        if (branch is null && revision is null)
            return stamps;
        if (codebases.Count == 1)
            stamps[codebases[0]] = new(branch, revision);
        else
            given.Wrong(branch is null ? "revision" : "branch", codebases.Count == 0 ? "This scheduler has no codebase of which one could be chosen." : $"This scheduler has {codebases.Count} codebases: name each in sourcestamps.");
        return stamps;
    }

    private static string? Key(Call call)
    {
        var key = call.Http.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length > 200)
            call.Arguments.Wrong("Idempotency-Key", "At most 200 characters.");
        return key.Length == 0 ? null : key;
    }
}
