using Weir.Engine.Changes;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>What the statements of the waterfall are put together from.</summary>
internal static class WaterfallParts
{
    public const int MostChanges = 500;

    /// <summary>The steps of <c>@ids</c>.</summary>
    public const string Bands = "SELECT p.build_id, p.number, p.name, p.started_at, p.completed_at, p.results FROM steps p WHERE p.build_id = ANY(@ids) AND NOT p.hidden ORDER BY p.build_id, p.number";

    /// <summary>The changes of a span, newest first.</summary>
    public const string Changes = $"""
        {ChangeRows.Select}
        WHERE c.received_at >= @from AND c.received_at < @to AND (@branch::text IS NULL OR c.branch = @branch)
            AND (@project::text IS NULL OR coalesce(c.project, (SELECT z.project FROM codebases z WHERE z.name = c.codebase)) = @project)
        ORDER BY c.received_at DESC, c.id DESC
        LIMIT @MostChanges
        """;

    private const string Fact = "p.id, p.builder_id, p.started_at, p.completed_at, p.results";

    // Builds that ended after the span's beginning, builder by builder: for a span that reaches up to now each row read is a row shown.
    private const string EndedLately = $"""
        SELECT f.*
        FROM unnest(@builders) AS x (id)
        CROSS JOIN LATERAL (
            SELECT {Fact}
            FROM builds p
            WHERE p.builder_id = x.id AND p.completed_at > @from AND p.started_at < @to AND (@branch::text IS NULL OR p.branch = @branch)
            ORDER BY p.completed_at DESC
            LIMIT @most + 1) AS f
        """;

    // The same for a span of the past, where most of what ended after its beginning also began after its end: the index of the spans knows.
    // "+ 0" keeps the indexes by builder out: not knowing how many builders are asked for, the planner would read them whole (tried).
    private const string EndedInThePast = $"""
        SELECT {Fact}
        FROM builds p
        WHERE tstzrange(p.started_at, greatest(p.started_at, p.completed_at), '[]') && tstzrange(@from, @to, '()') AND p.completed_at IS NOT NULL
            AND p.builder_id + 0 = ANY(@builders) AND (@branch::text IS NULL OR p.branch = @branch)
        """;

    private const string Both = $$"""
        SELECT overlapping.*
        FROM (
            SELECT {{Fact}}
            FROM builds p
            WHERE p.completed_at IS NULL AND p.started_at < @to AND p.builder_id = ANY(@builders) AND (@branch::text IS NULL OR p.branch = @branch)
            UNION ALL
            ({0})) AS overlapping
        ORDER BY overlapping.completed_at DESC NULLS FIRST, overlapping.id DESC
        LIMIT @most + 1
        """;

    /// <summary>Up to one more than <c>@most</c> builds of <c>@builders</c> that overlap the span, those that end last first: id, builder_id, started_at, completed_at, results.</summary>
    public static string Overlapping(bool isLive) => Both.Replace("{0}", isLive ? EndedLately : EndedInThePast, StringComparison.Ordinal);

    /// <summary>The filter as a condition on builders.</summary>
    public static string Condition(WaterfallFilter filter) => BuilderRows.InUse
        + (filter.Project is null ? "" : " AND project = @Project")
        + (filter.Tag is null ? "" : " AND @Tag = ANY(tags)")
        + (filter.Builders.Count == 0 ? "" : " AND name LIKE ANY(@Names)")
        + (filter.Ids is null ? "" : " AND id = ANY(@Ids)");

    public static BuilderChoice Choice(WaterfallFilter filter) =>
        new() { Project = filter.Project, Tag = filter.Tag, Names = [.. filter.Builders.Select(Like)], Ids = [.. filter.Ids ?? []], Usual = false };

    /// <summary>A pattern with <c>*</c> and <c>?</c> as SQL says it; everything else means itself.</summary>
    private static string Like(string pattern) => pattern
        .Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)
        .Replace('*', '%').Replace('?', '_');
}

/// <summary>One row of <see cref="WaterfallParts.Bands"/>.</summary>
internal sealed record BandRow
{
    public long BuildId { get; init; }
    public int Number { get; init; }
    public string Name { get; init; } = "";
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public BuildResult? Results { get; init; }

    public StepBand ToBand() => new(Number, Name, StartedAt, CompletedAt, Results);
}
