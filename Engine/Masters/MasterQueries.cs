using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Shared.Masters;

namespace Weir.Engine.Masters;

/// <summary>Reads masters. One that should be alive and has not been heard of is shown as dead, whoever asks.</summary>
public sealed class MasterQueries(Database database) : IMasterQueries
{
    private const string Select = $"""
        SELECT m.id, m.name, m.roles, m.version, {MasterRows.State} AS state, m.started_at, m.heartbeat_at, m.addresses, {MasterRows.OnlyBuilders} AS only_builders, {MasterRows.OnlyTags} AS only_tags, m.host, m.drain_requested_at, m.drain_by, m.drain_reason, m.drain_quick, m.drain_deadline,
            CASE WHEN m.state = 'Draining' THEN (
                SELECT jsonb_agg(jsonb_build_object('Id', b.id, 'Builder', f.name, 'Number', b.number, 'Worker', w.name) ORDER BY b.id)::text
                FROM (SELECT build_id, worker_id FROM build_owners WHERE master_id = m.id ORDER BY build_id LIMIT 20) o
                JOIN builds b ON b.id = o.build_id JOIN builders f ON f.id = b.builder_id LEFT JOIN workers w ON w.id = o.worker_id) END AS waits_for,
            (SELECT count(*)::integer FROM build_owners o WHERE o.master_id = m.id) AS owned_builds,
            (SELECT count(*)::integer FROM worker_sessions k WHERE k.master_id = m.id AND k.ended_at IS NULL AND k.heartbeat_at > (SELECT weir_now()) - interval '30 seconds') AS workers
        FROM masters m
        """;

    private sealed record Row
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string[] Roles { get; init; } = [];
        public string Version { get; init; } = "";
        public MasterState State { get; init; }
        public DateTimeOffset StartedAt { get; init; }
        public DateTimeOffset HeartbeatAt { get; init; }
        public string[] Addresses { get; init; } = [];
        public string[] OnlyBuilders { get; init; } = [];
        public string[] OnlyTags { get; init; } = [];
        public string? Host { get; init; }
        public int OwnedBuilds { get; init; }
        public int Workers { get; init; }
        public DateTimeOffset? DrainRequestedAt { get; init; }
        public string? DrainBy { get; init; }
        public string? DrainReason { get; init; }
        public bool DrainQuick { get; init; }
        public DateTimeOffset? DrainDeadline { get; init; }
        public string? WaitsFor { get; init; }
    }

    public async Task<IReadOnlyList<MasterRecord>> List(CancellationToken cancellation) =>
        [.. (await database.Query<Row>($"{Select} WHERE m.retired_at IS NULL ORDER BY m.name", null, cancellation)).Select(Record)];

    public async Task<MasterRecord?> Find(long id, CancellationToken cancellation) =>
        await database.QuerySingle<Row>($"{Select} WHERE m.id = @id AND m.retired_at IS NULL", new { id }, cancellation) is { } row ? Record(row) : null;

    private static MasterRecord Record(Row row) => new()
    {
        Id = row.Id,
        Name = row.Name,
        Roles = row.Roles,
        Version = row.Version,
        State = row.State,
        StartedAt = row.StartedAt,
        HeartbeatAt = row.HeartbeatAt,
        Addresses = row.Addresses,
        OnlyBuilders = row.OnlyBuilders,
        OnlyTags = row.OnlyTags,
        Host = row.Host,
        OwnedBuilds = row.OwnedBuilds,
        Workers = row.Workers,
        Drain = row.State == MasterState.Draining && row.DrainRequestedAt is { } at
            ? new() { RequestedAt = at, By = row.DrainBy ?? "", Reason = row.DrainReason, Quick = row.DrainQuick, Deadline = row.DrainDeadline, WaitsFor = row.WaitsFor is null ? [] : JsonSerializer.Deserialize<AwaitedBuild[]>(row.WaitsFor)! }
            : null,
    };
}

/// <summary>Registers the reading of masters.</summary>
public static class MasterQueriesRegistration
{
    public static IServiceCollection AddMasterQueries(this IServiceCollection services) => services.AddSingleton<IMasterQueries, MasterQueries>();
}
