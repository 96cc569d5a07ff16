using Weir.Engine.Masters;
using Weir.Engine.Pauses;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>What the first page shows besides the builders: what ended lately, how long the queue is, what needs an admin.</summary>
internal static class HomeRows
{
    private const string Sql = $"""
        {BuildRows.Select}
        WHERE b.id = ANY(ARRAY(SELECT p.id FROM builds p WHERE p.completed_at IS NOT NULL ORDER BY p.completed_at DESC, p.id DESC LIMIT 20))
        ORDER BY b.completed_at DESC, b.id DESC;

        {BuildRows.Select}
        WHERE b.completed_at IS NULL AND of.retired_at IS NOT NULL
        ORDER BY b.id;

        {BuildRows.Select}
        WHERE b.id = greatest((SELECT max(p.id) FROM builds p WHERE p.results = 2), (SELECT max(p.id) FROM builds p WHERE p.results = 4));

        SELECT count(*)::integer AS waiting, min(o.submitted_at) AS oldest_waiting_since,
            (SELECT r.model->>'Title' FROM config_in_force f JOIN config_revisions r ON r.id = f.revision_id) AS title
        FROM open_requests o;

        SELECT 'configuration' AS kind, r.id::text AS subject, r.author || ' tried to apply a configuration that was refused; the one before it stays in force.' AS text, r.created_at AS since
        FROM config_revisions r
        WHERE r.id = (SELECT max(id) FROM config_revisions) AND r.state = 'Refused' AND r.id > coalesce((SELECT revision_id FROM config_in_force), 0);

        SELECT 'master' AS kind, m.name AS subject, m.name || ' has fallen silent.' AS text, m.heartbeat_at AS since
        FROM masters m
        WHERE {MasterRows.State} = 'Dead'
        ORDER BY m.name;

        SELECT 'worker' AS kind, w.name AS subject,
            CASE {WorkerRows.State}
                WHEN 'Missing' THEN w.name || CASE WHEN k.worker_id IS NULL THEN ' has never connected.' ELSE ' is missing.' END
                ELSE w.name || CASE WHEN w.paused_at IS NOT NULL THEN ' is paused by ' || coalesce(w.paused_by, 'somebody') || coalesce(': ' || nullif(w.pause_reason, ''), '.')
                    ELSE ' is in quarantine' || coalesce(': ' || nullif(w.quarantine_reason, ''), '.') END END AS text,
            CASE {WorkerRows.State} WHEN 'Missing' THEN k.heartbeat_at ELSE coalesce(w.paused_at, w.quarantined_at) END AS since
        FROM workers w
        LEFT JOIN worker_sessions k ON k.worker_id = w.id
        WHERE w.configured AND w.retired_at IS NULL AND ({WorkerRows.State} = 'Paused' OR ({WorkerRows.State} = 'Missing' AND {WorkerRows.Open}))
        ORDER BY w.name;

        SELECT 'pause' AS kind, p.subject, CASE p.kind WHEN 'Everything' THEN 'Everything' ELSE p.kind || ' ' || p.subject END || ' is paused by ' || p.by_name || coalesce(': ' || nullif(p.reason, ''), '.') AS text, p.since
        FROM pauses p
        WHERE {PauseRows.Holds} AND p.kind <> 'Worker'
        ORDER BY p.id;

        SELECT 'source' AS kind, s.name AS subject, s.name || ' could not look for changes: ' || s.last_error AS text, s.last_poll_at AS since
        FROM change_sources s
        WHERE s.last_error IS NOT NULL AND s.retired_at IS NULL
        ORDER BY s.name;
        """;

    public static Task<Now> Read(StoreSnapshot snapshot) => snapshot.Batch(Sql, null, async results =>
    {
        var recent = await results.List<BuildSummary>();
        var ofRetired = await results.List<BuildSummary>();
        var lastFailure = await results.First<BuildSummary>();
        var now = await results.First<Now>() ?? new();
        var attention = new List<Attention>();
        for (var kinds = 0; kinds < 5; kinds++)
            attention.AddRange((await results.List<AttentionRow>()).Select(a => new Attention(a.Kind, a.Subject, a.Text, a.Since)));
        return now with { Recent = recent, RunningOfRetired = ofRetired, LastFailure = lastFailure, Attention = attention };
    });

    /// <summary>The state of affairs.</summary>
    public sealed record Now
    {
        public int Waiting { get; init; }
        public DateTimeOffset? OldestWaitingSince { get; init; }
        public string? Title { get; init; }
        public IReadOnlyList<BuildSummary> Recent { get; init; } = [];

        /// <summary>Open builds of builders that have gone from the configuration: they run to their end.</summary>
        public IReadOnlyList<BuildSummary> RunningOfRetired { get; init; } = [];
        public BuildSummary? LastFailure { get; init; }
        public IReadOnlyList<Attention> Attention { get; init; } = [];
    }

    private sealed record AttentionRow
    {
        public string Kind { get; init; } = "";
        public string Subject { get; init; } = "";
        public string Text { get; init; } = "";
        public DateTimeOffset? Since { get; init; }
    }
}
