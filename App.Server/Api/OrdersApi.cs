using Weir.Shared.Orders;

namespace Weir.App.Server.Api;

/// <summary><c>/orders</c>: what was asked of engines at masters of pages, and what came of it. Kept for a week.</summary>
internal static class OrdersApi
{
    private const int Most = 1000;

    private static readonly Resource<OrderRecord> Orders = new Resource<OrderRecord>("orders", "order")
        .Number("orderid", o => o.Id, "The number of this order.")
        .Text("kind", o => o.Kind, "The deed, as the audit names it: request.cancel, worker.pause, …")
        .Text("subject", o => o.Subject, "About what: request 7, worker w1, …")
        .Text("asked_by", o => o.AskedBy, "Who asked.")
        .Text("reason", o => o.Reason, "Why, if that was said.")
        .Time("asked_at", o => o.AskedAt, "When it was asked for.")
        .Time("done_at", o => o.DoneAt, "When an engine had carried it out or refused it; null: it waits.")
        .Text("outcome", o => o.Outcome, "Done, or the name of why not.")
        .Text("complaint", o => o.Complaint, "Why it was not done.");

    public static void MapOrders(this RouteGroupBuilder api)
    {
        api.MapMethods("/orders", Routes.Reading, List).Reads(1, "Orders, newest first").ListsAll(Orders);
        api.MapMethods("/orders/{id:long}", Routes.Reading, async (long id, IOrderQueries orders, HttpRequest request, CancellationToken cancellation) =>
            Orders.One(await orders.Find(id, cancellation), $"order {id}", request)).Reads(1, "One order").ShowsOne(Orders);
    }

    private static async Task<IResult> List(IOrderQueries orders, HttpRequest request, CancellationToken cancellation) =>
        Orders.List((await orders.List(null, Most, cancellation)).Items, request);
}
