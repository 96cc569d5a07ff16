using System.Text.Json;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;

namespace Weir.Engine.Identity;

/// <summary>Actions whose answer is more than a number, done once under a key: the whole answer is kept and given again.</summary>
internal static class KeyedAnswers
{
    /// <summary>Runs an action within its transaction. If the actor gave a key that was used for the same request, nothing is done and the answer of then is given.</summary>
    public static async Task<(ActionOutcome Outcome, TAnswer? Answer)> Once<TAnswer>(this StoreTransaction unit, Actor by, Func<Task<(ActionOutcome Outcome, TAnswer? Answer)>> action) where TAnswer : class
    {
        if (by.Key is not { } key)
            return await action();
        switch (await ActionKeys.Claim(unit, by.Name, key))
        {
            case Claimed.Before before:
                var (outcome, come) = ActionKeys.OrderOf(before.Answer) is { } order ? await OrderRows.Come(unit, order) : ((ActionOutcome)new ActionOutcome.Done(), (JsonElement?)before.Answer);
                if (OrderRows.IsRefusal(outcome))
                    break;
                await unit.Rollback();
                return (outcome, outcome is ActionOutcome.Done && come is { } answered ? answered.Deserialize<TAnswer>() : null);
            case Claimed.ForAnother:
                await unit.Rollback();
                return (new ActionOutcome.KeyReused(), null);
        }
        var done = await action();
        if (done is { Outcome: ActionOutcome.Done, Answer: { } answer })
            await ActionKeys.Store(unit, by.Name, key, JsonSerializer.SerializeToElement(answer));
        else if (!unit.Over)
            await unit.Rollback(); // What was not done may be tried again under the same key.
        return done;
    }
}
