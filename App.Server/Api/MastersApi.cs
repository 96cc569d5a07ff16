using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Masters;

namespace Weir.App.Server.Api;

/// <summary><c>/masters</c>, also below builders.</summary>
internal static class MastersApi
{
    public static readonly Resource<MasterRecord> Masters = new Resource<MasterRecord>("masters", "master")
        .Number("masterid", m => m.Id, "The number of this master.")
        .Text("name", m => m.Name, "Its name.")
        .Truth("active", IsActive, "Whether it is active; one that drains still is.")
        .Time("last_active", m => m.HeartbeatAt, "When it was last heard of.")
        .Texts("roles", m => m.Roles, "What it does: ui, engine.")
        .Text("version", m => m.Version, "The version of Weir it runs.")
        .Text("state", m => m.State.ToString().ToLowerInvariant(), "starting, active, draining, stopped or dead.")
        .Time("started_at", m => m.StartedAt, "When it was started.")
        .Texts("addresses", m => m.Addresses, "Where workers reach it.")
        .Texts("only_builders", m => m.OnlyBuilders, "The builders (names and patterns) to which this engine is limited.")
        .Texts("only_tags", m => m.OnlyTags, "The tags of builders to which this engine is limited; with only_builders empty as well: it is not.")
        .Text("host", m => m.Host, "The machine it runs on.")
        .Number("owned_builds", m => m.OwnedBuilds, "How many builds it drives.")
        .Number("workers", m => m.Workers, "How many workers are connected to it.")
        .Json("drain", m => m.Drain is { } drain ? Draining(drain) : null, "How it was told to go, and for which builds it waits; null unless it drains.");

    public static void MapMasters(this RouteGroupBuilder api)
    {
        api.MapMethods("/masters", Routes.Reading, async (IMasterQueries masters, HttpRequest request, CancellationToken cancellation) => Masters.List(await masters.List(cancellation), request)).Reads(1, "All masters").ListsAll(Masters);
        api.MapMethods("/masters/{id:long}", Routes.Reading, async (long id, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            Masters.One(await masters.Find(id, cancellation), $"master {id}", request)).Reads(1, "One master").ShowsOne(Masters);
        api.MapControl("/masters/{id:long}",
            new Control("shutdown", Right.Admin, Shutdown),
            new Control("cancel_shutdown", Right.Admin, call => Reply.Of(call.Get<IMasterActions>().CancelShutdown(call.Id, call.By, call.Cancellation))),
            new Control("retire", Right.Admin, call => Reply.Of(call.Get<IMasterActions>().Retire(call.Id, call.By, call.Cancellation))));
        api.MapMethods("/builders/{builder}/masters", Routes.Reading, async (string builder, IBuilderLists builders, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            await builders.Find(builder, cancellation) is { } found
                ? Masters.List((await masters.List(cancellation)).Where(m => found.MasterIds.Contains(m.Id)), request)
                : Problems.NotFound($"builder {builder}")).Reads(2, "The masters that may run a builder").ListsAll(Masters);
        api.MapMethods("/builders/{builder}/masters/{id:long}", Routes.Reading, async (string builder, long id, IBuilderLists builders, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            Masters.One(await builders.Find(builder, cancellation) is { } found && found.MasterIds.Contains(id) ? await masters.Find(id, cancellation) : null, $"master {id} of {builder}", request)).Reads(2, "One of the masters that may run a builder").ShowsOne(Masters);
    }

    /// <summary>A master as it stands within a scheduler or a change source. They belong to all engines; named is the first that is active, null when nothing would run them.</summary>
    public static Action<Utf8JsonWriter>? Serving(IReadOnlyList<MasterRecord> masters) => masters.Where(m => IsActive(m) && m.Roles.Contains("engine")).MinBy(m => m.Id) is not { } master ? null : writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("masterid", master.Id);
        writer.WriteString("name", master.Name);
        writer.WriteBoolean("active", true);
        writer.WriteNumber("last_active", master.HeartbeatAt.ToUnixTimeSeconds());
        writer.WriteEndObject();
    };

    private static async Task<Reply> Shutdown(Call call)
    {
        var given = call.Arguments;
        var (reason, quick, seconds) = (given.Text("reason"), given.Boolean("quick") ?? false, given.Number("deadline"));
        if (seconds is < 0 or > 7 * 24 * 3600)
            given.Wrong("deadline", "Seconds between 0 and 604800 are expected.");
        return call.Refuses(out var refusal)
            ? refusal
            : new(await call.Get<IMasterActions>().Shutdown(call.Id, new() { Reason = reason, Quick = quick, Within = seconds is { } s ? TimeSpan.FromSeconds(s) : null }, call.By, call.Cancellation));
    }

    private static JsonObject Draining(MasterDrain drain) => new()
    {
        ["requested_at"] = drain.RequestedAt.ToUnixTimeSeconds(),
        ["by"] = drain.By,
        ["reason"] = drain.Reason,
        ["quick"] = drain.Quick,
        ["deadline"] = drain.Deadline?.ToUnixTimeSeconds(),
        ["waits_for"] = new JsonArray([.. drain.WaitsFor.Select(b => new JsonObject { ["buildid"] = b.Id, ["builder"] = b.Builder, ["number"] = b.Number, ["worker"] = b.Worker })]),
    };

    private static bool IsActive(MasterRecord master) => master.State is MasterState.Active or MasterState.Draining;
}
