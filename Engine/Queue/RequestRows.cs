using Weir.Shared.Builds;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Rows of <c>requests</c> as <see cref="RequestSummary"/> wants them.</summary>
internal static class RequestRows
{
    /// <summary>Append a condition on <c>r</c>, or on <c>o</c>, the place in the queue (null when nobody waits for a worker any more).</summary>
    public const string Select = """
        SELECT r.id, r.buildset_id, r.builder_id, of.name AS builder_name, coalesce(o.priority, r.priority) AS priority, r.submitted_at, s.reason, r.waited_for,
            r.claimed_at, r.claimed_by AS claimed_by_master_id, r.completed_at, r.results, stamp.branch, stamp.revision, o.wait_kind, o.wait_text, o.wait_since, o.blocker_kind, o.blocker_id, o.wait_until
        FROM requests r
        JOIN builders of ON of.id = r.builder_id
        JOIN buildsets s ON s.id = r.buildset_id
        LEFT JOIN open_requests o ON o.request_id = r.id
        LEFT JOIN LATERAL (
            SELECT t.branch, t.revision
            FROM buildset_sourcestamps k
            JOIN sourcestamps t ON t.id = k.sourcestamp_id
            WHERE k.buildset_id = r.buildset_id
            ORDER BY k.sourcestamp_id
            LIMIT 1) AS stamp ON true
        """;

    /// <summary>The order in which waiting requests are considered.</summary>
    public const string Order = "o.priority DESC, o.submitted_at, o.request_id";
}

/// <summary>One row of <see cref="RequestRows.Select"/>.</summary>
internal sealed record RequestRow
{
    public long Id { get; init; }
    public long BuildsetId { get; init; }
    public long BuilderId { get; init; }
    public string BuilderName { get; init; } = "";
    public int Priority { get; init; }
    public DateTimeOffset SubmittedAt { get; init; }
    public string Reason { get; init; } = "";
    public bool WaitedFor { get; init; }
    public DateTimeOffset? ClaimedAt { get; init; }
    public long? ClaimedByMasterId { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public BuildResult? Results { get; init; }
    public string? Branch { get; init; }
    public string? Revision { get; init; }
    public WaitKind? WaitKind { get; init; }
    public string? WaitText { get; init; }
    public DateTimeOffset? WaitSince { get; init; }
    public string? BlockerKind { get; init; }
    public long? BlockerId { get; init; }
    public DateTimeOffset? WaitUntil { get; init; }

    public RequestSummary ToSummary(IEnumerable<BuildSummary> builds) => new()
    {
        Id = Id,
        BuildsetId = BuildsetId,
        BuilderId = BuilderId,
        BuilderName = BuilderName,
        Priority = Priority,
        SubmittedAt = SubmittedAt,
        Reason = Reason,
        WaitedFor = WaitedFor,
        ClaimedAt = ClaimedAt,
        ClaimedByMasterId = ClaimedByMasterId,
        CompletedAt = CompletedAt,
        Results = Results,
        Branch = Branch,
        Revision = Revision,
        Waiting = WaitKind is { } kind && WaitText is not null && WaitSince is { } since ? new(kind, WaitText, since) { Blocker = BlockerKind is null || BlockerId is null ? null : new(BlockerKind, BlockerId.Value), Until = WaitUntil } : null,
        Builds = [.. builds],
    };

    public RequestSummary ToSummary() => ToSummary([]);
}
