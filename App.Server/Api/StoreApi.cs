using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Engine.Storage;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/store</c> for admins: schema, sizes, open work and sessions; <c>/store/checks</c>: whether its rows fit together.</summary>
internal static class StoreApi
{
    private static readonly Resource<StoreStatus> Store = new("store",
        ("server", s => s.Server),
        ("database", s => s.Database),
        ("schema", s => s.Schema),
        ("fits", s => s.Fits),
        ("bytes", s => s.DatabaseBytes),
        ("max_connections", s => s.MaxConnections),
        ("steps", s => new JsonArray([.. s.Steps.Select(t => (JsonNode)new JsonObject { ["number"] = t.Number, ["name"] = t.Name, ["applied_at"] = Rest.Seconds(t.AppliedAt), ["known"] = t.Known })])),
        ("tables", s => new JsonArray([.. s.Tables.Select(t => (JsonNode)new JsonObject { ["name"] = t.Name, ["partitions"] = t.Partitions, ["rows"] = t.Rows, ["bytes"] = t.Bytes })])),
        ("work", s => new JsonArray([.. s.Work.Select(w => (JsonNode)new JsonObject { ["name"] = w.Name, ["rows"] = w.Rows, ["oldest_s"] = Round(w.OldestSeconds) })])),
        ("oldest_version", s => s.OldestVersion),
        ("newest_version", s => s.NewestVersion),
        ("backfills", s => new JsonArray([.. s.Backfills.Select(b => (JsonNode)new JsonObject { ["name"] = b.Name, ["rows"] = b.Rows, ["started_at"] = Rest.Seconds(b.StartedAt), ["moved_at"] = Rest.Seconds(b.MovedAt), ["done_at"] = Rest.Seconds(b.DoneAt), ["error"] = b.Error })])),
        ("roles", s => new JsonArray([.. s.Roles.Select(r => (JsonNode)new JsonObject { ["kind"] = r.Kind, ["name"] = r.Name, ["logins"] = Rest.Array(r.Logins) })])),
        ("sessions", s => new JsonArray([.. s.Sessions.Select(c => (JsonNode)new JsonObject
        {
            ["application"] = c.Application,
            ["state"] = c.State,
            ["connections"] = c.Connections,
            ["longest_transaction_s"] = Round(c.LongestTransactionSeconds),
        })])));

    private static readonly Resource<StoreRule> Rules = new("checks", ("name", r => r.Name), ("broken", r => r.Broken), ("examples", r => Rest.Array(r.Examples)));

    public static void MapStore(this RouteGroupBuilder api)
    {
        api.MapMethods("/store", Routes.Reading, async (StoreStatusQueries store, HttpRequest request, CancellationToken cancellation) =>
            Store.One(await store.Read(cancellation), "store", request)).Reads(12, "The store: schema, sizes, open work, roles, sessions").ShowsOne(Store).Needs(Right.Admin);
        api.MapMethods("/store/checks", Routes.Reading, async (StoreCheck check, CancellationToken cancellation) => Rules.All(await check.Run(cancellation))).Reads(12, "Whether the store's rows fit together").Needs(Right.Admin);
        api.MapMethods("/store/dump", Routes.Reading, (StoreStatusQueries store) => Rest.Json(new JsonObject { ["command"] = store.DumpCommand() })).Reads(0, "The command that saves the store").Needs(Right.Admin);
    }

    private static double? Round(double? seconds) => seconds is { } s ? Math.Round(Math.Max(0, s), 1) : null;
}
