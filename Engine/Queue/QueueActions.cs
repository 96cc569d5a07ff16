using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Events;
using Weir.Shared.Identity;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>What people do with waiting requests. A claimed one is stopped through its build: the wish is stored, its owner carries it out.</summary>
internal sealed class QueueActions(Database database) : IQueueActions
{
    private sealed record Row(long Id, long BuildsetId, DateTimeOffset? CompletedAt);

    private sealed record Moved(long BuilderId, int Was, int Is);

    public Task<ActionOutcome> Cancel(long requestId, string? reason, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        var row = await unit.QuerySingle<Row>("SELECT id, buildset_id, completed_at FROM requests WHERE id = @requestId", new { requestId });
        if (row is null)
            return new ActionOutcome.NotFound($"request {requestId}");
        if (row.CompletedAt is not null)
            return new ActionOutcome.Conflict("The request has ended already.");
        await CancelOpen(unit, row.BuildsetId, [requestId], reason, by);
        Audit.Write(unit, by, "request.cancel", $"request {requestId}", reason);
        return new ActionOutcome.Done(requestId);
    }, cancellation);

    public Task<ActionOutcome> CancelBuildset(long buildsetId, string? reason, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        if (await unit.QuerySingle<long?>("SELECT id FROM buildsets WHERE id = @buildsetId", new { buildsetId }) is null)
            return new ActionOutcome.NotFound($"buildset {buildsetId}");
        var open = await OpenOfFamily(unit, buildsetId);
        if (open.Count == 0)
            return new ActionOutcome.Conflict("The buildset has ended already.");
        foreach (var set in open.GroupBy(r => r.BuildsetId).OrderBy(s => s.Key))
            await CancelOpen(unit, set.Key, [.. set.Select(r => r.Id)], reason, by);
        Audit.Write(unit, by, "buildset.cancel", $"buildset {buildsetId}", reason);
        return new ActionOutcome.Done(buildsetId);
    }, cancellation);

    public Task<ActionOutcome> SetPriority(long requestId, int priority, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        var builder = await unit.QuerySingle<long?>("UPDATE open_requests SET priority = @priority WHERE request_id = @requestId RETURNING builder_id", new { requestId, priority });
        if (builder is null)
            return await NoPlace(unit, requestId);
        await unit.Execute("UPDATE requests SET priority = @priority WHERE id = @requestId", new { requestId, priority });
        Audit.Write(unit, by, "request.priority", $"request {requestId}", FormattableString.Invariant($"{priority}"));
        unit.Add(new WeirEvent { Kind = EventKind.RequestChanged, RequestId = requestId, BuilderId = builder });
        unit.Wake(WakeTopic.Queue);
        return new ActionOutcome.Done(requestId);
    }, cancellation);

    public Task<ActionOutcome> MoveUp(long requestId, string? reason, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        // Nothing to do for who is first already; two that are moved up at once are equal, and the older goes first.
        var moved = await unit.QuerySingle<Moved>("""
            WITH others AS (SELECT max(priority) AS most FROM open_requests WHERE request_id <> @requestId)
            UPDATE open_requests o SET priority = CASE WHEN o.priority > others.most THEN o.priority ELSE least(coalesce(others.most + 1::bigint, o.priority), 2147483647)::integer END
            FROM others, (SELECT request_id, priority FROM open_requests WHERE request_id = @requestId FOR UPDATE) before WHERE o.request_id = before.request_id
            RETURNING o.builder_id, before.priority AS was, o.priority AS is
            """, new { requestId });
        if (moved is null)
            return await NoPlace(unit, requestId);
        await unit.Execute("UPDATE requests SET priority = @Is WHERE id = @requestId", new { requestId, moved.Is });
        Audit.Write(unit, by, "request.raise", $"request {requestId}", FormattableString.Invariant($"priority {moved.Was} to {moved.Is}{(string.IsNullOrWhiteSpace(reason) ? "" : ": " + reason)}"));
        unit.Add(new WeirEvent { Kind = EventKind.RequestChanged, RequestId = requestId, BuilderId = moved.BuilderId });
        unit.Wake(WakeTopic.Queue);
        return new ActionOutcome.Done(requestId);
    }, cancellation);

    // The buildset and all that its builds have set off, and theirs. Builds that run are held for as long as this takes: none of them begins a trigger step that nobody would see (its transition stands behind the
    // fence, and what it finds there is the wish to stop).
    private static async Task<IReadOnlyList<Row>> OpenOfFamily(StoreTransaction unit, long buildsetId)
    {
        long[] family = [];
        while (true)
        {
            var found = await unit.Query<long>("""
                WITH RECURSIVE family AS (SELECT @buildsetId AS id UNION SELECT c.id FROM family f JOIN builds b ON b.buildset_id = f.id JOIN buildsets c ON c.parent_build_id = b.id)
                SELECT id FROM family ORDER BY id
                """, new { buildsetId });
            if (found.SequenceEqual(family))
                return await unit.Query<Row>("SELECT id, buildset_id, completed_at FROM requests WHERE buildset_id = ANY(@family) AND completed_at IS NULL ORDER BY id", new { family });
            family = [.. found];
            await unit.Execute("SELECT FROM build_owners o JOIN builds b ON b.id = o.build_id WHERE b.buildset_id = ANY(@family) ORDER BY o.build_id FOR UPDATE OF o", new { family });
        }
    }

    private static async Task<ActionOutcome> NoPlace(StoreTransaction unit, long requestId) => await unit.QuerySingle<bool>("SELECT EXISTS (SELECT FROM requests WHERE id = @requestId)", new { requestId })
        ? new ActionOutcome.Conflict("The request does not wait (any more).")
        : new ActionOutcome.NotFound($"request {requestId}");

    // The row of open_requests decides between this and a claim that comes at the same moment: one of them deletes it.
    private static async Task CancelOpen(StoreTransaction unit, long buildsetId, IReadOnlyCollection<long> requests, string? reason, Actor by)
    {
        await unit.Execute("SELECT id FROM buildsets WHERE id = @buildsetId FOR NO KEY UPDATE", new { buildsetId });
        var waiting = await unit.Query<long>("DELETE FROM open_requests WHERE request_id = ANY(@requests) RETURNING request_id", new { requests = requests.ToArray() });
        if (waiting.Count > 0)
        {
            var batch = new StoreBatch();
            RequestEnd.Add(batch, buildsetId, waiting, BuildResult.Cancelled);
            await unit.Send(batch);
        }
        var running = requests.Except(waiting).ToArray();
        var builds = await unit.Query<long>("SELECT id FROM builds WHERE request_id = ANY(@running) AND completed_at IS NULL", new { running });
        await StopWishes.Write(unit, builds, reason, by);
    }
}
