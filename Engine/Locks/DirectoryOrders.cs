using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Locks;

namespace Weir.Engine.Locks;

/// <summary>What admins do with shared directories, asked at a master of pages.</summary>
internal sealed class DirectoryOrders(OrderBook book) : IDirectoryActions
{
    private sealed record OfDirectory(string Name, string Worker);

    public static IEnumerable<OrderKind> Kinds(DirectoryActions actions) =>
    [
        OrderKind.Of<OfDirectory>("directory.move", (a, reason, by, cancellation) => actions.Move(a.Name, a.Worker, reason, by, cancellation)),
    ];

    public Task<ActionOutcome> Move(string name, string worker, string? reason, Actor by, CancellationToken cancellation) =>
        book.Ask("directory.move", $"shared directory {name}", new OfDirectory(name, worker), reason, by, cancellation);
}
