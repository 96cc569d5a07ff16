using Weir.Shared.Masters;

namespace Weir.App.Server.Api;

/// <summary><c>/masters</c>.</summary>
internal static class MastersApi
{
    private static readonly Resource<MasterRecord> Masters = new("masters",
        ("masterid", m => m.Id),
        ("name", m => m.Name),
        ("active", m => m.State is MasterState.Active or MasterState.Draining),
        ("last_active", m => Rest.Seconds(m.HeartbeatAt)),
        ("last_active_ms", m => Rest.Milliseconds(m.HeartbeatAt)),
        ("roles", m => Rest.Array(m.Roles)),
        ("version", m => m.Version),
        ("state", m => m.State.ToString().ToLowerInvariant()),
        ("started_at", m => Rest.Seconds(m.StartedAt)),
        ("started_at_ms", m => Rest.Milliseconds(m.StartedAt)),
        ("addresses", m => Rest.Array(m.Addresses)),
        ("host", m => m.Host),
        ("owned_builds", m => m.OwnedBuilds),
        ("workers", m => m.Workers));

    public static void MapMasters(this RouteGroupBuilder api)
    {
        api.MapGet("/masters", async (IMasterQueries masters, HttpRequest request, CancellationToken cancellation) => Masters.List(await masters.List(cancellation), request));
        api.MapGet("/masters/{id:long}", async (long id, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) => Masters.One(await masters.Find(id, cancellation), $"master {id}", request));
    }
}
