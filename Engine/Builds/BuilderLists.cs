using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Pauses;
using Weir.Shared.Workers;

namespace Weir.Engine.Builds;

/// <summary>Lists builders for scripts: their heads without any build but the number and result of the last.</summary>
internal sealed class BuilderLists(Database database) : IBuilderLists
{
    /// <summary>The id of the builder that <c>@given</c> names by number, else by name.</summary>
    public const string Given = "(SELECT x.id FROM builders x WHERE x.id::text = @given OR x.name = @given ORDER BY x.id::text = @given DESC LIMIT 1)";

    private const string Sql = $$"""
        SELECT of.id, of.name, of.description, of.project, p.id AS project_id, of.tags, of.retired_at, of.worker_names, of.worker_tags,
            coalesce(q.waiting, 0) AS waiting, q.first_reason AS first_wait_reason, coalesce(r.running, 0) AS running, l.number AS last_build, l.results AS last_result, {{PausesOfBuilders.Columns}}
        FROM builders of
        {{PausesOfBuilders.Join}}
        LEFT JOIN projects p ON p.name = of.project
        LEFT JOIN (
            SELECT o.builder_id, count(*)::integer AS waiting, (array_agg({{RequestRows.WaitText}} ORDER BY o.priority DESC, o.submitted_at, o.request_id))[1] AS first_reason
            FROM open_requests o LEFT JOIN builder_waits x ON x.builder_id = o.builder_id GROUP BY o.builder_id) q ON q.builder_id = of.id
        LEFT JOIN (SELECT b.builder_id, count(*)::integer AS running FROM builds b WHERE b.completed_at IS NULL GROUP BY b.builder_id) r ON r.builder_id = of.id
        LEFT JOIN LATERAL (
            SELECT b.number, b.results FROM builds b WHERE b.builder_id = of.id AND b.completed_at IS NOT NULL ORDER BY b.completed_at DESC LIMIT 1) l ON true
        WHERE {0}
        ORDER BY of.retired_at IS NOT NULL, of.position, of.name;

        SELECT w.id, w.name, w.tags, {{WorkerRows.State}} AS state
        FROM workers w
        LEFT JOIN worker_sessions k ON k.worker_id = w.id
        WHERE w.configured AND w.retired_at IS NULL
        ORDER BY w.id;

        SELECT m.id, {{MasterRows.OnlyBuilders}} AS only_builders, {{MasterRows.OnlyTags}} AS only_tags FROM masters m WHERE 'engine' = ANY(m.roles) AND m.state IN ('Active', 'Draining') ORDER BY m.id;
        """;

    public Task<IReadOnlyList<ListedBuilder>> Builders(CancellationToken cancellation) => Read("true", null, cancellation);

    public async Task<ListedBuilder?> Find(string given, CancellationToken cancellation) => await Read("of.id = " + Given, given, cancellation) is [var builder] ? builder : null;

    public Task<long?> IdOf(string given, CancellationToken cancellation) => database.QuerySingle<long?>("SELECT " + Given, new { given }, cancellation);

    public Task<IReadOnlyList<ProjectRecord>> Projects(CancellationToken cancellation) =>
        database.Query<ProjectRecord>("SELECT id, name, title, description, url, retired_at IS NULL AS active FROM projects ORDER BY name", null, cancellation);

    public Task<IReadOnlyList<CodebaseRecord>> Codebases(CancellationToken cancellation) => database.Query<CodebaseRecord>("""
        SELECT c.id, c.name, c.repository, c.branch, c.project, p.id AS project_id FROM codebases c LEFT JOIN projects p ON p.name = c.project WHERE c.retired_at IS NULL ORDER BY c.name
        """, null, cancellation);

    private Task<IReadOnlyList<ListedBuilder>> Read(string condition, string? given, CancellationToken cancellation) => database.Snapshot(
        snapshot => snapshot.Batch(Sql.Replace("{0}", condition, StringComparison.Ordinal), new { given }, async results =>
        {
            var builders = await results.List<Row>();
            var workers = await results.List<WorkerRow>();
            var masters = await results.List<LiveEngine>();
            // Many builders use the same selector: each is matched against the workers once.
            var matching = new Dictionary<(string, string), IReadOnlyList<WorkerRow>>();
            return (IReadOnlyList<ListedBuilder>)[.. builders.Select(b => b.ToRecord(Matching(b), masters))];

            IReadOnlyList<WorkerRow> Matching(Row builder)
            {
                var key = (string.Join('\n', builder.WorkerNames), string.Join('\n', builder.WorkerTags));
                if (!matching.TryGetValue(key, out var fit))
                {
                    var selector = new WorkerSelector { Names = builder.WorkerNames, Tags = builder.WorkerTags };
                    matching[key] = fit = [.. workers.Where(w => WorkerMatching.Matches(selector, w.Name, w.Tags))];
                }
                return fit;
            }
        }), cancellation);

    private sealed record WorkerRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
        public WorkerState State { get; init; }
    }

    private sealed record Row
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string? Description { get; init; }
        public string? Project { get; init; }
        public long? ProjectId { get; init; }
        public string[] Tags { get; init; } = [];
        public DateTimeOffset? RetiredAt { get; init; }
        public string[] WorkerNames { get; init; } = [];
        public string[] WorkerTags { get; init; } = [];
        public int Waiting { get; init; }
        public string? FirstWaitReason { get; init; }
        public int Running { get; init; }
        public int? LastBuild { get; init; }
        public BuildResult? LastResult { get; init; }
        public string? PausedBy { get; init; }
        public string? PauseReason { get; init; }
        public DateTimeOffset? PausedUntil { get; init; }
        public PauseKind? PauseKind { get; init; }

        public ListedBuilder ToRecord(IReadOnlyList<WorkerRow> workers, IReadOnlyList<LiveEngine> masters) => new()
        {
            Id = Id,
            Name = Name,
            Description = Description,
            Project = Project,
            ProjectId = ProjectId,
            Tags = Tags,
            RetiredAt = RetiredAt,
            Waiting = Waiting,
            FirstWaitReason = FirstWaitReason,
            Running = Running,
            LastBuild = LastBuild,
            LastResult = LastResult,
            Pause = PausesOfBuilders.Note(PauseKind, PausedBy, PauseReason, PausedUntil),
            Workers = Counts(workers),
            WorkerIds = RetiredAt is null ? [.. workers.Select(w => w.Id)] : [],
            MasterIds = RetiredAt is null ? [.. masters.Where(m => m.Limits.Allow(Name, Tags)).Select(m => m.Id)] : [],
        };

        private static WorkerCounts Counts(IReadOnlyList<WorkerRow> workers)
        {
            int Count(WorkerState state) => workers.Count(w => w.State == state);
            return new(Count(WorkerState.Available), Count(WorkerState.Away) + Count(WorkerState.Stopping), Count(WorkerState.Paused), Count(WorkerState.Missing));
        }
    }
}
