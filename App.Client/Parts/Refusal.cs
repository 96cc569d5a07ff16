using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Weir.Shared;

namespace Weir.App.Client.Parts;

/// <summary>Why a posted form was not carried out: the status of the answer, and what stands beside the fields, or above them where it belongs to none.</summary>
public sealed record Refusal(int Status, IReadOnlyList<FieldProblem> Problems)
{
    /// <summary>Null: it was done.</summary>
    public static Refusal? Of(ActionOutcome outcome) => outcome switch
    {
        ActionOutcome.Done or ActionOutcome.Ordered => null,
        ActionOutcome.Invalid invalid => new(StatusCodes.Status422UnprocessableEntity, invalid.Problems),
        ActionOutcome.Forbidden forbidden => Whole(StatusCodes.Status403Forbidden, forbidden.Why),
        ActionOutcome.Conflict conflict => Whole(StatusCodes.Status409Conflict, conflict.Why),
        ActionOutcome.NotFound missing => Whole(StatusCodes.Status404NotFound, $"There is no {missing.What}."),
        ActionOutcome.KeyReused => Whole(StatusCodes.Status422UnprocessableEntity, ActionOutcome.KeyReused.Why),
        _ => throw new UnreachableException(),
    };

    private static Refusal Whole(int status, string why) => new(status, [new("", why)]);
}
