using Weir.Engine.Changes;
using Weir.Engine.Logs;
using Weir.Engine.Steps;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Logs;
using Weir.Shared.Steps;

namespace Weir.Engine.Builds;

/// <summary>Everything of one build's page, in one batch.</summary>
internal static class BuildDetailRows
{
    private const int MostChanges = 1000;
    private const int MostAttempts = 100;
    private const int MostLookedBack = 200;

    private const string Sql = $"""
        {BuildRows.Select} WHERE b.id = @id;

        SELECT (SELECT epoch FROM build_owners WHERE build_id = @id) AS epoch, (SELECT reason FROM build_stops WHERE build_id = @id) AS stop_reason,
            (SELECT max(p.number) FROM builds p WHERE p.builder_id = b.builder_id AND p.number < b.number) AS previous_number,
            (SELECT min(p.number) FROM builds p WHERE p.builder_id = b.builder_id AND p.number > b.number) AS next_number,
            (SELECT recent.number
             FROM (SELECT p.number, p.results FROM builds p WHERE p.builder_id = b.builder_id AND p.completed_at <= b.started_at ORDER BY p.completed_at DESC, p.id DESC LIMIT @MostLookedBack) AS recent
             WHERE recent.results IN (0, 1)
             LIMIT 1) AS last_good_number,
            (SELECT by.name FROM buildsets s JOIN builds p ON p.id = s.parent_build_id JOIN builders by ON by.id = p.builder_id WHERE s.id = b.buildset_id) AS parent_builder,
            (SELECT p.number FROM buildsets s JOIN builds p ON p.id = s.parent_build_id WHERE s.id = b.buildset_id) AS parent_number,
            CASE WHEN b.results = 6 THEN (SELECT r.superseded_by FROM requests r WHERE r.id = b.request_id) END AS superseded_by,
            (SELECT count(*)::integer FROM requests v WHERE v.superseded_by = b.request_id AND v.results = 6) AS supersedes,
            f.revision_id AS revision_in_force,
            (SELECT count(*)::integer FROM config_differences d
             WHERE d.section = 'builder' AND d.name = ANY (ARRAY(SELECT of.name UNION SELECT n.name FROM former_names n WHERE n.section = 'builders' AND n.thing_id = of.id))
                 AND d.name = weir_called('builders', of.id, d.revision_id) AND d.revision_id > b.config_revision_id AND d.revision_id <= f.revision_id) AS builder_changes_since
        FROM builds b
        JOIN builders of ON of.id = b.builder_id
        LEFT JOIN config_in_force f ON true
        WHERE b.id = @id;

        {StepRows.Select} WHERE p.build_id = @id ORDER BY p.number;

        {LogRows.Select} WHERE l.build_id = @id ORDER BY l.id;

        {StepRows.SelectTriggered};

        SELECT (planned.place - 1)::integer AS number, planned.step->>'Name' AS name, planned.step->>'kind' AS kind
        FROM build_plans f
        CROSS JOIN jsonb_array_elements(f.plan->'Builder'->'Steps') WITH ORDINALITY AS planned (step, place)
        WHERE f.build_id = @id
        ORDER BY planned.place;

        SELECT name, value::text AS value, source FROM build_properties WHERE build_id = @id ORDER BY name;

        {ChangeRows.Select}
        WHERE c.id = ANY(ARRAY(SELECT k.change_id FROM builds b CROSS JOIN LATERAL weir_changes_of(b.request_id) AS k (change_id) WHERE b.id = @id ORDER BY k.change_id DESC LIMIT @MostChanges))
        ORDER BY c.id;

        {ChangeRows.SelectStamps} JOIN buildset_sourcestamps k ON k.sourcestamp_id = t.id JOIN builds b ON b.buildset_id = k.buildset_id WHERE b.id = @id ORDER BY t.id;

        {BuildRows.Select} WHERE b.id = ANY(ARRAY(
            SELECT o.id FROM builds o JOIN builds self ON self.request_id = o.request_id WHERE self.id = @id ORDER BY o.id DESC LIMIT @MostAttempts))
        ORDER BY b.id;
        """;

    public static Task<BuildDetail?> Read(StoreSnapshot snapshot, long id) => snapshot.Batch(Sql, new { id, MostChanges, MostAttempts, MostLookedBack }, async results =>
    {
        var build = await results.First<BuildSummary>();
        if (build is null)
            return null;
        var more = await results.First<MoreRow>();
        var steps = await results.List<StepRecord>();
        var logs = await results.List<LogRecord>();
        var triggered = await results.List<TriggeredBuild>();
        var planned = await results.List<PlannedRow>();
        var properties = await results.List<PropertyRecord>();
        var changes = await results.List<ChangeRow>();
        var stamps = await results.List<SourceStampRecord>();
        return new BuildDetail
        {
            Build = build,
            Steps = WithPlanned(build, steps.With(logs, triggered), planned),
            Properties = properties,
            Changes = [.. changes.Select(c => c.ToRecord())],
            SourceStamps = stamps,
            Attempts = await results.List<BuildSummary>(),
            StopReason = more?.StopReason,
            Epoch = more?.Epoch ?? 0,
            PreviousNumber = more?.PreviousNumber,
            NextNumber = more?.NextNumber,
            LastGoodNumber = more?.LastGoodNumber,
            Parent = more is { ParentBuilder: { } parent, ParentNumber: { } number } ? new(parent, number) : null,
            SupersededBy = more?.SupersededBy,
            Supersedes = more?.Supersedes ?? 0,
            RevisionInForce = more?.RevisionInForce,
            BuilderChangesSince = more?.BuilderChangesSince ?? 0,
        };
    });

    private static IReadOnlyList<StepRecord> WithPlanned(BuildSummary build, IReadOnlyList<StepRecord> begun, IReadOnlyList<PlannedRow> planned)
    {
        var numbers = begun.Select(s => s.Number).ToHashSet();
        var missing = planned.Where(p => !numbers.Contains(p.Number)).Select(p => new StepRecord
        {
            Id = 0,
            BuildId = build.Id,
            Number = p.Number,
            Name = p.Name,
            Kind = p.Kind,
            StateText = build.Complete ? "did not run" : "not yet",
        });
        return [.. begun.Concat(missing).OrderBy(s => s.Number)];
    }

    private sealed record MoreRow
    {
        public long? Epoch { get; init; }
        public string? StopReason { get; init; }
        public int? PreviousNumber { get; init; }
        public int? NextNumber { get; init; }
        public int? LastGoodNumber { get; init; }
        public string? ParentBuilder { get; init; }
        public int? ParentNumber { get; init; }
        public long? SupersededBy { get; init; }
        public int? Supersedes { get; init; }
        public long? RevisionInForce { get; init; }
        public int? BuilderChangesSince { get; init; }
    }

    private sealed record PlannedRow
    {
        public int Number { get; init; }
        public string Name { get; init; } = "";
        public string Kind { get; init; } = "";
    }
}
