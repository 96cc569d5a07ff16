using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Events;

namespace Weir.Engine.Queue;

/// <summary>Ends requests, and the buildset with its last one. Whoever ends a request locks its buildset first; else the last two to end would leave it open.</summary>
public static class RequestEnd
{
    public static async Task Complete(StoreTransaction unit, long buildsetId, IReadOnlyCollection<long> requestIds, BuildResult results)
    {
        await unit.Execute("SELECT id FROM buildsets WHERE id = @buildsetId FOR UPDATE", new { buildsetId });
        var ended = await unit.Query<Ended>("""
            UPDATE requests SET completed_at = weir_now(), results = @results WHERE id = ANY(@requests) AND completed_at IS NULL RETURNING id, builder_id
            """, new { results = (short)results, requests = requestIds.ToArray() });
        foreach (var request in ended)
            unit.Add(new WeirEvent { Kind = EventKind.RequestCompleted, RequestId = request.Id, BuildsetId = buildsetId, BuilderId = request.BuilderId });
        var all = await unit.Query<short?>("SELECT results FROM requests WHERE buildset_id = @buildsetId", new { buildsetId });
        if (all.Any(r => r is null))
            return;
        // A buildset of which all was skipped is skipped; otherwise the worst counts, and success is the least there is.
        var total = all.Select(r => (BuildResult)r!.Value).Aggregate(BuildResult.Skipped, BuildResults.Worst);
        var closed = await unit.Execute("UPDATE buildsets SET completed_at = weir_now(), results = @total WHERE id = @buildsetId AND completed_at IS NULL", new { buildsetId, total = (short)total });
        if (closed == 1)
            unit.Add(new WeirEvent { Kind = EventKind.BuildsetCompleted, BuildsetId = buildsetId });
    }

    private sealed record Ended(long Id, long BuilderId);
}
