using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Schedulers;

/// <summary>
/// Cancels what a scheduler has started for older changes of a branch or pull request, in the transaction that starts the newer. What is older is told by the changes and not by who came first: two engines may
/// show two changes in either order, and then it is the set that was just made that goes.
/// </summary>
internal static class OlderSets
{
    private sealed record OpenRow(long Id, long BuildsetId, long BuilderId);

    public static async Task Cancel(StoreTransaction unit, ChangeDrivenConfiguration scheduler, string line, long schedulerId, SubmittedBuildset made)
    {
        // One firing of a scheduler at a time: the next one sees what this one made.
        await unit.Execute("SELECT FROM schedulers WHERE id = @schedulerId FOR NO KEY UPDATE", new { schedulerId });
        var newer = await unit.QuerySingle<long?>("SELECT id FROM buildsets WHERE scheduler = @Name AND line = @line AND newest_change > @NewestChange ORDER BY newest_change DESC LIMIT 1", new { scheduler.Name, line, made.NewestChange });
        long[] older = newer is null
            ? [.. await unit.Query<long>("SELECT id FROM buildsets WHERE scheduler = @Name AND line = @line AND newest_change < @NewestChange AND completed_at IS NULL ORDER BY id", new { scheduler.Name, line, made.NewestChange })]
            : [made.Id];
        if (older.Length == 0)
            return;
        var heirs = (await unit.Query<OpenRow>("SELECT id, buildset_id, builder_id FROM requests WHERE buildset_id = @heir", new { heir = newer ?? made.Id })).ToDictionary(r => r.BuilderId, r => r.Id);
        var any = heirs.Values.Min();
        // The rows of the queue decide between this and a claim that comes at the same moment; what was claimed is seen by the statement behind it.
        var waiting = await unit.Query<OpenRow>("DELETE FROM open_requests WHERE buildset_id = ANY(@older) RETURNING request_id AS id, buildset_id, builder_id", new { older });
        await Superseding.End(unit, [.. waiting.Select(w => new Superseded(w.Id, heirs.GetValueOrDefault(w.BuilderId, any)))]);
        if (scheduler.CancelOlder == CancelOlder.Running)
            await Stop(unit, scheduler, older, newer ?? made.Id, heirs, any);
    }

    private static async Task Stop(StoreTransaction unit, ChangeDrivenConfiguration scheduler, long[] older, long heir, Dictionary<long, long> heirs, long any)
    {
        var running = await unit.Query<OpenRow>("SELECT id, buildset_id, builder_id FROM builds WHERE buildset_id = ANY(@older) AND completed_at IS NULL", new { older });
        if (running.Count == 0)
            return;
        await StopWishes.Write(unit, [.. running.Select(b => b.Id)], FormattableString.Invariant($"superseded by buildset {heir}"), new Actor($"scheduler {scheduler.Name}", new HashSet<string>()));
        // It is superseded if it is cancelled by this; one that ends by itself meanwhile keeps its result.
        await unit.Execute("UPDATE requests r SET superseded_by = u.heir FROM unnest(@builds, @by) AS u (build, heir) JOIN builds b ON b.id = u.build WHERE r.id = b.request_id AND r.completed_at IS NULL",
            new { builds = running.Select(b => b.Id).ToArray(), by = running.Select(b => heirs.GetValueOrDefault(b.BuilderId, any)).ToArray() });
    }
}
