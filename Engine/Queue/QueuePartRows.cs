using Weir.Engine.Storage;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Reads a part of the queue, and why requests wait in all of it: one batch, however long the queue is.</summary>
internal static class QueuePartRows
{
    private const int Most = 500;
    private const int MostCauses = 12;

    // Where the part before ended is known from the request itself, also when it waits no more.
    private const string Sql = $"""
        SELECT count(*)::integer AS total, count(*) FILTER (WHERE a.id IS NOT NULL AND (-o.priority, o.submitted_at, o.request_id) <= (-a.priority, a.submitted_at, a.id))::integer AS before
        FROM open_requests o
        JOIN builders of ON of.id = o.builder_id
        LEFT JOIN (SELECT r.id, coalesce(o.priority, r.priority) AS priority, r.submitted_at FROM requests r LEFT JOIN open_requests o ON o.request_id = r.id WHERE r.id = @After) AS a ON true
        WHERE @Builder::text IS NULL OR of.name = @Builder;

        SELECT {RequestRows.WaitKind} AS kind, {RequestRows.WaitText} AS text, min({RequestRows.WaitSince}) AS since, count(*)::integer AS requests
        FROM open_requests o
        JOIN builders of ON of.id = o.builder_id
        LEFT JOIN builder_waits x ON x.builder_id = o.builder_id
        WHERE @Builder::text IS NULL OR of.name = @Builder
        GROUP BY 1, 2
        HAVING count(*) > 1
        ORDER BY count(*) DESC, 2
        LIMIT @MostCauses;

        {RequestRows.Select}
        WHERE r.id = ANY(ARRAY(
            SELECT o.request_id
            FROM open_requests o
            JOIN builders of ON of.id = o.builder_id
            LEFT JOIN (SELECT r.id, coalesce(o.priority, r.priority) AS priority, r.submitted_at FROM requests r LEFT JOIN open_requests o ON o.request_id = r.id WHERE r.id = @After) AS a ON true
            WHERE (@Builder::text IS NULL OR of.name = @Builder) AND (a.id IS NULL OR (-o.priority, o.submitted_at, o.request_id) > (-a.priority, a.submitted_at, a.id))
            ORDER BY {RequestRows.Order}
            LIMIT @more))
        ORDER BY {RequestRows.Order};
        """;

    public static Task<QueuePart> Read(StoreSnapshot snapshot, QueueWish wish)
    {
        var limit = Math.Clamp(wish.Limit, 1, Most);
        return snapshot.Batch(Sql, new { wish.Builder, wish.After, MostCauses, more = limit + 1 }, async results =>
        {
            var counts = await results.First<CountRow>() ?? new();
            var causes = await results.List<CauseRow>();
            var requests = await results.List<RequestRow>();
            return new QueuePart(
                [.. requests.Take(limit).Select(r => r.ToSummary())],
                counts.Total,
                counts.Before,
                [.. causes.Select(c => new WaitCause(c.Kind, c.Text, c.Since, c.Requests))],
                requests.Count > limit ? requests[limit - 1].Id : null);
        });
    }

    private sealed record CountRow
    {
        public int Total { get; init; }
        public int Before { get; init; }
    }

    private sealed record CauseRow
    {
        public WaitKind Kind { get; init; }
        public string Text { get; init; } = "";
        public DateTimeOffset Since { get; init; }
        public int Requests { get; init; }
    }
}
