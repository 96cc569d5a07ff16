using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Shared.Masters;

namespace Weir.Engine.Masters;

/// <summary>Reads masters. One that should be alive and has not been heard of is shown as dead, whoever asks.</summary>
public sealed class MasterQueries(Database database) : IMasterQueries
{
    private const string Select = $"""
        SELECT m.id, m.name, m.roles, m.version, {MasterRows.State} AS state, m.started_at, m.heartbeat_at, m.addresses, m.host,
            (SELECT count(*)::integer FROM build_owners o WHERE o.master_id = m.id) AS owned_builds,
            (SELECT count(*)::integer FROM worker_sessions k WHERE k.master_id = m.id AND k.ended_at IS NULL AND k.heartbeat_at > (SELECT weir_now()) - interval '30 seconds') AS workers
        FROM masters m
        """;

    public Task<IReadOnlyList<MasterRecord>> List(CancellationToken cancellation) => database.Query<MasterRecord>($"{Select} ORDER BY m.name", null, cancellation);

    public Task<MasterRecord?> Find(long id, CancellationToken cancellation) => database.QuerySingle<MasterRecord>($"{Select} WHERE m.id = @id", new { id }, cancellation);
}

/// <summary>Registers the reading of masters.</summary>
public static class MasterQueriesRegistration
{
    public static IServiceCollection AddMasterQueries(this IServiceCollection services) => services.AddSingleton<IMasterQueries, MasterQueries>();
}
