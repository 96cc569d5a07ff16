namespace Weir.Engine.Workers;

/// <summary>Rows of <c>builds</c> as <see cref="Weir.Shared.Builds.BuildSummary"/> wants them. Here, because of those who show builds the workers stand furthest to the left.</summary>
internal static class BuildRows
{
    /// <summary>
    /// The builder <c>of.id</c>'s usual duration: the median of its last twenty good builds. Looks back a hundred builds, so that a builder that has been red for a year costs no more.
    /// </summary>
    public const string UsualDuration = """
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY good.duration)
         FROM (SELECT recent.completed_at - recent.started_at AS duration
               FROM (SELECT p.started_at, p.completed_at, p.results FROM builds p WHERE p.builder_id = of.id AND p.completed_at IS NOT NULL ORDER BY p.completed_at DESC LIMIT 100) AS recent
               WHERE recent.results IN (0, 1)
               LIMIT 20) AS good)
        """;

    /// <summary>Append a condition on <c>b</c>. Whether a build will end is asked for open ones only.</summary>
    public const string Select = $"""
        SELECT b.id, b.builder_id, of.name AS builder_name, of.project, b.number, b.request_id, b.buildset_id, b.worker_id, w.name AS worker_name, b.master_id, m.name AS master_name,
            r.submitted_at, b.started_at, b.completed_at, b.results, b.state_text, s.reason, b.branch, b.revision, b.config_revision_id AS config_revision, b.attempt, b.locks_seconds,
            stop.requested_at AS stop_requested_at, stop.requested_by AS stop_requested_by,
            CASE WHEN b.completed_at IS NULL THEN b.started_at + {UsualDuration} END AS expected_end_at
        FROM builds b
        JOIN builders of ON of.id = b.builder_id
        JOIN requests r ON r.id = b.request_id
        JOIN buildsets s ON s.id = b.buildset_id
        LEFT JOIN workers w ON w.id = b.worker_id
        LEFT JOIN masters m ON m.id = b.master_id
        LEFT JOIN build_stops stop ON stop.build_id = b.id
        """;
}
