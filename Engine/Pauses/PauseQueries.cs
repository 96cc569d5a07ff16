using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Pauses;

namespace Weir.Engine.Pauses;

/// <summary>Reads pauses, and what one would do.</summary>
internal sealed class PauseQueries(Database database) : IPauseQueries
{
    private const string Select = "SELECT p.id, p.kind, p.subject, p.by_name AS by, p.reason, p.since, p.until, p.ended_at, p.ended_by FROM pauses p";

    // As many as a page can offer.
    private const int MostSubjects = 20_000;

    private sealed record BuilderRow
    {
        private WorkerSelector? selector;

        public string Name { get; init; } = "";
        public string? Project { get; init; }
        public string[] WorkerNames { get; init; } = [];
        public string[] WorkerTags { get; init; } = [];
        public int Waiting { get; init; }
        public int Running { get; init; }
        public WorkerSelector Selector => selector ??= new() { Names = WorkerNames, Tags = WorkerTags };
    }

    private sealed record OnWorkers(string Name, int Running);

    private sealed record WorkerRow
    {
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
    }

    public Task<IReadOnlyList<PauseRecord>> InForce(CancellationToken cancellation) => database.Query<PauseRecord>($"{Select} WHERE {PauseRows.Holds} ORDER BY p.id", null, cancellation);

    public Task<IReadOnlyList<PauseRecord>> Ended(int limit, CancellationToken cancellation) =>
        database.Query<PauseRecord>($"{Select} WHERE p.ended_at IS NOT NULL ORDER BY p.ended_at DESC, p.id DESC LIMIT @limit", new { limit = Math.Clamp(limit, 1, 1000) }, cancellation);

    public Task<PauseRecord?> Find(long id, CancellationToken cancellation) => database.QuerySingle<PauseRecord>($"{Select} WHERE p.id = @id", new { id }, cancellation);

    public async Task<IReadOnlyList<PauseSubject>> Subjects(CancellationToken cancellation) =>
    [
        .. (await database.Query<(string Kind, string Name)>("""
            SELECT 'Worker', name FROM workers WHERE retired_at IS NULL
            UNION ALL SELECT 'Builder', name FROM builders WHERE retired_at IS NULL
            UNION ALL SELECT 'Scheduler', name FROM schedulers WHERE retired_at IS NULL
            UNION ALL SELECT 'Project', name FROM projects WHERE retired_at IS NULL
            ORDER BY 1, 2 LIMIT @MostSubjects
            """, new { MostSubjects }, cancellation)).Select(s => new PauseSubject(Enum.Parse<PauseKind>(s.Kind), s.Name)),
    ];

    public Task<PausePreview> Preview(IReadOnlyList<PauseSubject> subjects, CancellationToken cancellation)
    {
        var of = subjects.ToLookup(s => s.Kind, s => s.Name);
        var paused = of[PauseKind.Worker].ToHashSet();
        return database.Snapshot(snapshot => snapshot.Batch("""
            SELECT b.name, b.project, b.worker_names, b.worker_tags, (SELECT count(*)::int FROM open_requests o WHERE o.builder_id = b.id) AS waiting,
                (SELECT count(*)::int FROM build_owners o JOIN builds r ON r.id = o.build_id WHERE r.builder_id = b.id) AS running
            FROM builders b WHERE b.retired_at IS NULL ORDER BY b.position, b.name;
            SELECT w.name, w.tags FROM workers w WHERE w.configured AND w.retired_at IS NULL;
            SELECT b.name, count(*)::int AS running FROM build_owners o JOIN builds r ON r.id = o.build_id JOIN builders b ON b.id = r.builder_id JOIN workers w ON w.id = o.worker_id WHERE w.name = ANY(@workers) GROUP BY b.name
            """, new { workers = paused.ToArray() }, async results =>
        {
            var builders = await results.List<BuilderRow>();
            var workers = await results.List<WorkerRow>();
            var onWorkers = await results.List<OnWorkers>();
            var kept = builders.Where(b => of.Contains(PauseKind.Everything) || of[PauseKind.Builder].Contains(b.Name) || (b.Project is { } project && of[PauseKind.Project].Contains(project)) || IsLeftAlone(b, workers, paused)).ToList();
            return new PausePreview([.. kept.Select(b => b.Name)], kept.Sum(b => b.Waiting), kept.Sum(b => b.Running) + onWorkers.Where(o => kept.TrueForAll(b => b.Name != o.Name)).Sum(o => o.Running), [.. of[PauseKind.Scheduler].Order(StringComparer.Ordinal)]);
        }), cancellation);
    }

    // It has workers, and all of them are among those.
    private static bool IsLeftAlone(BuilderRow builder, IReadOnlyList<WorkerRow> workers, HashSet<string> paused) =>
        paused.Count > 0 && workers.Where(w => WorkerMatching.Matches(builder.Selector, w.Name, w.Tags)).ToArray() is { Length: > 0 } able && able.All(w => paused.Contains(w.Name));
}
