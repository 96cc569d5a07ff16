using Weir.Engine.Changes;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Since when, and where, the red builders are red: two batches for any number of them.</summary>
internal static class RedRows
{
    // The red run began with the first failure after the last good build. What was cancelled, skipped or tried again in between says nothing.
    // Who has been red for more than 200 builds has been red "at least since" the oldest failure among these.
    private const string Runs = """
        SELECT x.id AS builder_id, good.id AS last_good_id, since.id AS since_id, since.change_id, failed.name AS failed_step
        FROM unnest(@builders, @lasts) AS x (id, last_id)
        LEFT JOIN LATERAL (
            SELECT recent.id, recent.completed_at
            FROM (SELECT p.id, p.completed_at, p.results FROM builds p WHERE p.builder_id = x.id AND p.completed_at IS NOT NULL ORDER BY p.completed_at DESC, p.id DESC LIMIT 200) AS recent
            WHERE recent.results IN (0, 1)
            LIMIT 1) AS good ON true
        LEFT JOIN LATERAL (
            SELECT recent.id, (SELECT min(k.change_id) FROM weir_changes_of(recent.request_id) AS k (change_id)) AS change_id
            FROM (
                SELECT p.id, p.completed_at, p.results, p.request_id
                FROM builds p
                WHERE p.builder_id = x.id AND p.completed_at >= coalesce(good.completed_at, '-infinity')
                ORDER BY p.completed_at DESC, p.id DESC
                LIMIT 200) AS recent
            WHERE recent.results IN (2, 4)
            ORDER BY recent.completed_at, recent.id
            LIMIT 1) AS since ON true
        LEFT JOIN LATERAL (SELECT p.name FROM steps p WHERE p.build_id = x.last_id AND p.results IN (2, 4) ORDER BY p.number LIMIT 1) AS failed ON true;
        """;

    private const string Named = $"""
        {BuildRows.Select} WHERE b.id = ANY(@builds);
        {ChangeRows.Select} WHERE c.id = ANY(@changes);
        """;

    public static async Task<IReadOnlyList<RedBuilder>> Read(StoreSnapshot snapshot, IReadOnlyList<BuilderSummary> red)
    {
        if (red.Count == 0)
            return [];
        var runs = (await snapshot.Query<RunRow>(Runs, new { builders = red.Select(b => b.Id).ToArray(), lasts = red.Select(b => b.Last!.Id).ToArray() })).ToDictionary(r => r.BuilderId);
        var builds = runs.Values.SelectMany(r => new[] { r.SinceId, r.LastGoodId }).OfType<long>().Distinct().ToArray();
        var changes = runs.Values.Select(r => r.ChangeId).OfType<long>().Distinct().ToArray();
        return await snapshot.Batch(Named, new { builds, changes }, async results =>
        {
            var buildById = (await results.List<BuildSummary>()).ToDictionary(b => b.Id);
            var changeById = (await results.List<ChangeRow>()).ToDictionary(c => c.Id, c => c.ToRecord());
            return (IReadOnlyList<RedBuilder>)[.. red.Select(builder =>
            {
                var run = runs[builder.Id];
                return new RedBuilder(
                    builder,
                    run.SinceId is { } since ? buildById[since] : builder.Last!,
                    run.ChangeId is { } change ? changeById[change] : null,
                    run.FailedStep,
                    run.LastGoodId is { } good ? buildById[good] : null);
            })];
        });
    }

    private sealed record RunRow
    {
        public long BuilderId { get; init; }
        public long? LastGoodId { get; init; }
        public long? SinceId { get; init; }
        public long? ChangeId { get; init; }
        public string? FailedStep { get; init; }
    }
}
