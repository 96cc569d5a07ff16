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
        var open = await unit.Query<long>("SELECT id FROM requests WHERE buildset_id = @buildsetId AND completed_at IS NULL", new { buildsetId });
        if (open.Count == 0)
            return new ActionOutcome.Conflict("The buildset has ended already.");
        await CancelOpen(unit, buildsetId, open, reason, by);
        Audit.Write(unit, by, "buildset.cancel", $"buildset {buildsetId}", reason);
        return new ActionOutcome.Done(buildsetId);
    }, cancellation);

    public Task<ActionOutcome> SetPriority(long requestId, int priority, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        var builder = await unit.QuerySingle<long?>("UPDATE open_requests SET priority = @priority WHERE request_id = @requestId RETURNING builder_id", new { requestId, priority });
        if (builder is null)
            return new ActionOutcome.Conflict("The request does not wait (any more).");
        await unit.Execute("UPDATE requests SET priority = @priority WHERE id = @requestId", new { requestId, priority });
        Audit.Write(unit, by, "request.priority", $"request {requestId}", FormattableString.Invariant($"{priority}"));
        unit.Add(new WeirEvent { Kind = EventKind.RequestChanged, RequestId = requestId, BuilderId = builder });
        unit.Wake(WakeTopic.Queue);
        return new ActionOutcome.Done(requestId);
    }, cancellation);

    // The row of open_requests decides between this and a claim that comes at the same moment: one of them deletes it.
    private static async Task CancelOpen(StoreTransaction unit, long buildsetId, IReadOnlyCollection<long> requests, string? reason, Actor by)
    {
        await unit.Execute("SELECT id FROM buildsets WHERE id = @buildsetId FOR UPDATE", new { buildsetId });
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
