using Weir.Engine.Storage;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Reads the overview of builders: the heads of all, so that any filter, count and order is possible, and the rest of those that are shown only.</summary>
internal static class OverviewRows
{
    private const int Most = 200;

    // {0}: what the wanted order needs beside.
    private const string Heads = $$"""
        SELECT of.id, of.name, of.project, of.tags, of.retired_at, of.worker_names, of.worker_tags, last.results AS last_result, last.completed_at AS last_at,
            coalesce(open.running, 0) AS running, coalesce(queue.waiting, 0) AS waiting, {0} AS rank
        FROM builders of
        LEFT JOIN LATERAL (
            SELECT p.results, p.completed_at FROM builds p WHERE p.builder_id = of.id AND p.completed_at IS NOT NULL ORDER BY p.completed_at DESC, p.id DESC LIMIT 1) AS last ON true
        LEFT JOIN (SELECT b.builder_id, count(*)::integer AS running FROM builds b WHERE b.completed_at IS NULL GROUP BY b.builder_id) AS open ON open.builder_id = of.id
        LEFT JOIN (SELECT o.builder_id, count(*)::integer AS waiting FROM open_requests o GROUP BY o.builder_id) AS queue ON queue.builder_id = of.id
        WHERE of.retired_at IS NULL OR @retired
        ORDER BY of.project NULLS FIRST, of.position, of.name;

        SELECT count(*)::integer FROM builders WHERE retired_at IS NOT NULL;

        {{BuilderRows.WorkersSql}}
        """;

    private const string RecentBuilds =
        "(SELECT p.started_at, p.completed_at, p.results FROM builds p WHERE p.builder_id = of.id AND p.completed_at IS NOT NULL ORDER BY p.completed_at DESC, p.id DESC LIMIT 30) AS recent";

    private const string Marks = """
        SELECT x.id AS builder_id, p.number, p.started_at, p.completed_at, p.results
        FROM unnest(@ids) AS x (id)
        CROSS JOIN LATERAL (
            SELECT m.number, m.started_at, m.completed_at, m.results FROM builds m WHERE m.builder_id = x.id AND m.completed_at IS NOT NULL ORDER BY m.completed_at DESC, m.id DESC LIMIT @strip) AS p
        """;

    public static async Task<BuilderOverview> Read(StoreSnapshot snapshot, BuilderWish wish)
    {
        var ranks = new Dictionary<long, double?>();
        var (heads, retired) = await snapshot.Batch(Heads.Replace("{0}", Rank(wish.Sort), StringComparison.Ordinal), new { retired = BuilderFilter.AsksForRetired(wish.Filter) }, async results =>
        {
            var rows = await results.List<HeadRow>();
            var gone = await results.First<int>();
            var workers = new BuilderRows.WorkerCounting(await results.List<BuilderRows.WorkerRow>());
            foreach (var row in rows)
                ranks[row.Id] = row.Rank;
            return (rows.Select(r => r.ToHead(workers.Count(r.WorkerNames, r.WorkerTags))).ToList(), gone);
        });
        var (overview, chosen) = BuilderOverview.Choose(heads, wish with { Limit = Math.Clamp(wish.Limit, 1, Most) }, matching => Ordered(wish.Sort, matching, ranks));
        return overview with { Lines = await Lines(snapshot, chosen), Counts = overview.Counts with { Retired = retired } };
    }

    private static async Task<IReadOnlyList<BuilderLine>> Lines(StoreSnapshot snapshot, IReadOnlyList<BuilderHead> chosen)
    {
        if (chosen.Count == 0)
            return [];
        long[] ids = [.. chosen.Select(b => b.Id)];
        var builders = (await BuilderRows.Read(snapshot, "id = ANY(@Ids)", new() { Ids = ids }, withStrip: false)).ToDictionary(b => b.Id);
        var marks = (await snapshot.Query<MarkRow>(Marks, new { ids, strip = BuilderRows.Strip })).ToLookup(m => m.BuilderId, m => new BuildMark(m.Number, m.StartedAt, m.CompletedAt, m.Results));
        var red = (await RedRows.Read(snapshot, [.. builders.Values.Where(b => b.Last?.Results is BuildResult.Failure or BuildResult.Exception)])).ToDictionary(r => r.Builder.Id);
        return [.. ids.Select(id => new BuilderLine(builders[id], [.. marks[id].OrderByDescending(m => m.CompletedAt).ThenByDescending(m => m.Number)], red.GetValueOrDefault(id)))];
    }

    // Small ranks come first; a builder without one comes last.
    private static string Rank(BuilderSort sort) => sort switch
    {
        BuilderSort.Red => $"""
            CASE WHEN last.results IN (2, 4) THEN coalesce(extract(epoch FROM (
                SELECT max(recent.completed_at) FROM {RecentBuilds.Replace("LIMIT 30", "LIMIT 200", StringComparison.Ordinal)} WHERE recent.results IN (0, 1))), 0) END::double precision
            """,
        BuilderSort.Usual => $"(SELECT -extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY recent.completed_at - recent.started_at)) FROM {RecentBuilds} WHERE recent.results IN (0, 1))::double precision",
        BuilderSort.Success => $"(SELECT avg((recent.results IN (0, 1))::integer) FROM {RecentBuilds} WHERE recent.results IN (0, 1, 2, 4))::double precision",
        BuilderSort.Last => "-extract(epoch FROM last.completed_at)::double precision",
        BuilderSort.Waiting => "-queue.waiting::double precision",
        _ => "NULL::double precision",
    };

    private static IEnumerable<BuilderHead> Ordered(BuilderSort sort, IEnumerable<BuilderHead> heads, Dictionary<long, double?> ranks) => sort switch
    {
        BuilderSort.Place => heads,
        BuilderSort.Name => heads.OrderBy(b => b.Name, StringComparer.OrdinalIgnoreCase),
        _ => heads.OrderBy(b => ranks[b.Id] ?? double.MaxValue),
    };

    private sealed record HeadRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string? Project { get; init; }
        public string[] Tags { get; init; } = [];
        public DateTimeOffset? RetiredAt { get; init; }
        public string[] WorkerNames { get; init; } = [];
        public string[] WorkerTags { get; init; } = [];
        public BuildResult? LastResult { get; init; }
        public DateTimeOffset? LastAt { get; init; }
        public int Running { get; init; }
        public int Waiting { get; init; }
        public double? Rank { get; init; }

        public BuilderHead ToHead(WorkerCounts workers) => new()
        {
            Id = Id,
            Name = Name,
            Project = Project,
            Tags = Tags,
            RetiredAt = RetiredAt,
            LastResult = LastResult,
            LastAt = LastAt,
            Running = Running,
            Waiting = Waiting,
            Workers = workers,
        };
    }

    private sealed record MarkRow
    {
        public long BuilderId { get; init; }
        public int Number { get; init; }
        public DateTimeOffset StartedAt { get; init; }
        public DateTimeOffset CompletedAt { get; init; }
        public BuildResult? Results { get; init; }
    }
}
