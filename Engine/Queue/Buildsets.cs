using Npgsql;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Events;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Queue;

/// <summary>A source stamp to be made.</summary>
public sealed record NewSourceStamp(string Codebase, string? Project, string? Repository, string? Branch, string? Revision);

/// <summary>A buildset to be made, with one request for each builder.</summary>
public sealed record NewBuildset
{
    public string? Scheduler { get; init; }
    public required string Reason { get; init; }
    public string? ExternalId { get; init; }
    public required IReadOnlyList<NewSourceStamp> SourceStamps { get; init; }

    /// <summary>Each builder's id with the priority of its request.</summary>
    public required IReadOnlyList<(long BuilderId, int Priority)> Builders { get; init; }
    public IReadOnlyList<PropertyRecord> Properties { get; init; } = [];
    public IReadOnlyList<long> ChangeIds { get; init; } = [];
    public long? ParentBuildId { get; init; }
    public string? ParentRelationship { get; init; }
    public long? RebuiltBuildId { get; init; }
    public long? ConfigRevisionId { get; init; }

    /// <summary>By builder: what waiting requests must have in common to be built together (<see cref="CollapseKey"/>); a builder without one builds this request for itself.</summary>
    public IReadOnlyDictionary<long, string> CollapseKeys { get; init; } = new Dictionary<long, string>();

    /// <summary>What of its scheduler it builds: a branch, a pull request; null: it is not told apart.</summary>
    public string? Line { get; init; }

    /// <summary>The first failure ends the rest.</summary>
    public bool FailFast { get; init; }
}

/// <summary>What was made.</summary>
public sealed record SubmittedBuildset(long Id, IReadOnlyDictionary<long, long> RequestByBuilder)
{
    /// <summary>The newest change that it is about.</summary>
    public long NewestChange { get; init; }
}

/// <summary>Makes buildsets: the set, its source stamps and one open request for each builder, in the caller's transaction.</summary>
public static class Buildsets
{
    private sealed record MadeRequest(long Id, long BuildsetId, long BuilderId, long NewestChange, long? Stands, long? Superseded);

    /// <summary>
    /// The middle of a statement that makes a buildset: it stands behind a part <c>wanted (builder_id, priority)</c>, and where that is empty nothing is made; of what it made <c>made</c> tells the set and
    /// <c>asked</c> the requests. The parameters to <c>$16</c> are <see cref="Parameters"/>. One statement, and so one round trip: a storm of orders is a storm of these.
    /// </summary>
    internal const string Making = """
        made AS (
            INSERT INTO buildsets (scheduler, reason, external_id, submitted_at, parent_build_id, parent_relationship, rebuilt_build_id, config_revision_id, properties, line, newest_change, fail_fast)
            SELECT $1, $2, $3, weir_now(), $4, $5, $6, $7, $8::jsonb, $9, coalesce((SELECT max(change) FROM unnest($16) AS change), (SELECT max(id) FROM changes), 0), $10
            WHERE EXISTS (SELECT FROM wanted)
            RETURNING id, newest_change),
        stamps AS (
            INSERT INTO sourcestamps (codebase, project, repository, branch, revision, created_at)
            SELECT codebase, project, repository, branch, revision, weir_now() FROM made, unnest($11, $12, $13, $14, $15) AS s (codebase, project, repository, branch, revision)
            RETURNING id),
        stamped AS (INSERT INTO buildset_sourcestamps (buildset_id, sourcestamp_id) SELECT made.id, stamps.id FROM made, stamps),
        caused AS (INSERT INTO buildset_changes (buildset_id, change_id) SELECT DISTINCT made.id, change FROM made, unnest($16) AS change),
        asked AS (
            INSERT INTO requests (buildset_id, builder_id, priority, submitted_at) SELECT made.id, wanted.builder_id, wanted.priority, weir_now() FROM made, wanted
            RETURNING id, buildset_id, builder_id, priority, submitted_at)
        """;

