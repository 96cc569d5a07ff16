using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>What people do with waiting requests, asked at a master of pages.</summary>
internal sealed class QueueOrders(OrderBook book) : IQueueActions
{
    private sealed record OfRequest(long Id, int Priority = 0);

    public static IEnumerable<OrderKind> Kinds(QueueActions actions) =>
    [
        OrderKind.Of<OfRequest>("request.cancel", (a, reason, by, cancellation) => actions.Cancel(a.Id, reason, by, cancellation)),
        OrderKind.Of<OfRequest>("buildset.cancel", (a, reason, by, cancellation) => actions.CancelBuildset(a.Id, reason, by, cancellation)),
        OrderKind.Of<OfRequest>("request.raise", (a, reason, by, cancellation) => actions.MoveUp(a.Id, reason, by, cancellation)),
        OrderKind.Of<OfRequest>("request.priority", (a, _, by, cancellation) => actions.SetPriority(a.Id, a.Priority, by, cancellation)),
    ];

    public Task<ActionOutcome> Cancel(long requestId, string? reason, Actor by, CancellationToken cancellation) =>
        book.Ask("request.cancel", $"request {requestId}", new OfRequest(requestId), reason, by, cancellation);

    public Task<ActionOutcome> CancelBuildset(long buildsetId, string? reason, Actor by, CancellationToken cancellation) =>
        book.Ask("buildset.cancel", $"buildset {buildsetId}", new OfRequest(buildsetId), reason, by, cancellation);

    public Task<ActionOutcome> MoveUp(long requestId, string? reason, Actor by, CancellationToken cancellation) =>
        book.Ask("request.raise", $"request {requestId}", new OfRequest(requestId), reason, by, cancellation);

    public Task<ActionOutcome> SetPriority(long requestId, int priority, Actor by, CancellationToken cancellation) =>
        book.Ask("request.priority", $"request {requestId}", new OfRequest(requestId, priority), null, by, cancellation);
}
