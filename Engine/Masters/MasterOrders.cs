using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Masters;

namespace Weir.Engine.Masters;

/// <summary>
/// What admins do with masters, asked at a master of pages. The row of an engine is an engine's: those are ordered. Masters of pages may write the rows of their like, so that they
/// can be shut down while no engine is there.
/// </summary>
internal sealed class MasterOrders(OrderBook book, MasterActions actions, Database database) : IMasterActions
{
    private sealed record Named(string Name, bool IsEngine);

    private sealed record OfMaster(long Id, ShutdownOrder? Order = null);

    public static IEnumerable<OrderKind> Kinds(MasterActions actions) =>
    [
        OrderKind.Of<OfMaster>("master.shutdown", (a, _, by, cancellation) => actions.Shutdown(a.Id, a.Order!, by, cancellation)),
        OrderKind.Of<OfMaster>("master.shutdown.cancel", (a, _, by, cancellation) => actions.CancelShutdown(a.Id, by, cancellation)),
        OrderKind.Of<OfMaster>("master.retire", (a, _, by, cancellation) => actions.Retire(a.Id, by, cancellation)),
    ];

    public async Task<ActionOutcome> Shutdown(long id, ShutdownOrder order, Actor by, CancellationToken cancellation) => await Engine(id, cancellation) is { } name
        ? await book.Ask("master.shutdown", $"master {name}", new OfMaster(id, order), order.Reason, by, cancellation)
        : await actions.Shutdown(id, order, by, cancellation);

    public async Task<ActionOutcome> CancelShutdown(long id, Actor by, CancellationToken cancellation) => await Engine(id, cancellation) is { } name
        ? await book.Ask("master.shutdown.cancel", $"master {name}", new OfMaster(id), null, by, cancellation)
        : await actions.CancelShutdown(id, by, cancellation);

    public async Task<ActionOutcome> Retire(long id, Actor by, CancellationToken cancellation) => await Engine(id, cancellation) is { } name
        ? await book.Ask("master.retire", $"master {name}", new OfMaster(id), null, by, cancellation)
        : await actions.Retire(id, by, cancellation);

    // Null: there is no such master, which the action says, or it only shows pages.
    private async Task<string?> Engine(long id, CancellationToken cancellation) =>
        await database.QuerySingle<Named>("SELECT name, 'engine' = ANY(roles) AS is_engine FROM masters WHERE id = @id", new { id }, cancellation) is { IsEngine: true } master ? master.Name : null;
}
