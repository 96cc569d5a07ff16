using System.Text.Json;
using Microsoft.Extensions.Logging;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;

namespace Weir.Engine.Masters;

/// <summary>
/// Carries out what was ordered at masters of pages. An engine that dies over an order leaves it to another, and two that come to the same one do it once: the deed's transaction has the order's
/// row for its key. In one that fails for a reason of its own nobody would get further: it ends with what went wrong.
/// </summary>
internal sealed partial class CarryingOut(Database database, Self self, IEnumerable<OrderKinds> kinds, IServiceProvider services, Wakeups wakeups, TimeProvider time, ILogger<CarryingOut> logger) : Duty(wakeups, time, logger, WakeTopic.Orders)
{
    private readonly Dictionary<string, OrderKind> kinds = kinds.SelectMany(k => k.Of(services)).ToDictionary(k => k.Name);

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        while (await OrderRows.Take(database, master, [.. kinds.Keys], cancellation) is { } order)
        {
            Crash.At("order.taken");
            await CarryOut(order, cancellation);
            Crash.At("order.answered");
        }
        return null;
    }

    private async Task CarryOut(TakenOrder order, CancellationToken cancellation)
    {
        var by = new Actor(order.AskedBy, new HashSet<string> { Right.Admin }, order.Address) { Key = new ActionKey("order", order.Kind) { Order = order.Id } };
        OrderAnswer answer;
        try
        {
            var (outcome, more) = await kinds[order.Kind].CarryOut(JsonSerializer.Deserialize<JsonElement>(order.Arguments), order.Reason, by, cancellation);
            answer = OrderAnswer.Of(outcome, more);
        }
        catch (Exception e) when (Database.IsFault(e) && !Database.IsUnavailable(e))
        {
            LogFailed(e, order.Id, order.Kind, order.Subject);
            answer = OrderAnswer.Of(new ActionOutcome.Conflict($"It could not be carried out: {e.Message}"));
        }
        Crash.At("order.done");
        await database.Write(unit => OrderRows.End(unit, order.Id, answer), cancellation);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Order {Order} ({Kind} of {Subject}) failed.")]
    private partial void LogFailed(Exception e, long order, string kind, string subject);
}
