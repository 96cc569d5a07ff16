using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Workers;

namespace Weir.Engine.Workers;

/// <summary>What admins do with workers, asked at a master of pages. A new token is valid from the moment at which an engine has carried its order out.</summary>
internal sealed class WorkerOrders(OrderBook book) : IWorkerActions
{
    private sealed record OfWorker(string Name, NewWorkerToken Token);

    public static IEnumerable<OrderKind> Kinds(WorkerActions actions) =>
    [
        OrderKind.Of<OfWorker, MadeWorkerToken>("worker.token", (a, _, by, cancellation) => actions.AddToken(a.Name, a.Token, by, cancellation)),
    ];

    public Task<(ActionOutcome Outcome, MadeWorkerToken? Made)> AddToken(string name, NewWorkerToken token, Actor by, CancellationToken cancellation) =>
        book.Ask<MadeWorkerToken>("worker.token", $"worker {name}", new OfWorker(name, token), null, by, cancellation);
}
