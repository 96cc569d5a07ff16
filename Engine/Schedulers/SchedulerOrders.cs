using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>What people do with schedulers, asked at a master of pages. Forcing only adds rows and is done at once; the others move timers.</summary>
internal sealed class SchedulerOrders(OrderBook book, SchedulerActions actions) : ISchedulerActions, ISchedulerFiring
{
    private sealed record OfScheduler(string Name);

    public static IEnumerable<OrderKind> Kinds(SchedulerActions actions, HandFiring firing) =>
    [
        OrderKind.Of<OfScheduler>("scheduler.enable", (a, _, by, cancellation) => actions.SetEnabled(a.Name, true, by, cancellation)),
        OrderKind.Of<OfScheduler>("scheduler.disable", (a, _, by, cancellation) => actions.SetEnabled(a.Name, false, by, cancellation)),
        OrderKind.Of<OfScheduler>("scheduler.fire", (a, reason, by, cancellation) => firing.Fire(a.Name, reason, by, cancellation)),
    ];

    public Task<(ActionOutcome Outcome, ForceResult? Result)> Force(ForceOrder order, Actor by, CancellationToken cancellation) => actions.Force(order, by, cancellation);

    public Task<(ActionOutcome Outcome, ForceResult? Result)> Force(string scheduler, Func<ForceForm, FilledForm> fill, Actor by, CancellationToken cancellation) => actions.Force(scheduler, fill, by, cancellation);

    public Task<ActionOutcome> SetEnabled(string scheduler, bool enabled, Actor by, CancellationToken cancellation) =>
        book.Ask(enabled ? "scheduler.enable" : "scheduler.disable", $"scheduler {scheduler}", new OfScheduler(scheduler), null, by, cancellation);

    public Task<ActionOutcome> Fire(string scheduler, string? reason, Actor by, CancellationToken cancellation) =>
        book.Ask("scheduler.fire", $"scheduler {scheduler}", new OfScheduler(scheduler), reason, by, cancellation);
}
