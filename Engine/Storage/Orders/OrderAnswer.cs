using System.Text.Json;
using Weir.Shared;

namespace Weir.Engine.Storage.Orders;

/// <summary>What came of an order, as its row keeps it: the outcome's name, its content, and for people why it was not done.</summary>
internal sealed record OrderAnswer
{
    public string Outcome { get; init; } = "";

    /// <summary>JSON.</summary>
    public string? Answer { get; init; }
    public string? Complaint { get; init; }

    /// <param name="outcome">What came of the deed.</param>
    /// <param name="answer">What a deed answers that makes more than a number.</param>
    public static OrderAnswer Of(ActionOutcome outcome, JsonElement? answer = null) => outcome switch
    {
        ActionOutcome.Done done => new() { Outcome = nameof(ActionOutcome.Done), Answer = answer?.GetRawText() ?? JsonSerializer.Serialize(done.Id) },
        ActionOutcome.NotFound missing => new() { Outcome = nameof(ActionOutcome.NotFound), Answer = JsonSerializer.Serialize(missing.What), Complaint = $"There is no {missing.What}." },
        ActionOutcome.Conflict conflict => new() { Outcome = nameof(ActionOutcome.Conflict), Answer = answer?.GetRawText(), Complaint = conflict.Why },
        ActionOutcome.Forbidden forbidden => new() { Outcome = nameof(ActionOutcome.Forbidden), Complaint = forbidden.Why },
        ActionOutcome.KeyReused => new() { Outcome = nameof(ActionOutcome.KeyReused), Complaint = ActionOutcome.KeyReused.Why },
        ActionOutcome.Invalid invalid => new() { Outcome = nameof(ActionOutcome.Invalid), Answer = JsonSerializer.Serialize(invalid.Problems), Complaint = string.Join(' ', invalid.Problems.Select(p => p.Message)) },
        _ => throw new ArgumentException($"{outcome} is no end of an order.", nameof(outcome)),
    };

    public (ActionOutcome Outcome, JsonElement? Answer) Read()
    {
        JsonElement? answer = Answer is null ? null : JsonSerializer.Deserialize<JsonElement>(Answer);
        ActionOutcome outcome = Outcome switch
        {
            nameof(ActionOutcome.Done) => new ActionOutcome.Done(answer is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : null),
            nameof(ActionOutcome.NotFound) => new ActionOutcome.NotFound(answer?.GetString() ?? Complaint ?? "such thing"),
            nameof(ActionOutcome.Forbidden) => new ActionOutcome.Forbidden(Complaint ?? ""),
            nameof(ActionOutcome.KeyReused) => new ActionOutcome.KeyReused(),
            nameof(ActionOutcome.Invalid) => new ActionOutcome.Invalid(answer?.Deserialize<FieldProblem[]>() ?? []),
            _ => new ActionOutcome.Conflict(Complaint ?? Outcome),
        };
        return (outcome, answer);
    }
}
