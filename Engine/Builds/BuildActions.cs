using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Identity;

namespace Weir.Engine.Builds;

/// <summary>What people do with builds.</summary>
internal sealed class BuildActions(Database database, ConfigurationInForce configuration) : IBuildActions
{
    private sealed record Row
    {
        public long BuilderId { get; init; }
        public long BuildsetId { get; init; }
        public long RequestId { get; init; }
        public string Builder { get; init; } = "";
        public int Number { get; init; }
        public DateTimeOffset? CompletedAt { get; init; }
        public DateTimeOffset? RetiredAt { get; init; }
        public string Properties { get; init; } = "[]";
    }

    private const string Find = """
        SELECT b.builder_id, b.buildset_id, b.request_id, r.name AS builder, r.retired_at, b.number, b.completed_at, (s.properties || q.given)::text AS properties
        FROM builds b JOIN builders r ON r.id = b.builder_id JOIN buildsets s ON s.id = b.buildset_id JOIN requests q ON q.id = b.request_id WHERE b.id = @buildId
        """;

    public Task<ActionOutcome> Stop(long buildId, string? reason, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        if (await unit.QuerySingle<Row>(Find, new { buildId }) is not { } build)
            return new ActionOutcome.NotFound($"build {buildId}");
        if (build.CompletedAt is not null)
            return new ActionOutcome.Conflict("The build has ended already.");
        await StopWishes.Write(unit, [buildId], reason, by);
        Audit.Write(unit, by, "build.stop", $"build {build.Builder} #{build.Number}", reason);
        return new ActionOutcome.Done(buildId);
    }, cancellation);

    public async Task<ActionOutcome> Rebuild(long buildId, string? reason, Actor by, CancellationToken cancellation)
    {
        var revision = await configuration.Read(cancellation);
        return await database.Act(by, async unit =>
        {
            if (await unit.QuerySingle<Row>(Find, new { buildId }) is not { } build)
                return new ActionOutcome.NotFound($"build {buildId}");
            if (build.RetiredAt is not null || revision?.Builder(build.Builder) is not { } builder)
                return new ActionOutcome.Conflict($"The builder {build.Builder} is no longer in the configuration.");
            var stamps = await unit.Query<NewSourceStamp>($"""
                SELECT {FormerNames.Codebase("b.config_revision_id")} AS codebase, s.project, s.repository, s.branch, s.revision
                FROM buildset_sourcestamps bs JOIN sourcestamps s ON s.id = bs.sourcestamp_id JOIN buildsets b ON b.id = bs.buildset_id
                WHERE bs.buildset_id = @BuildsetId ORDER BY s.id
                """, build);
            var got = await Got(unit, buildId);
            var changes = await unit.Query<long>("SELECT change_id FROM weir_changes_of(@RequestId) AS k (change_id) ORDER BY change_id", build);
            var set = await Buildsets.Submit(unit, new NewBuildset
            {
                Reason = $"rebuild of {build.Builder} #{build.Number}" + (string.IsNullOrWhiteSpace(reason) ? "" : ": " + reason),
                // What was built, not what was asked for: "the head" of then is a revision now.
                SourceStamps = [.. stamps.Select(s => s with { Revision = s.Revision ?? got.GetValueOrDefault(s.Codebase) })],
                Builders = [(build.BuilderId, builder.Priority)],
                Properties = ConfigurationJson.Read<PropertyRecord[]>(build.Properties),
                ChangeIds = changes,
                RebuiltBuildId = buildId,
                ConfigRevisionId = revision.Id,
            });
            Audit.Write(unit, by, "build.rebuild", $"build {build.Builder} #{build.Number}", reason);
            return new ActionOutcome.Done(set.RequestByBuilder[build.BuilderId]);
        }, cancellation);
    }

    private static async Task<Dictionary<string, string>> Got(StoreTransaction unit, long buildId)
    {
        var rows = await unit.Query<(string Codebase, string Revision)>($$"""
            SELECT {{FormerNames.Codebase("q.config_revision_id")}}, p.value #>> '{}' FROM builds b JOIN buildsets q ON q.id = b.buildset_id JOIN buildset_sourcestamps bs ON bs.buildset_id = b.buildset_id JOIN sourcestamps s ON s.id = bs.sourcestamp_id
            JOIN build_properties p ON p.build_id = b.id AND p.name = 'got_revision_' || replace(coalesce(weir_called('codebases', weir_thing('codebases', s.codebase, q.config_revision_id), b.config_revision_id), s.codebase), '-', '_') WHERE b.id = @buildId
            """, new { buildId });
        return rows.ToDictionary(r => r.Codebase, r => r.Revision);
    }
}
