using System.Text.Json;
using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;

namespace Weir.Engine.Storage;

/// <summary>Actions under a key are done once: the key's row is written in the action's transaction, with the answer that is given again to whoever asks again.</summary>
public static class ActionKeys
{
    private const string Stored = "SELECT answer::text FROM action_keys WHERE actor = @actor AND key = @Key";

    /// <summary>Runs an action as one transaction. If the actor gave a key that was used for the same request, nothing is done and the answer of then is given.</summary>
    public static Task<ActionOutcome> Act(this Database database, Actor by, Func<StoreTransaction, Task<ActionOutcome>> action, CancellationToken cancellation) => database.Write(async unit =>
    {
        if (by.Key is not { } key)
            return await action(unit);
        switch (await Claim(unit, by.Name, key))
        {
            case Claimed.Before { Answer: var answer }:
                var come = OrderOf(answer) is { } order ? (await OrderRows.Come(unit, order)).Outcome : new ActionOutcome.Done(answer.ValueKind == JsonValueKind.Number ? answer.GetInt64() : null);
                if (OrderRows.IsRefusal(come))
                    break;
                await unit.Rollback();
                return come;
            case Claimed.ForAnother:
                await unit.Rollback();
                return new ActionOutcome.KeyReused();
        }
        var outcome = await action(unit);
        if (outcome is ActionOutcome.Done done)
            await Store(unit, by.Name, key, JsonSerializer.SerializeToElement(done.Id));
        else if (!unit.Over)
            await unit.Rollback(); // What was not done may be tried again under the same key.
        return outcome;
    }, cancellation);

    /// <summary>Takes the key, in the action's transaction. Whoever comes at the same moment with the same key waits here for the other's end.</summary>
    internal static async Task<Claimed> Claim(StoreTransaction unit, string actor, ActionKey key)
    {
        if (key.Order is { } order)
            return await OrderRows.Claim(unit, order);
        var mine = await unit.Execute("""
            INSERT INTO action_keys (actor, key, answer, created_at) VALUES (@actor, @Key, jsonb_build_object('request', @Request), weir_now()) ON CONFLICT DO NOTHING
            """, new { actor, key.Key, key.Request });
        return mine == 1 ? new Claimed.Ours() : Read(await unit.QuerySingle<string>(Stored, new { actor, key.Key }), key);
    }

    /// <summary>Whether the key was used, outside of any transaction; null: it was not.</summary>
    internal static async Task<Claimed?> Find(Database database, string actor, ActionKey key, CancellationToken cancellation) =>
        await database.QuerySingle<string>(Stored, new { actor, key.Key }, cancellation) is { } stored ? Read(stored, key) : null;

    private static Claimed Read(string? stored, ActionKey key)
    {
        using var json = JsonDocument.Parse(stored ?? "{}");
        return json.RootElement.TryGetProperty("request", out var request) && request.GetString() == key.Request && json.RootElement.TryGetProperty("answer", out var answer)
            ? new Claimed.Before(answer.Clone())
            : new Claimed.ForAnother();
    }

    internal static Task Store(StoreTransaction unit, string actor, ActionKey key, JsonElement answer) => key.Order is { } order ? OrderRows.EndDone(unit, order, answer) : unit.Execute("""
        UPDATE action_keys SET answer = answer || jsonb_build_object('answer', @answer::jsonb) WHERE actor = @actor AND key = @Key
        """, new { actor, key.Key, answer = answer.GetRawText() });

    /// <summary>The answer of an action that was not done but ordered.</summary>
    internal static JsonElement AnswerOf(long order) => JsonSerializer.SerializeToElement(new Dictionary<string, long> { ["order"] = order });

    /// <summary>The order, if that is what the answer says.</summary>
    internal static long? OrderOf(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.EnumerateObject().Count() == 1 && answer.TryGetProperty("order", out var order) && order.TryGetInt64(out var id) ? id : null;
}

/// <summary>What came of taking a key.</summary>
internal abstract record Claimed
{
    private Claimed() { }

    /// <summary>It is ours; the action is to be done, and its answer stored.</summary>
    public sealed record Ours : Claimed;

    /// <summary>The same request was done under it; this was the answer.</summary>
    public sealed record Before(JsonElement Answer) : Claimed;

    /// <summary>It was used for another request.</summary>
    public sealed record ForAnother : Claimed;
}
