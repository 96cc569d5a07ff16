using Dapper;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Queue;

/// <summary>What deciding needs to know, read in one round trip.</summary>
public sealed class QueueView(Database database, TimeProvider time)
{
    /// <summary>How many waiting requests one pass looks at, best first.</summary>
    private const int Limit = 2000;

    private sealed record RequestRow
    {
        public long RequestId { get; init; }
        public long BuilderId { get; init; }
        public int Priority { get; init; }
        public DateTimeOffset SubmittedAt { get; init; }
        public DateTimeOffset? NotBefore { get; init; }
        public int Attempt { get; init; }
        public string[] Properties { get; init; } = [];
        public string WaitKind { get; init; } = "";
        public string WaitText { get; init; } = "";
    }

    private sealed record WorkerRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
        public int MaxBuilds { get; init; }
        public int Running { get; init; }
        public bool Connected { get; init; }
        public bool Paused { get; init; }
        public string? PauseText { get; init; }
    }

    private sealed record BuilderRow(long Id, string Name);

    /// <summary>What one pass sees.</summary>
    public sealed record Snapshot(IReadOnlyList<WaitingRequest> Requests, IReadOnlyList<DispatchBuilder> Builders, IReadOnlyList<DispatchWorker> Workers, DateTimeOffset Now);

    public Task<Snapshot> Read(RevisionInForce revision, IReadOnlySet<long> mine, CancellationToken cancellation) => database.Read(async connection =>
    {
        const string sql = """
            SELECT o.request_id, o.builder_id, o.priority, o.submitted_at, o.not_before, o.attempt, o.wait_kind, o.wait_text,
                   ARRAY(SELECT p->>'Name' FROM jsonb_array_elements(b.properties) p) AS properties
            FROM open_requests o JOIN buildsets b ON b.id = o.buildset_id ORDER BY o.priority DESC, o.submitted_at, o.request_id LIMIT @Limit;
            SELECT w.id, w.name, w.tags, w.max_builds, w.paused_at IS NOT NULL AS paused, w.pause_reason AS pause_text,
                   s.worker_id IS NOT NULL AS connected, (SELECT count(*)::int FROM build_owners o WHERE o.worker_id = w.id) AS running
            FROM workers w LEFT JOIN worker_sessions s ON s.worker_id = w.id AND s.ended_at IS NULL AND s.heartbeat_at > weir_now() - interval '30 seconds'
            WHERE w.retired_at IS NULL AND w.configured;
            SELECT id, name FROM builders WHERE retired_at IS NULL;
            """;
        await using var all = await connection.QueryMultipleAsync(new CommandDefinition(sql, new { Limit }, cancellationToken: cancellation));
        var requests = (await all.ReadAsync<RequestRow>()).Select(r => new WaitingRequest
        {
            Id = r.RequestId,
            BuilderId = r.BuilderId,
            Priority = r.Priority,
            SubmittedAt = r.SubmittedAt,
            NotBefore = r.NotBefore,
            Attempt = r.Attempt,
            Properties = r.Properties,
            WaitKind = r.WaitKind,
            WaitText = r.WaitText,
        }).ToArray();
        var workers = (await all.ReadAsync<WorkerRow>()).Select(w => new DispatchWorker
        {
            Id = w.Id,
            Name = w.Name,
            Tags = w.Tags,
            FreeSlots = w.MaxBuilds - w.Running,
            Connected = w.Connected,
            Mine = w.Connected && mine.Contains(w.Id),
            Paused = w.Paused,
            PauseText = w.PauseText,
        }).ToArray();
        var builders = (await all.ReadAsync<BuilderRow>()).Select(b => revision.Builder(b.Name) is { } c
            ? new DispatchBuilder(b.Id, b.Name, c.Workers, [.. c.Properties.Where(p => p is { Required: true, Default: null }).Select(p => p.Name)], false)
            : new DispatchBuilder(b.Id, b.Name, new WorkerSelector(), [], true)).ToArray();
        return new Snapshot(requests, builders, workers, time.GetUtcNow());
    }, cancellation);
}
