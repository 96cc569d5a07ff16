using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Pauses;
using Weir.Shared.Workers;

namespace Weir.Engine.Builds;

/// <summary>Reads the heads of builders: what lists, columns and single builders show of them. A fixed number of statements for any number of builders.</summary>
internal static class BuilderRows
{
    /// <summary>So many builds make a strip.</summary>
    public const int Strip = 30;

    /// <summary>Builders that are not retired.</summary>
    public const string InUse = "retired_at IS NULL";

    /// <summary>The workers that builders may count on.</summary>
    public const string WorkersSql = $"""
        SELECT w.name, w.tags, {WorkerRows.State} AS state
        FROM workers w
        LEFT JOIN worker_sessions k ON k.worker_id = w.id
        WHERE w.configured AND w.retired_at IS NULL;
        """;

    // A builder is chosen by a condition on the bare columns of "builders"; {0} stands for it.
    private const string Sql = $$"""
        SELECT of.id, of.name, of.project, of.description, of.tags, of.retired_at, of.worker_names, of.worker_tags, CASE WHEN @usual THEN {{BuildRows.UsualDuration}} END AS usual_duration, {{PausesOfBuilders.Columns}}
        FROM builders of
        {{PausesOfBuilders.Join}}
        WHERE {0}
        ORDER BY of.retired_at IS NOT NULL, of.position, of.name;

        {{BuildRows.Select}}
        WHERE b.id = ANY(ARRAY(
            SELECT l.id
            FROM builders x
            CROSS JOIN LATERAL (SELECT p.id FROM builds p WHERE p.builder_id = x.id AND p.completed_at IS NOT NULL ORDER BY p.completed_at DESC, p.id DESC LIMIT CASE WHEN x.retired_at IS NULL THEN @strip ELSE 1 END) AS l
            WHERE x.id IN (SELECT id FROM builders WHERE {0})));

        {{BuildRows.Select}}
        WHERE b.completed_at IS NULL AND b.builder_id IN (SELECT id FROM builders WHERE {0})
        ORDER BY b.id;

        SELECT o.builder_id, count(*)::integer AS waiting, (array_agg({{RequestRows.WaitText}} ORDER BY o.priority DESC, o.submitted_at, o.request_id))[1] AS first_reason
        FROM open_requests o
        LEFT JOIN builder_waits x ON x.builder_id = o.builder_id
        WHERE o.builder_id IN (SELECT id FROM builders WHERE {0})
        GROUP BY o.builder_id;

        {{WorkersSql}}
        """;

    /// <summary>The builders for which <paramref name="condition"/> holds, in the order of the configuration, retired ones last.</summary>
    public static Task<IReadOnlyList<BuilderSummary>> Read(StoreSnapshot snapshot, string condition, BuilderChoice choice, bool withStrip) =>
        snapshot.Batch(Sql.Replace("{0}", condition, StringComparison.Ordinal), choice with { Strip = withStrip ? Strip : 1 }, async results =>
        {
            var builders = await results.List<BuilderRow>();
            // Sorted here: fifteen thousand rows of strips would not fit into the memory that the store takes for sorting.
            var finished = (await results.List<BuildSummary>()).OrderByDescending(b => b.CompletedAt).ThenByDescending(b => b.Id).ToLookup(b => b.BuilderId);
            var running = (await results.List<BuildSummary>()).ToLookup(b => b.BuilderId);
            var waiting = (await results.List<WaitingRow>()).ToDictionary(w => w.BuilderId);
            var workers = new WorkerCounting(await results.List<WorkerRow>());
            return (IReadOnlyList<BuilderSummary>)[.. builders.Select(b => new BuilderSummary
            {
                Id = b.Id,
                Name = b.Name,
                Project = b.Project,
                Description = b.Description,
                Tags = b.Tags,
                RetiredAt = b.RetiredAt,
                Last = finished[b.Id].FirstOrDefault(),
                Running = [.. running[b.Id]],
                Waiting = waiting.GetValueOrDefault(b.Id)?.Waiting ?? 0,
                FirstWaitReason = waiting.GetValueOrDefault(b.Id)?.FirstReason,
                Workers = workers.Count(b.WorkerNames, b.WorkerTags),
                Recent = withStrip ? [.. finished[b.Id]] : [],
                UsualDuration = b.UsualDuration,
                Pause = PausesOfBuilders.Note(b.PauseKind, b.PausedBy, b.PauseReason, b.PausedUntil),
            })];
        });

    private sealed record BuilderRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string? Project { get; init; }
        public string? Description { get; init; }
        public string[] Tags { get; init; } = [];
        public DateTimeOffset? RetiredAt { get; init; }
        public string[] WorkerNames { get; init; } = [];
        public string[] WorkerTags { get; init; } = [];
        public TimeSpan? UsualDuration { get; init; }
        public PauseKind? PauseKind { get; init; }
        public string? PausedBy { get; init; }
        public string? PauseReason { get; init; }
        public DateTimeOffset? PausedUntil { get; init; }
    }

    private sealed record WaitingRow
    {
        public long BuilderId { get; init; }
        public int Waiting { get; init; }
        public string? FirstReason { get; init; }
    }

    internal sealed record WorkerRow
    {
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
        public WorkerState State { get; init; }
    }

    // Many builders use the same selector: each is matched against the workers once.
    internal sealed class WorkerCounting(IReadOnlyList<WorkerRow> workers)
    {
        private readonly Dictionary<(string Names, string Tags), WorkerCounts> counted = [];

        public WorkerCounts Count(string[] names, string[] tags)
        {
            var key = (string.Join('\n', names), string.Join('\n', tags));
            if (!counted.TryGetValue(key, out var counts))
            {
                var selector = new WorkerSelector { Names = names, Tags = tags };
                var states = workers.Where(w => WorkerMatching.Matches(selector, w.Name, w.Tags)).CountBy(w => w.State).ToDictionary();
                counts = counted[key] = new(
                    states.GetValueOrDefault(WorkerState.Available), states.GetValueOrDefault(WorkerState.Away) + states.GetValueOrDefault(WorkerState.Stopping), states.GetValueOrDefault(WorkerState.Paused), states.GetValueOrDefault(WorkerState.Missing));
            }
            return counts;
        }
    }
}

/// <summary>The parameters of a condition on builders.</summary>
internal sealed record BuilderChoice
{
    public long? Id { get; init; }
    public string? Name { get; init; }
    public string[] Names { get; init; } = [];
    public long[] Ids { get; init; } = [];
    public string? Project { get; init; }
    public string? Tag { get; init; }
    public long[] Builds { get; init; } = [];
    public int Strip { get; init; } = 1;

    /// <summary>With usual durations: a look back for each builder.</summary>
    public bool Usual { get; init; } = true;
}
