using System.Text.Json;
using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Queue;

namespace Weir.Engine.Schedulers;

/// <summary>Completing requests, asked at a master of pages.</summary>
internal sealed class CompletionOrders(OrderBook book, Completion completion) : IRequestCompletion
{
    private sealed record OfRequest(long Id, Dictionary<string, JsonElement> Values);

    public static OrderKind Kind(Completion completion) =>
        OrderKind.Of<OfRequest>("request.complete", (a, reason, by, cancellation) => completion.Complete(a.Id, a.Values, reason, by, cancellation));

    public Task<MissingProperties?> Missing(long requestId, CancellationToken cancellation) => completion.Missing(requestId, cancellation);

    public Task<ActionOutcome> Complete(long requestId, IReadOnlyDictionary<string, JsonElement> values, string? reason, Actor by, CancellationToken cancellation) =>
        book.Ask("request.complete", $"request {requestId}", new OfRequest(requestId, values.ToDictionary()), reason, by, cancellation);
}
