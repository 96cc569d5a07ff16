using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary>An action on a resource as it was called: on what, with which arguments, by whom.</summary>
internal sealed record Call(HttpContext Http, Arguments Arguments, Actor By)
{
    public CancellationToken Cancellation => Http.RequestAborted;

    public long Id => long.TryParse(Route("id"), out var id) ? id : 0;

    public string Route(string name) => Http.Request.RouteValues[name] as string ?? "";

    public T Get<T>() where T : notnull => Http.RequestServices.GetRequiredService<T>();
}

/// <summary>What came of a call; the result of a done one is <see cref="Result"/>, or the id of what it made.</summary>
internal sealed record Reply(ActionOutcome Outcome, JsonNode? Result = null)
{
    public static async Task<Reply> Of(Task<ActionOutcome> outcome) => new(await outcome);
}

/// <summary>One action: its name, the right it needs, the names of its arguments, and who does it. It is called only when the arguments are of the right shape.</summary>
internal sealed record Control(string Method, string Right, Func<Call, Task<Reply>> Do);

/// <summary>Serves the actions of a resource in both forms: JSON-RPC 2.0 at its address (as Buildbot's data API has it), and plainly at <c>…/actions/NAME</c>.</summary>
internal static class ControlEndpoints
{
    private const int ParseError = -32700;
    private const int InvalidRequest = -32600;
    private const int MethodNotFound = -32601;
    private const int InvalidParams = -32602;

    public static void MapControl(this RouteGroupBuilder group, string pattern, params Control[] controls)
    {
        group.MapPost(pattern, context => JsonRpc(context, controls)).WithMetadata(new DecidesByMethod([.. controls.Select(c => c.Right)])).WithSummary("JSON-RPC 2.0: " + string.Join(", ", controls.Select(c => c.Method)));
        foreach (var control in controls)
            group.MapPost($"{pattern}/actions/{control.Method}", context => Plain(context, control)).Needs(control.Right);
    }

    private static async Task Plain(HttpContext context, Control control)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: true, context.RequestAborted);
        if (body is null)
        {
            await refusal!.ExecuteAsync(context);
            return;
        }
        var (outcome, result) = await Run(context, control, body);
        await (outcome is ActionOutcome.Done done ? Rest.Json(new JsonObject { ["result"] = result ?? done.Id }) : Problems.From(outcome)).ExecuteAsync(context);
    }

    private static async Task JsonRpc(HttpContext context, Control[] controls)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
        {
            // The content type is refused as for all of REST; what is JSON's trouble is told in JSON-RPC's words.
            await (context.Request.HasJsonContentType() ? Error(400, ParseError, "The body is not a JSON object.", null) : refusal!).ExecuteAsync(context);
            return;
        }
        var id = body["id"]?.DeepClone();
        if (body["jsonrpc"] is not JsonValue version || !version.TryGetValue<string>(out var number) || number != "2.0" || body["method"] is not JsonValue method || !method.TryGetValue<string>(out var name))
        {
            await Error(400, InvalidRequest, "A JSON-RPC 2.0 request with \"jsonrpc\", \"method\", \"params\" and \"id\" is expected.", id).ExecuteAsync(context);
            return;
        }
        if (controls.FirstOrDefault(c => c.Method == name) is not { } control)
        {
            await Error(404, MethodNotFound, $"There is no method \"{name}\" here. Possible: {string.Join(", ", controls.Select(c => c.Method))}.", id).ExecuteAsync(context);
            return;
        }
        if (body["params"] is not (null or JsonObject))
        {
            await Error(400, InvalidParams, "\"params\" must be an object.", id).ExecuteAsync(context);
            return;
        }
        if (!Policy.May(Actors.Of(context), control.Right))
        {
            var status = context.User.Identity?.IsAuthenticated == true ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
            await Error(status, status, $"This needs the right \"{control.Right}\".", id).ExecuteAsync(context);
            return;
        }
        var (outcome, result) = await Run(context, control, body["params"] as JsonObject ?? []);
        await Answer(outcome, result, id).ExecuteAsync(context);
    }

    private static async Task<Reply> Run(HttpContext context, Control control, JsonObject values) =>
        await control.Do(new(context, new(values), Actors.Of(context)));

    /// <summary>Refuses wrong or unknown arguments before anything is done; call it when all were asked for.</summary>
    public static bool Refuses(this Call call, out Reply refusal)
    {
        var problems = call.Arguments.Problems;
        refusal = new(new ActionOutcome.Invalid(problems));
        return problems.Count > 0;
    }

    private static IResult Answer(ActionOutcome outcome, JsonNode? result, JsonNode? id) => outcome switch
    {
        ActionOutcome.Done done => Rest.Json(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["result"] = result ?? done.Id }),
        ActionOutcome.NotFound n => Error(404, 404, $"There is no {n.What}.", id),
        ActionOutcome.Conflict c => Error(409, 409, c.Why, id),
        ActionOutcome.Forbidden f => Error(403, 403, f.Why, id),
        ActionOutcome.Invalid i => Error(400, InvalidParams, string.Join(' ', i.Problems.Select(p => $"{p.Field}: {p.Message}")), id,
            new JsonObject(i.Problems.GroupBy(p => p.Field).Select(g => KeyValuePair.Create(g.Key, (JsonNode?)Rest.Array(g.Select(p => p.Message)))))),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static IResult Error(int status, int code, string message, JsonNode? id, JsonNode? data = null)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (data is not null)
            error["data"] = data;
        return Rest.Json(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["error"] = error }, status);
    }
}

/// <summary>An endpoint whose right depends on the method named in its body; it asks the policy itself.</summary>
internal sealed record DecidesByMethod(IReadOnlyList<string> Rights);
