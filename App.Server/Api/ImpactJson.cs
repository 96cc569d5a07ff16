using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared.Configuration;

namespace Weir.App.Server.Api;

/// <summary>What a configuration would do, as REST tells it: in words, and thing by thing.</summary>
internal static class ImpactJson
{
    public static JsonObject? Of(Impact? impact) => impact is null ? null : new()
    {
        ["sentences"] = Rest.Array(impact.Sentences()),
        ["waits"] = impact.Waits is not { } waits ? null : new JsonObject
        {
            ["state"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(waits.State.ToString()),
            ["because"] = waits.Because,
            ["builds"] = Rest.Array(waits.Builds),
            ["deadline"] = Rest.Seconds(waits.Deadline?.At),
            ["at_deadline"] = waits.Deadline is { } end ? JsonNamingPolicy.SnakeCaseLower.ConvertName(end.Then.ToString()) : null,
        },
        ["builders"] = new JsonArray([.. impact.Builders.Select(b => (JsonNode)new JsonObject
        {
            ["name"] = b.Name,
            ["change"] = Word(b.Change),
            ["former_name"] = b.FormerName,
            ["running"] = new JsonArray([.. b.Running.OrderBy(r => r.Key).Select(r => (JsonNode)new JsonObject { ["revisionid"] = r.Key, ["builds"] = r.Value })]),
            ["waiting"] = b.Waiting,
            ["cancelled"] = b.CancelsWaiting ? b.Waiting : 0,
            ["set_aside"] = b.SetAside,
            ["missing"] = b.Missing,
            ["loses_workers"] = b.LosesWorkers,
        })]),
        ["workers"] = new JsonArray([.. impact.Workers.Select(w => (JsonNode)new JsonObject { ["name"] = w.Name, ["change"] = Word(w.Change), ["former_name"] = w.FormerName, ["running"] = w.Running })]),
        ["locks"] = new JsonArray([.. impact.Locks.Select(l => (JsonNode)new JsonObject { ["name"] = l.Name, ["change"] = Word(l.Change), ["former_name"] = l.FormerName, ["holders"] = l.Holders, ["before"] = l.Before, ["after"] = l.After })]),
        ["shared_directories"] = new JsonArray([.. impact.Directories.Select(d => (JsonNode)new JsonObject { ["name"] = d.Name, ["change"] = Word(d.Change), ["former_name"] = d.FormerName, ["worker"] = d.Worker, ["holders"] = d.Holders, ["lost"] = d.Lost })]),
        ["unserved"] = new JsonArray([.. impact.Unserved.Select(u => (JsonNode)new JsonObject { ["builder"] = u.Builder, ["waiting"] = u.Waiting, ["usual_seconds"] = u.Usual.TotalSeconds, ["longest_seconds"] = u.Longest.TotalSeconds })]),
        ["schedules"] = new JsonArray([.. impact.Schedules.Select(s => (JsonNode)new JsonObject { ["scheduler"] = s.Scheduler, ["before"] = Rest.Seconds(s.Before), ["after"] = Rest.Seconds(s.After) })]),
    };

    private static string Word(DifferenceKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
