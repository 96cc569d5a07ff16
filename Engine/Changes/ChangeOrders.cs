using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Changes;
using Weir.Shared.Identity;

namespace Weir.Engine.Changes;

/// <summary>Takes changes in at a master of pages, where to poll now is ordered.</summary>
internal sealed class ChangeOrders(OrderBook book, ChangeLog log) : IChangeActions
{
    private sealed record OfSource(string Name);

    public static IEnumerable<OrderKind> Kinds(ChangeLog log) => [OrderKind.Of<OfSource>("change-source.poll", (a, _, by, cancellation) => log.PollNow(a.Name, by, cancellation))];

    public Task<IReadOnlyList<long>> Add(IReadOnlyList<NewChange> changes, Actor by, CancellationToken cancellation) => log.Add(changes, by, cancellation);

    public Task<ActionOutcome> Send(NewChange change, Actor by, CancellationToken cancellation) => log.Send(change, by, cancellation);

    public Task<long> StoreHook(string dialect, string contentType, IReadOnlyDictionary<string, string> headers, byte[] body, string? address, CancellationToken cancellation) =>
        log.StoreHook(dialect, contentType, headers, body, address, cancellation);

    public Task<ActionOutcome> PollNow(string source, Actor by, CancellationToken cancellation) =>
        book.Ask("change-source.poll", $"change source {source}", new OfSource(source), null, by, cancellation);
}
