using Weir.Shared;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>What is answered to an edit, however much it edits.</summary>
internal static class EditAnswers
{
    /// <summary>What came of applying it, put into the answer that the edit would give.</summary>
    public static async Task<T> Applied<T>(ApplyResult result, string? etag, Func<EditOutcome, T> answer, IConfigurationQueries queries, CancellationToken cancellation) where T : EditAnswer
    {
        var made = result is { Changed: true, RevisionId: { } id } ? await queries.Find(id, cancellation) : null;
        EditAnswer given = answer(result.Changed ? EditOutcome.Accepted : EditOutcome.Unchanged);
        return (T)(given with
        {
            RevisionId = result.RevisionId,
            HeldBecause = result.HeldBecause,
            State = result.State,
            ETag = etag,
            Changes = made?.Things ?? [],
            Text = made?.Difference ?? "",
        });
    }

    /// <summary>What an order came to that no engine has answered.</summary>
    public static T Of<T>(ActionOutcome outcome, Func<EditOutcome, T> answer) where T : EditAnswer => outcome switch
    {
        ActionOutcome.Ordered ordered => (T)((EditAnswer)answer(EditOutcome.Ordered) with { Order = ordered.Order }),
        ActionOutcome.KeyReused => answer(EditOutcome.KeyReused),
        ActionOutcome.Conflict conflict => (T)((EditAnswer)answer(EditOutcome.Missing) with { Why = conflict.Why }),
        _ => answer(EditOutcome.Accepted),
    };
}
