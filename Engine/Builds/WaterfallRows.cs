using Weir.Engine.Changes;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Reads a span of the waterfall: four round trips, whatever the number of builders and builds.</summary>
internal static class WaterfallRows
{
    /// <summary>More builds than this are not shown at once; the span is shortened instead.</summary>
    public const int MostBlocks = 2000;
    private const int MostWaiting = 2000;
    private const int MostChanges = 500;

    private const string Bands = "SELECT p.build_id, p.number, p.name, p.started_at, p.completed_at, p.results FROM steps p WHERE p.build_id = ANY(@ids) AND NOT p.hidden ORDER BY p.build_id, p.number";

    // Builds that ended after the span's beginning, builder by builder: for a span that reaches up to now each row read is a row shown.
    private const string EndedLately = """
        SELECT f.id, f.completed_at AS ended
        FROM unnest(@builders) AS x (id)
        CROSS JOIN LATERAL (
            SELECT p.id, p.completed_at
            FROM builds p
            WHERE p.builder_id = x.id AND p.completed_at > @from AND p.started_at < @to AND (@branch::text IS NULL OR p.branch = @branch)
            ORDER BY p.completed_at DESC
            LIMIT @most + 1) AS f
        """;

    // The same for a span of the past, where most of what ended after its beginning also began after its end: the index of the spans knows.
    // "+ 0" keeps the indexes by builder out: not knowing how many builders are asked for, the planner would read them whole (tried).
    private const string EndedInThePast = """
        SELECT p.id, p.completed_at AS ended
        FROM builds p
        WHERE tstzrange(p.started_at, greatest(p.started_at, p.completed_at), '[]') && tstzrange(@from, @to, '()') AND p.completed_at IS NOT NULL
            AND p.builder_id + 0 = ANY(@builders) AND (@branch::text IS NULL OR p.branch = @branch)
        """;

    private const string Rest = $$"""
        {{BuildRows.Select}}
        WHERE b.id = ANY(ARRAY(
            SELECT overlapping.id
            FROM (
                SELECT p.id, 'infinity'::timestamptz AS ended
                FROM builds p
                WHERE p.completed_at IS NULL AND p.started_at < @to AND p.builder_id = ANY(@builders) AND (@branch::text IS NULL OR p.branch = @branch)
                UNION ALL
                ({0})) AS overlapping
            ORDER BY overlapping.ended DESC, overlapping.id DESC
            LIMIT @most + 1))
        ORDER BY b.completed_at DESC NULLS FIRST, b.id DESC;

        {{RequestRows.Select}}
        WHERE r.id = ANY(ARRAY(SELECT o.request_id FROM open_requests o WHERE o.builder_id = ANY(@builders) ORDER BY {{RequestRows.Order}} LIMIT @MostWaiting))
            AND (@branch::text IS NULL OR stamp.branch = @branch)
        ORDER BY {{RequestRows.Order}};

        {{ChangeRows.Select}}
        WHERE c.received_at >= @from AND c.received_at < @to AND (@branch::text IS NULL OR c.branch = @branch)
            AND (@project::text IS NULL OR coalesce(c.project, (SELECT z.project FROM codebases z WHERE z.name = c.codebase)) = @project)
        ORDER BY c.received_at DESC, c.id DESC
        LIMIT @MostChanges;
        """;

    public static async Task<WaterfallView> Read(StoreSnapshot snapshot, WaterfallFilter filter, int most)
    {
        var now = await snapshot.QuerySingle<DateTimeOffset>("SELECT weir_now()", null);
        var to = filter.To ?? now;
        var from = to - filter.Span;
        var builders = await BuilderRows.Read(snapshot, Condition(filter), new() { Project = filter.Project, Tag = filter.Tag, Names = [.. filter.Builders] }, withStrip: false);
        var parameters = new { builders = builders.Select(b => b.Id).ToArray(), from, to, branch = filter.Branch, project = filter.Project, most, MostWaiting, MostChanges };
        var (builds, waiting, changes) = await snapshot.Batch(Rest.Replace("{0}", to < now ? EndedInThePast : EndedLately, StringComparison.Ordinal), parameters, async results =>
            (await results.List<BuildSummary>(), await results.List<RequestRow>(), await results.List<ChangeRow>()));
        if (builds.Count > most)
        {
            // What ended before this moment is not complete: the view says that it begins here.
            from = builds[most].CompletedAt ?? from;
            builds = [.. builds.Take(most)];
        }
        var bands = (await snapshot.Query<BandRow>(Bands, new { ids = builds.Select(b => b.Id).ToArray() })).ToLookup(b => b.BuildId, b => b.ToBand());
        var blocks = builds.OrderByDescending(b => b.Number).ToLookup(b => b.BuilderId, b => new WaterfallBlock(b, [.. bands[b.Id]]));
        var queues = waiting.ToLookup(w => w.BuilderId, w => w.ToSummary());
        return new()
        {
            From = from,
            To = to,
            Now = now,
            Columns = [.. builders.Select(b => new WaterfallColumn(b, [.. queues[b.Id]], [.. blocks[b.Id]]))],
            Changes = [.. changes.Where(c => c.ReceivedAt >= from).Select(c => c.ToRecord())],
        };
    }

    public static Task<WaterfallBlock?> ReadBlock(StoreSnapshot snapshot, long buildId) => snapshot.Batch($"{BuildRows.Select} WHERE b.id = ANY(@ids); {Bands};", new { ids = new[] { buildId } }, async results =>
    {
        var build = await results.First<BuildSummary>();
        var bands = await results.List<BandRow>();
        return build is null ? null : new WaterfallBlock(build, [.. bands.Select(b => b.ToBand())]);
    });

    private static string Condition(WaterfallFilter filter) => BuilderRows.InUse
        + (filter.Project is null ? "" : " AND project = @Project")
        + (filter.Tag is null ? "" : " AND @Tag = ANY(tags)")
        + (filter.Builders.Count == 0 ? "" : " AND name = ANY(@Names)");

    private sealed record BandRow
    {
        public long BuildId { get; init; }
        public int Number { get; init; }
        public string Name { get; init; } = "";
        public DateTimeOffset StartedAt { get; init; }
        public DateTimeOffset? CompletedAt { get; init; }
        public BuildResult? Results { get; init; }

        public StepBand ToBand() => new(Number, Name, StartedAt, CompletedAt, Results);
    }
}
