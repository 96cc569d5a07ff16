using Weir.Engine.Storage;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>A builder's last thirty days in numbers. Looks at so many builds at most: a builder that builds every minute costs no more than one that builds every quarter of an hour.</summary>
internal static class StatisticsRows
{
    // The day is asked for once: a function that may change within a statement keeps PostgreSQL from using an index.
    private const string Past = """
        (SELECT p.started_at, p.completed_at, p.results, p.request_id, p.attempt
         FROM builds p
         WHERE p.builder_id = @id AND p.completed_at > (SELECT weir_now() - make_interval(days => @days))
         ORDER BY p.completed_at DESC, p.id DESC
         LIMIT @most) AS past
        """;

    private const string Sql = $"""
        SELECT min(past.completed_at) AS from, count(*)::integer AS builds,
            count(*) FILTER (WHERE past.results IN (0, 1))::integer AS good, count(*) FILTER (WHERE past.results IN (2, 4))::integer AS bad,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY past.completed_at - past.started_at) FILTER (WHERE past.results IN (0, 1)) AS median,
            percentile_cont(0.9) WITHIN GROUP (ORDER BY past.completed_at - past.started_at) FILTER (WHERE past.results IN (0, 1)) AS nine_in_ten
        FROM {Past};

        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY past.started_at - r.submitted_at) AS median, percentile_cont(0.9) WITHIN GROUP (ORDER BY past.started_at - r.submitted_at) AS nine_in_ten
        FROM {Past}
        JOIN requests r ON r.id = past.request_id
        WHERE past.attempt = 1;

        SELECT (past.completed_at AT TIME ZONE 'UTC')::date AS day, count(*) FILTER (WHERE past.results IN (0, 1))::integer AS good, count(*) FILTER (WHERE past.results IN (2, 4))::integer AS bad,
            count(*) FILTER (WHERE past.results NOT IN (0, 1, 2, 4))::integer AS other,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY past.completed_at - past.started_at) FILTER (WHERE past.results IN (0, 1)) AS median
        FROM {Past}
        GROUP BY 1
        ORDER BY 1;
        """;

    public static Task<BuilderStatistics> Read(StoreSnapshot snapshot, long id) =>
        snapshot.Batch(Sql, new { id, days = BuilderStatistics.MostDays, most = BuilderStatistics.Most }, async results =>
        {
            var whole = await results.First<BuilderStatistics>() ?? new();
            var wait = await results.First<WaitRow>();
            return whole with { WaitMedian = wait?.Median, WaitNineInTen = wait?.NineInTen, Days = [.. (await results.List<DayRow>()).Select(d => new BuilderDay(d.Day, d.Good, d.Bad, d.Other, d.Median))] };
        });

    private sealed record WaitRow
    {
        public TimeSpan? Median { get; init; }
        public TimeSpan? NineInTen { get; init; }
    }

    private sealed record DayRow
    {
        public DateOnly Day { get; init; }
        public int Good { get; init; }
        public int Bad { get; init; }
        public int Other { get; init; }
        public TimeSpan? Median { get; init; }
    }
}
