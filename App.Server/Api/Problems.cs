using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Weir.Shared;

namespace Weir.App.Server.Api;

/// <summary>Errors of REST as problem details (RFC 9457): a title, a sentence, and the fields that are wrong with what was expected of each.</summary>
internal static class Problems
{
    public static IResult Answer(int status, string sentence, IEnumerable<FieldProblem>? fields = null)
    {
        var details = new ProblemDetails { Status = status, Title = Title(status), Detail = sentence };
        if (fields is not null)
            details.Extensions["errors"] = fields.GroupBy(f => f.Field).ToDictionary(g => g.Key, g => g.Select(f => f.Message).ToArray());
        return Results.Problem(details);
    }

    public static IResult NotFound(string what) => Answer(StatusCodes.Status404NotFound, $"There is no {what}.");

    public static IResult Invalid(params IReadOnlyList<FieldProblem> problems) =>
        Answer(StatusCodes.Status400BadRequest, string.Join(' ', problems.Select(p => p.Field.Length == 0 ? p.Message : $"{p.Field}: {p.Message}")), problems);

    /// <summary>What came of an action, when it was not done.</summary>
    public static IResult From(ActionOutcome outcome) => outcome switch
    {
        ActionOutcome.Ordered o => Ordered(o.Order),
        ActionOutcome.NotFound n => NotFound(n.What),
        ActionOutcome.Conflict c => Answer(StatusCodes.Status409Conflict, c.Why),
        ActionOutcome.Forbidden f => Answer(StatusCodes.Status403Forbidden, f.Why),
        ActionOutcome.KeyReused => Answer(StatusCodes.Status422UnprocessableEntity, ActionOutcome.KeyReused.Why, [new("Idempotency-Key", ActionOutcome.KeyReused.Why)]),
        ActionOutcome.Invalid i => Invalid([.. i.Problems]),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>202: it is written down, and the next engine does it.</summary>
    public static IResult Ordered(long order) => new OrderedAnswer(order);

    private sealed class OrderedAnswer(long order) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Location = FormattableString.Invariant($"/api/v2/orders/{order}");
            return Rest.Json(new JsonObject { ["result"] = null, ["orderid"] = order, ["note"] = "Ordered: an engine carries it out as soon as one is there." }, StatusCodes.Status202Accepted).ExecuteAsync(httpContext);
        }
    }

    public static string Title(int status) => status switch
    {
        400 => "The request is wrong",
        401 => "Not signed in",
        403 => "Not allowed",
        404 => "Not found",
        405 => "Not possible here",
        409 => "Not possible now",
        412 => "Changed meanwhile",
        413 => "Too large",
        415 => "Wrong content type",
        416 => "Behind the end",
        422 => "Wrong input",
        428 => "Say what you saw",
        429 => "Too many requests",
        503 => "The store is away",
        _ => "Something went wrong",
    };
}
