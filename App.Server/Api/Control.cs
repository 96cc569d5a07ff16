using System.Text.Json;
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
    private const int LongestId = 200;

    public static void MapControl(this RouteGroupBuilder group, string pattern, params Control[] controls)
    {
        group.MapPost(pattern, context => JsonRpc(context, controls)).WithMetadata(new DecidesByMethod([.. controls.Select(c => c.Right)], [.. controls.Select(c => c.Method)])).WithSummary("JSON-RPC 2.0: " + string.Join(", ", controls.Select(c => c.Method)));
        foreach (var control in controls)
            group.MapPost($"{pattern}/actions/{control.Method}", context => Plain(context, control)).Needs(control.Right).WithSummary($"{char.ToUpperInvariant(control.Method[0])}{control.Method[1..].Replace('_', ' ')}: the same as the JSON-RPC method, with the params as the body");
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
        if (!context.Request.HasJsonContentType())
        {
            await Error(StatusCodes.Status415UnsupportedMediaType, InvalidRequest, "Invalid content-type (use application/json)", null).ExecuteAsync(context);
            return;
        }
        var (document, why) = await JsonBody.ReadAny(context.Request, context.RequestAborted);
        var (name, values, id, problem) = document is null ? (null, null, null, (ParseError, "JSON parse error: " + why)) : ReadCall(document);
        if (problem is var (code, message))
        {
            await Error(400, code, message, id).ExecuteAsync(context);
            return;
        }
        if (controls.FirstOrDefault(c => c.Method == name) is not { } control)
        {
            await Error(404, MethodNotFound, $"action: {name} is not supported. Possible: {string.Join(", ", controls.Select(c => c.Method))}.", id).ExecuteAsync(context);
            return;
        }
        if (!Policy.May(Actors.Of(context), control.Right))
        {
            var status = context.User.Identity?.IsAuthenticated == true ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
            await Error(status, status, $"This needs the right \"{control.Right}\".", id).ExecuteAsync(context);
            return;
        }
        var (outcome, result) = await Run(context, control, values!);
        await Answer(outcome, result, id).ExecuteAsync(context);
    }

    // Wrong calls are told in Buildbot's words. Unlike there, "id" and "params" may be left out.
    private static (string? Method, JsonObject? Params, JsonNode? Id, (int, string)? Problem) ReadCall(JsonNode document)
    {
        if (document is JsonArray)
            return (null, null, null, (InvalidRequest, "JSONRPC batch requests are not supported"));
        if (document is not JsonObject body)
            return (null, null, null, (InvalidRequest, "JSONRPC root object must be an object"));
        var given = body["id"];
        if (given is not null && (given.GetValueKind() is not (JsonValueKind.String or JsonValueKind.Number) || given.ToJsonString().Length > LongestId))
            return (null, null, null, (InvalidRequest, "'id' must be a string, number, or null"));
        var id = given?.DeepClone();
        foreach (var name in new[] { "jsonrpc", "method" })
        {
            if (!body.ContainsKey(name))
                return (null, null, id, (InvalidRequest, $"missing key '{name}'"));
            if (body[name]?.GetValueKind() != JsonValueKind.String)
                return (null, null, id, (InvalidRequest, $"'{name}' must be a string"));
        }
        if (body["jsonrpc"]!.GetValue<string>() != "2.0")
            return (null, null, id, (InvalidRequest, "only JSONRPC 2.0 is supported"));
        return body["params"] is null or JsonObject
            ? (body["method"]!.GetValue<string>(), body["params"] as JsonObject ?? [], id, null)
            : (null, null, id, (InvalidParams, "'params' must be an object"));
    }

    private static async Task<Reply> Run(HttpContext context, Control control, JsonObject values)
    {
        var arguments = new Arguments(values);
        return await control.Do(new(context, arguments, IdempotencyKeys.Take(context, values, arguments, control.Method)));
    }

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
        ActionOutcome.Ordered o => Rest.Json(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["result"] = null, ["orderid"] = o.Order }, StatusCodes.Status202Accepted),
        ActionOutcome.NotFound n => Error(404, 404, $"There is no {n.What}.", id),
        ActionOutcome.Conflict c => Error(409, 409, c.Why, id),
        ActionOutcome.Forbidden f => Error(403, 403, f.Why, id),
        ActionOutcome.KeyReused => Error(422, InvalidParams, ActionOutcome.KeyReused.Why, id),
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
internal sealed record DecidesByMethod(IReadOnlyList<string> Rights, IReadOnlyList<string> Methods);
