using Weir.Engine.Storage;

namespace Weir.Engine.Queue;

/// <summary>A request for which another one is built.</summary>
public sealed record Superseded(long Request, long By);

/// <summary>Ends requests whose rows of the queue others have taken over, in the transaction in which they did.</summary>
internal static class Superseding
{
    public static async Task End(StoreTransaction unit, IReadOnlyCollection<Superseded> pairs)
    {
        if (pairs.Count == 0)
            return;
        // Whoever stands now keeps the place when he is tried again, and the highest priority that any of them had.
        await unit.Execute("""
            UPDATE requests r SET place_since = nullif(o.submitted_at, r.submitted_at), priority = o.priority FROM open_requests o WHERE o.request_id = r.id AND r.id = ANY(@standing)
            """, new { standing = pairs.Select(p => p.By).ToArray() });
        var buildsets = await unit.Query<long>("SELECT id FROM buildsets WHERE id IN (SELECT buildset_id FROM requests WHERE id = ANY(@ended)) ORDER BY id FOR NO KEY UPDATE", new { ended = pairs.Select(p => p.Request).ToArray() });
        var batch = new StoreBatch();
        RequestEnd.Supersede(batch, pairs, [.. buildsets]);
        await unit.Send(batch);
    }
}
