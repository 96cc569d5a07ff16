using System.Text.Json;
using Weir.Shared;
using Weir.Shared.Events;
using Weir.Shared.Identity;

namespace Weir.Engine.Storage.Orders;

/// <summary>
/// Where a master of pages asks for what only engines do (invariant 1: first the row, then the deed). The order is written with its audit row; a short while it is waited for the deed,
/// so that whoever asked hears what came of it, and after that the answer is that it is ordered.
/// </summary>
public sealed class OrderBook(Database database, Wakeups wakeups, OrderQueries queries, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private sealed record Asked(long Order, bool EngineLives);

    /// <summary>Asks, and answers what came of it, or <see cref="ActionOutcome.Ordered"/>.</summary>
    public async Task<ActionOutcome> Ask(string kind, string subject, object arguments, string? reason, Actor by, CancellationToken cancellation) =>
        (await Await(kind, subject, arguments, reason, by, cancellation)).Outcome;

    /// <summary>The same for a deed that answers more than a number.</summary>
    public async Task<(ActionOutcome Outcome, TAnswer? Answer)> Ask<TAnswer>(string kind, string subject, object arguments, string? reason, Actor by, CancellationToken cancellation) where TAnswer : class
    {
        var (outcome, answer) = await Await(kind, subject, arguments, reason, by, cancellation);
        return (outcome, answer is { ValueKind: JsonValueKind.Object } given ? given.Deserialize<TAnswer>() : null);
    }

    private async Task<(ActionOutcome Outcome, JsonElement? Answer)> Await(string kind, string subject, object arguments, string? reason, Actor by, CancellationToken cancellation)
    {
        using var news = wakeups.Subscribe(WakeTopic.OrdersDone);
        var (known, before, asked) = await Write(kind, subject, arguments, reason, by, cancellation);
        if (asked is null)
            return (known!, before);
        queries.MayBeOpen();
        var began = time.GetTimestamp();
        while (true)
        {
            var answer = await database.QuerySingle<OrderAnswer>("SELECT outcome, answer::text AS answer, complaint FROM orders WHERE id = @Order AND done_at IS NOT NULL", new { asked.Order }, cancellation);
            if (answer is not null)
                return answer.Read();
            if (!asked.EngineLives || time.GetElapsedTime(began) >= Patience)
                return (new ActionOutcome.Ordered(asked.Order), null);
            await news.Wait(Look, cancellation);
        }
    }

    // An answer, where the same request was made before at a master that did it at once; else the order.
    private Task<(ActionOutcome? Known, JsonElement? Answer, Asked? Asked)> Write(string kind, string subject, object arguments, string? reason, Actor by, CancellationToken cancellation) => database.Write<(ActionOutcome?, JsonElement?, Asked?)>(async unit =>
    {
        if (by.Key is { } key)
        {
            switch (await ActionKeys.Claim(unit, by.Name, key))
            {
                case Claimed.Before { Answer: var before } when ActionKeys.OrderOf(before) is { } same:
                    if (OrderRows.IsRefusal((await OrderRows.Come(unit, same)).Outcome))
                        break;
                    await unit.Rollback();
                    return (null, null, new(same, EngineLives: true));
                case Claimed.Before { Answer: var before }:
                    await unit.Rollback();
                    return (new ActionOutcome.Done(before.ValueKind == JsonValueKind.Number ? before.GetInt64() : null), before, null);
                case Claimed.ForAnother:
                    await unit.Rollback();
                    return (new ActionOutcome.KeyReused(), null, null);
            }
        }
        var asked = await unit.QuerySingle<Asked>("""
            INSERT INTO orders (kind, subject, arguments, asked_by, address, reason, asked_at)
            VALUES (@kind, @subject, @arguments::jsonb, @by, @Address, @reason, weir_now())
            RETURNING id AS order, EXISTS (SELECT FROM masters WHERE 'engine' = ANY(roles) AND state IN ('Active', 'Draining') AND heartbeat_at > weir_now() - interval '10 seconds') AS engine_lives
            """, new { kind, subject, arguments = JsonSerializer.Serialize(arguments), by = by.Name, by.Address, reason });
        if (by.Key is { } mine)
            await ActionKeys.Store(unit, by.Name, mine, ActionKeys.AnswerOf(asked!.Order));
        Audit.Write(unit, by, kind + ".ordered", subject, reason);
        unit.Add(new WeirEvent { Kind = EventKind.OrderChanged });
        unit.Wake(WakeTopic.Orders);
        return (null, null, asked);
    }, cancellation);
}