    private const string Submitting = $"""
        WITH wanted AS (SELECT builder_id, priority FROM unnest($17, $18) AS w (builder_id, priority)),
        {Making},
        open AS (
            INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, wait_since, collapse_key, newest_change)
            SELECT asked.id, buildset_id, asked.builder_id, priority, submitted_at, submitted_at, collapse_key, newest_change
            FROM made, asked LEFT JOIN unnest($19, $20) AS k (builder_id, collapse_key) USING (builder_id) ORDER BY asked.builder_id
        """;

    // Where somebody waits with the same key, the row stays and is the newer one's from now on: his place is the older one's. Whoever claims it at this moment has the row locked, and then it is gone.
    private const string Collapsing = """

            ON CONFLICT (builder_id, collapse_key) WHERE collapse_key IS NOT NULL DO UPDATE SET
                request_id = CASE WHEN excluded.newest_change >= open_requests.newest_change THEN excluded.request_id ELSE open_requests.request_id END,
                buildset_id = CASE WHEN excluded.newest_change >= open_requests.newest_change THEN excluded.buildset_id ELSE open_requests.buildset_id END,
                supersedes = CASE WHEN excluded.newest_change >= open_requests.newest_change THEN open_requests.request_id ELSE excluded.request_id END,
                newest_change = greatest(excluded.newest_change, open_requests.newest_change), priority = greatest(excluded.priority, open_requests.priority)
        """;

    private const string Answer = """

            RETURNING builder_id, request_id, supersedes)
        SELECT asked.id, asked.buildset_id, asked.builder_id, made.newest_change, open.request_id, open.supersedes FROM made, asked LEFT JOIN open USING (builder_id)
        """;

    public static async Task<SubmittedBuildset> Submit(StoreTransaction unit, NewBuildset set)
    {
        if (set.Builders.Count == 0)
            throw new ArgumentException("A buildset needs a builder.", nameof(set));
        var batch = new StoreBatch();
        batch.Add(set.CollapseKeys.Count > 0 ? Submitting + Collapsing + Answer : Submitting + Answer,
        [
            .. Parameters(set), P(set.Builders.Select(b => b.BuilderId).ToArray()), P(set.Builders.Select(b => b.Priority).ToArray()), P(set.CollapseKeys.Keys.ToArray()), P(set.CollapseKeys.Values.ToArray()),
        ]);
        batch.Wake(WakeTopic.Queue);
        var requests = await unit.Send(batch, Read);
        var id = requests[0].BuildsetId;
        unit.Add(new WeirEvent { Kind = EventKind.BuildsetAdded, BuildsetId = id });
        foreach (var request in requests)
            unit.Add(new WeirEvent { Kind = EventKind.RequestAdded, BuildsetId = id, RequestId = request.Id, BuilderId = request.BuilderId });
        await Superseding.End(unit, [.. requests.Where(r => r is { Stands: not null, Superseded: not null }).Select(r => new Superseded(r.Superseded!.Value, r.Stands!.Value))]);
        return new(id, requests.ToDictionary(r => r.BuilderId, r => r.Id)) { NewestChange = requests[0].NewestChange };
    }

    /// <summary>What the set is, without its builders.</summary>
    internal static NpgsqlParameter[] Parameters(NewBuildset set) =>
    [
        P(set.Scheduler), P(set.Reason), P(set.ExternalId), P(set.ParentBuildId), P(set.ParentRelationship), P(set.RebuiltBuildId), P(set.ConfigRevisionId), P(ConfigurationJson.Write(set.Properties)), P(set.Line), P(set.FailFast),
        P(set.SourceStamps.Select(s => s.Codebase).ToArray()), P(set.SourceStamps.Select(s => s.Project).ToArray()), P(set.SourceStamps.Select(s => s.Repository).ToArray()),
        P(set.SourceStamps.Select(s => s.Branch).ToArray()), P(set.SourceStamps.Select(s => s.Revision).ToArray()), P(set.ChangeIds.ToArray()),
    ];

    private static async Task<IReadOnlyList<MadeRequest>> Read(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        var requests = new List<MadeRequest>();
        while (await reader.ReadAsync(cancellation))
            requests.Add(new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetFieldValue<long?>(4), reader.GetFieldValue<long?>(5)));
        return requests;
    }
}
