using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Events;

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
}

/// <summary>What was made.</summary>
public sealed record SubmittedBuildset(long Id, IReadOnlyDictionary<long, long> RequestByBuilder);

/// <summary>Makes buildsets: the set, its source stamps and one open request for each builder, in the caller's transaction.</summary>
public static class Buildsets
{
    private sealed record MadeRequest(long Id, long BuildsetId, long BuilderId);

    public static async Task<SubmittedBuildset> Submit(StoreTransaction unit, NewBuildset set)
    {
        if (set.Builders.Count == 0)
            throw new ArgumentException("A buildset needs a builder.", nameof(set));
        // One statement, and so one round trip: a storm of orders is a storm of these.
        var requests = await unit.Query<MadeRequest>("""
            WITH made AS (
                INSERT INTO buildsets (scheduler, reason, external_id, submitted_at, parent_build_id, parent_relationship, rebuilt_build_id, config_revision_id, properties)
                VALUES (@Scheduler, @Reason, @ExternalId, weir_now(), @ParentBuildId, @ParentRelationship, @RebuiltBuildId, @ConfigRevisionId, @properties::jsonb)
                RETURNING id),
            stamps AS (
                INSERT INTO sourcestamps (codebase, project, repository, branch, revision, created_at)
                SELECT codebase, project, repository, branch, revision, weir_now()
                FROM unnest(@codebases, @projects, @repositories, @branches, @revisions) AS s (codebase, project, repository, branch, revision)
                RETURNING id),
            stamped AS (INSERT INTO buildset_sourcestamps (buildset_id, sourcestamp_id) SELECT made.id, stamps.id FROM made, stamps),
            caused AS (INSERT INTO buildset_changes (buildset_id, change_id) SELECT DISTINCT made.id, change FROM made, unnest(@changes) AS change),
            asked AS (
                INSERT INTO requests (buildset_id, builder_id, priority, submitted_at)
                SELECT made.id, builder, priority, weir_now() FROM made, unnest(@builders, @priorities) AS b (builder, priority)
                RETURNING id, buildset_id, builder_id, priority, submitted_at),
            open AS (
                INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, wait_since)
                SELECT id, buildset_id, builder_id, priority, submitted_at, submitted_at FROM asked)
            SELECT id, buildset_id, builder_id FROM asked
            """, new
        {
            set.Scheduler,
            set.Reason,
            set.ExternalId,
            set.ParentBuildId,
            set.ParentRelationship,
            set.RebuiltBuildId,
            set.ConfigRevisionId,
            properties = ConfigurationJson.Write(set.Properties),
            codebases = set.SourceStamps.Select(s => s.Codebase).ToArray(),
            projects = set.SourceStamps.Select(s => s.Project).ToArray(),
            repositories = set.SourceStamps.Select(s => s.Repository).ToArray(),
            branches = set.SourceStamps.Select(s => s.Branch).ToArray(),
            revisions = set.SourceStamps.Select(s => s.Revision).ToArray(),
            changes = set.ChangeIds.ToArray(),
            builders = set.Builders.Select(b => b.BuilderId).ToArray(),
            priorities = set.Builders.Select(b => b.Priority).ToArray(),
        });
        var id = requests[0].BuildsetId;
        unit.Add(new WeirEvent { Kind = EventKind.BuildsetAdded, BuildsetId = id });
        foreach (var request in requests)
            unit.Add(new WeirEvent { Kind = EventKind.RequestAdded, BuildsetId = id, RequestId = request.Id, BuilderId = request.BuilderId });
        unit.Wake(WakeTopic.Queue);
        return new(id, requests.ToDictionary(r => r.BuilderId, r => r.Id));
    }
}
