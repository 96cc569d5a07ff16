using Weir.Engine.Changes;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Reads buildsets with their source stamps, requests and builds: one batch for any number of them.</summary>
internal static class BuildsetRows
{
    /// <summary>A page of buildsets ends at the one with which it has so many requests.</summary>
    public const int MostRequests = 5000;

    private const string Sql = $"""
        SELECT s.id, s.reason, s.scheduler, s.external_id, s.submitted_at, s.completed_at, s.results, s.parent_build_id, s.parent_relationship, s.rebuilt_build_id, s.config_revision_id AS config_revision, s.fail_fast
        FROM buildsets s
        WHERE s.id = ANY(@ids)
        ORDER BY s.id DESC;

        SELECT k.buildset_id, k.sourcestamp_id FROM buildset_sourcestamps k WHERE k.buildset_id = ANY(@ids) ORDER BY k.sourcestamp_id;

        {ChangeRows.SelectStamps} WHERE t.id IN (SELECT k.sourcestamp_id FROM buildset_sourcestamps k WHERE k.buildset_id = ANY(@ids));

        {RequestRows.Select} WHERE r.buildset_id = ANY(@ids) ORDER BY r.id;

        {BuildRows.Select} WHERE b.buildset_id = ANY(@ids) ORDER BY b.id;
        """;

    /// <summary>Ids of buildsets, newest first, each with the number of requests of those before it.</summary>
    public static string Places(string condition) => $"""
        SELECT l.id, coalesce(sum(l.requests) OVER (ORDER BY l.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS requests_before
        FROM (
            SELECT l.id, (SELECT count(*) FROM requests r WHERE r.buildset_id = l.id) AS requests
            FROM buildsets l
            WHERE {condition}
            ORDER BY l.id DESC
            LIMIT @more) AS l
        ORDER BY l.id DESC
        """;

    public static Task<IReadOnlyList<BuildsetSummary>> Read(StoreSnapshot snapshot, long[] ids) => snapshot.Batch(Sql, new { ids }, async results =>
    {
        var buildsets = await results.List<BuildsetSummary>();
        var places = await results.List<StampPlace>();
        var stamps = (await results.List<SourceStampRecord>()).ToDictionary(t => t.Id);
        var requests = await results.List<RequestRow>();
        var builds = (await results.List<BuildSummary>()).ToLookup(b => b.RequestId);
        var stampsOf = places.ToLookup(p => p.BuildsetId, p => stamps[p.SourcestampId]);
        var requestsOf = requests.ToLookup(r => r.BuildsetId, r => r.ToSummary(builds[r.Id]));
        return (IReadOnlyList<BuildsetSummary>)[.. buildsets.Select(s => s with { SourceStamps = [.. stampsOf[s.Id]], Requests = [.. requestsOf[s.Id]] })];
    });

    /// <summary>A row of <see cref="Places"/>.</summary>
    public sealed record Place
    {
        public long Id { get; init; }
        public long RequestsBefore { get; init; }
    }

    private sealed record StampPlace
    {
        public long BuildsetId { get; init; }
        public long SourcestampId { get; init; }
    }
}
