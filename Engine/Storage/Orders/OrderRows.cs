using System.Text.Json;
using Weir.Shared;
using Weir.Shared.Events;

namespace Weir.Engine.Storage.Orders;

/// <summary>An order as an engine takes it.</summary>
internal sealed record TakenOrder
{
    public long Id { get; init; }
    public string Kind { get; init; } = "";
    public string Subject { get; init; } = "";
    public string Arguments { get; init; } = "{}";
    public string AskedBy { get; init; } = "";
    public string? Address { get; init; }
    public string? Reason { get; init; }
}

/// <summary>The rows of orders, as the deeds' transactions and the duty that carries them out use them.</summary>
internal static class OrderRows
{
    /// <summary>For so long the others leave an order to the engine that took it.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(10);

    private sealed record Standing
    {
        public bool Done { get; init; }
        public string? Answer { get; init; }
    }

    /// <summary>
    /// The oldest open order of a kind that this engine knows, taken for a while. What is about one thing is done in the order of asking. One that is ours already is what we left when we died:
    /// a master takes the next one only when it has answered the last.
    /// </summary>
    public static Task<TakenOrder?> Take(Database database, long master, string[] kinds, CancellationToken cancellation) => database.QuerySingle<TakenOrder>("""
        UPDATE orders SET taken_by = @master, taken_until = weir_now() + @Hold
        WHERE id = (SELECT o.id FROM orders o WHERE o.done_at IS NULL AND (o.taken_until IS NULL OR o.taken_by = @master OR o.taken_until < weir_now()) AND o.kind = ANY(@kinds)
                        AND NOT EXISTS (SELECT FROM orders e WHERE e.done_at IS NULL AND e.subject = o.subject AND e.id < o.id)
                    ORDER BY o.id LIMIT 1 FOR UPDATE OF o SKIP LOCKED)
        RETURNING id, kind, subject, arguments::text AS arguments, asked_by, address, reason
        """, new { master, Hold, kinds }, cancellation);

    /// <summary>The order as a key, in the deed's transaction: whoever has it open may do the deed, and no other meanwhile.</summary>
    public static async Task<Claimed> Claim(StoreTransaction unit, long order)
    {
        var standing = await unit.QuerySingle<Standing>("SELECT done_at IS NOT NULL AS done, CASE WHEN outcome = 'Done' THEN answer::text END AS answer FROM orders WHERE id = @order FOR UPDATE", new { order });
        return standing switch
        {
            { Done: false } => new Claimed.Ours(),
            { Answer: { } answer } => new Claimed.Before(JsonSerializer.Deserialize<JsonElement>(answer)),
            _ => new Claimed.ForAnother(),
        };
    }

    /// <summary>What came of an order so far.</summary>
    public static async Task<(ActionOutcome Outcome, JsonElement? Answer)> Come(StoreTransaction unit, long order) =>
        await unit.QuerySingle<OrderAnswer>("SELECT outcome, answer::text AS answer, complaint FROM orders WHERE id = @order AND done_at IS NOT NULL", new { order }) is { } answer ? answer.Read() : (new ActionOutcome.Ordered(order), null);

    /// <summary>It was looked at and not done: it may be asked for again, under its key too.</summary>
    public static bool IsRefusal(ActionOutcome come) => come is not (ActionOutcome.Done or ActionOutcome.Ordered);

    /// <summary>Marks an order as over, if it is not; the first end counts.</summary>
    public static async Task End(StoreTransaction unit, long order, OrderAnswer answer)
    {
        var ended = await unit.Execute("UPDATE orders SET done_at = weir_now(), outcome = @Outcome, answer = @Answer::jsonb, complaint = @Complaint WHERE id = @order AND done_at IS NULL",
            new { order, answer.Outcome, answer.Answer, answer.Complaint });
        if (ended == 0)
            return;
        unit.Add(new WeirEvent { Kind = EventKind.OrderChanged });
        unit.Wake(WakeTopic.OrdersDone);
    }

    public static Task EndDone(StoreTransaction unit, long order, JsonElement answer) => End(unit, order, OrderAnswer.Of(new ActionOutcome.Done(), answer));
}
