using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Changes;
using Weir.Shared.Identity;

namespace Weir.Engine.Changes.Hooks;

/// <summary>The inbox of webhooks at a master of pages, where to read one again is ordered.</summary>
internal sealed class HookOrders(OrderBook book, HookInbox inbox) : IHookInbox
{
    private sealed record OfHook(long Id);

    public static IEnumerable<OrderKind> Kinds(HookInbox inbox) => [OrderKind.Of<OfHook>("hook.read", (a, _, by, cancellation) => inbox.ReadAgain(a.Id, by, cancellation))];

    public Task<bool> Knows(string? source, string? dialect, CancellationToken cancellation) => inbox.Knows(source, dialect, cancellation);

    public Task<HookReceipt> Receive(HookDelivery delivery, CancellationToken cancellation) => inbox.Receive(delivery, cancellation);

    public Task<Page<HookRecord>> List(string? source, long? before, int limit, CancellationToken cancellation) => inbox.List(source, before, limit, cancellation);

    public Task<IReadOnlyList<HookRefusal>> Refusals(CancellationToken cancellation) => inbox.Refusals(cancellation);

    public Task<ActionOutcome> ReadAgain(long id, Actor by, CancellationToken cancellation) =>
        book.Ask("hook.read", $"hook {id}", new OfHook(id), null, by, cancellation);
}
