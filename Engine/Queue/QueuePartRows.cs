using Weir.Engine.Storage;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Reads a part of the queue, and why requests wait in all of it: one batch, however long the queue is.</summary>
internal static class QueuePartRows
{
    private const int Most = 500;
    private const int MostCauses = 12;

    private const string OfBuilder = "(@Builder::text IS NULL OR o.builder_id = (SELECT id FROM builders WHERE name = @Builder))";

    // Where the part before ended is known from the request itself, also when it waits no more. What requests wait for is said once for each builder, so they are counted by builder first.
    private const string Sql = $"""
        SELECT count(*)::integer FROM open_requests o WHERE {OfBuilder};

        SELECT count(*)::integer
        FROM (SELECT r.id, coalesce(p.priority, r.priority) AS priority, r.submitted_at FROM requests r LEFT JOIN open_requests p ON p.request_id = r.id WHERE r.id = @After) AS a
        JOIN open_requests o ON o.priority >= a.priority AND (-o.priority, o.submitted_at, o.request_id) <= (-a.priority, a.submitted_at, a.id)
        WHERE {OfBuilder};

        WITH each AS (
            SELECT o.builder_id, o.wait_kind = 'SetAside' OR (o.wait_kind = 'NotBefore' AND o.not_before > (SELECT weir_now())) AS own, o.wait_kind, o.wait_text,
                min(o.wait_since) AS wait_since, min(o.submitted_at) AS submitted_at, count(*)::integer AS requests
            FROM open_requests o WHERE {OfBuilder} GROUP BY 1, 2, 3, 4)
        SELECT CASE WHEN o.own OR x.builder_id IS NULL THEN o.wait_kind ELSE x.kind END AS kind, CASE WHEN o.own OR x.builder_id IS NULL THEN o.wait_text ELSE x.text END AS text,
            min(CASE WHEN o.own OR x.builder_id IS NULL THEN o.wait_since ELSE greatest(x.since, o.submitted_at) END) AS since, sum(o.requests)::integer AS requests
        FROM each o LEFT JOIN builder_waits x ON x.builder_id = o.builder_id
        GROUP BY 1, 2
        HAVING sum(o.requests) > 1
        ORDER BY 4 DESC, 2
        LIMIT @MostCauses;

        {RequestRows.Select}
        WHERE r.id = ANY(ARRAY(
            SELECT o.request_id
            FROM open_requests o
            LEFT JOIN (SELECT r.id, coalesce(o.priority, r.priority) AS priority, r.submitted_at FROM requests r LEFT JOIN open_requests o ON o.request_id = r.id WHERE r.id = @After) AS a ON true
            WHERE {OfBuilder} AND (a.id IS NULL OR (-o.priority, o.submitted_at, o.request_id) > (-a.priority, a.submitted_at, a.id))
            ORDER BY {RequestRows.Order}
            LIMIT @more))
        ORDER BY {RequestRows.Order};
        """;

    public static Task<QueuePart> Read(StoreSnapshot snapshot, QueueWish wish)
    {
        var limit = Math.Clamp(wish.Limit, 1, Most);
        return snapshot.Batch(Sql, new { wish.Builder, wish.After, MostCauses, more = limit + 1 }, async results =>
        {
            var (total, before) = (await results.First<int>(), await results.First<int>());
            var causes = await results.List<CauseRow>();
            var requests = await results.List<RequestRow>();
            return new QueuePart(
                [.. requests.Take(limit).Select(r => r.ToSummary())],
                total,
                before,
                [.. causes.Select(c => new WaitCause(c.Kind, c.Text, c.Since, c.Requests))],
                requests.Count > limit ? requests[limit - 1].Id : null);
        });
    }

    private sealed record CauseRow
    {
        public WaitKind Kind { get; init; }
        public string Text { get; init; } = "";
        public DateTimeOffset Since { get; init; }
        public int Requests { get; init; }
    }
}
