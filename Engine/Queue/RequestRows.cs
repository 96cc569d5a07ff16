using Weir.Shared.Builds;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Rows of <c>requests</c> as <see cref="RequestSummary"/> wants them.</summary>
internal static class RequestRows
{
    /// <summary>Of <c>o</c> and <c>builder_waits x</c>: it waits for something of its own, and not for what its builder's requests wait for.</summary>
    public const string IsOwn = "(x.builder_id IS NULL OR o.wait_kind = 'SetAside' OR (o.wait_kind = 'NotBefore' AND o.not_before > (SELECT weir_now())))";

    /// <summary>Why it waits, in one sentence.</summary>
    public const string WaitText = $"CASE WHEN {IsOwn} THEN o.wait_text ELSE x.text END";
    public const string WaitKind = $"CASE WHEN {IsOwn} THEN o.wait_kind ELSE x.kind END";
    public const string WaitSince = $"CASE WHEN {IsOwn} THEN o.wait_since ELSE greatest(x.since, o.submitted_at) END";

    private const string WaitColumns = $"""
        {WaitKind} AS wait_kind, {WaitText} AS wait_text, {WaitSince} AS wait_since, CASE WHEN {IsOwn} THEN NULL ELSE x.blocker_kind END AS blocker_kind,
            CASE WHEN {IsOwn} THEN NULL ELSE x.blocker_id END AS blocker_id, CASE WHEN {IsOwn} THEN o.not_before ELSE x.until END AS wait_until
        """;

    /// <summary>Append a condition on <c>r</c>, or on <c>o</c>, the place in the queue (null when nobody waits for a worker any more).</summary>
    public const string Select = $"""
        SELECT r.id, r.buildset_id, r.builder_id, of.name AS builder_name, coalesce(o.priority, r.priority) AS priority, r.submitted_at, s.reason, r.waited_for,
            r.claimed_at, r.claimed_by AS claimed_by_master_id, r.completed_at, r.results, r.superseded_by, (SELECT count(*)::integer FROM requests v WHERE v.superseded_by = r.id AND v.results = 6) AS supersedes, stamp.branch, stamp.revision, {WaitColumns}
        FROM requests r
        JOIN builders of ON of.id = r.builder_id
        JOIN buildsets s ON s.id = r.buildset_id
        LEFT JOIN open_requests o ON o.request_id = r.id
        LEFT JOIN builder_waits x ON x.builder_id = o.builder_id
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
    public long? SupersededBy { get; init; }
    public int Supersedes { get; init; }
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
        SupersededBy = Results == BuildResult.Cancelled ? SupersededBy : null,
        Supersedes = Supersedes,
        Branch = Branch,
        Revision = Revision,
        Waiting = WaitKind is { } kind && WaitText is not null && WaitSince is { } since ? new(kind, WaitText, since) { Blocker = BlockerKind is null || BlockerId is null ? null : new(BlockerKind, BlockerId.Value), Until = WaitUntil } : null,
        Builds = [.. builds],
    };

    public RequestSummary ToSummary() => ToSummary([]);
}
