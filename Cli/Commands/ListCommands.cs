using System.CommandLine;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary>Lists that are one request and one table: builders, workers, masters, the queue, changes.</summary>
internal static class ListCommands
{
    public static Command Builders() => List("builders", "List builders", "builders", "No builders: is a configuration in force? `weir config apply PATH` puts one in force.", ["weir builders", "weir builders --json | jq -r '.builders[].name'"],
        new("builder", b => new(Printed.Text(b["name"]), Tone.Bold), Shrinks: true),
        new("last", b => b["last_build"] is { } last ? new($"#{last} {Printed.Result(b["last_result"])}", Tones.OfResult(b["last_result"]?.GetValue<int>())) : new("")),
        new("running", b => Count(b["running"])),
        new("waiting", b => Count(b["queue"])),
        new("why it waits", b => Cell.Of(b["wait_reason"]), Shrinks: true),
        new("tags", b => Cell.Of(b["tags"]), Shrinks: true));

    public static Command Masters() => List("masters", "List masters", "masters", "No masters.", ["weir masters"],
        new("master", m => new(Printed.Text(m["name"]), Tone.Bold)),
        new("state", m => Cell.State(Printed.Text(m["state"]))),
        new("roles", m => Cell.Of(m["roles"])),
        new("only", m => new(string.Join(", ", [.. Texts(m["only_builders"]), .. Texts(m["only_tags"]).Select(t => "#" + t)])), Shrinks: true),
        new("version", m => Cell.Of(m["version"])),
        new("builds", m => Cell.Of(m["owned_builds"])),
        new("workers", m => Cell.Of(m["workers"])),
        new("heartbeat", m => Cell.Ago(m["last_active"])));

    public static Command Orders() => List("orders", "List what was asked of engines at masters of pages, newest first, and what came of it", "orders", "Nothing was ordered.", ["weir orders"],
        new("order", o => Cell.Of(o["orderid"])),
        new("what", o => new(Printed.Text(o["kind"]), Tone.Bold)),
        new("of", o => Cell.Of(o["subject"]), Shrinks: true),
        new("asked by", o => Cell.Of(o["asked_by"])),
        new("asked", o => Cell.Ago(o["asked_at"])),
        new("outcome", o => o["outcome"] is { } outcome ? Cell.Of(outcome) : new("waits")),
        new("why not", o => Cell.Of(o["complaint"]), Shrinks: true));

    public static Command Queue() => List("queue", "List what waits, in the order in which it will run, each with its reason, and when it will probably start", "buildrequests", "Nothing waits.", ["weir queue"],
        new("request", r => Cell.Of(r["buildrequestid"])),
        new("builder", r => new(Printed.Text(r["buildername"]), Tone.Bold)),
        new("prio", r => Cell.Of(r["priority"])),
        new("since", r => Cell.Ago(r["submitted_at"])),
        new("starts", r => Cell.About(r["waiting"]?["expected_start_at"])),
        new("why it waits", r => Cell.Of(r["waiting"]?["text"]), Shrinks: true),
        new("reason", r => Cell.Of(r["reason"]), Shrinks: true));

    public static Command Locks() => List("locks", "List locks, who holds them and how many wait", "locks", "There are no locks.", ["weir locks", "weir locks --json | jq '.locks[] | select(.name == \"database\") | .waiters'"],
        new("lock", l => new(Printed.Text(l["name"]), Tone.Bold)),
        new("scope", l => Cell.Of(l["scope"])),
        new("capacity", l => Cell.Of(l["capacity"])),
        new("held by", l => new(string.Join(", ", l["holders"]!.AsArray().Select(h => $"{h!["build"]!["buildername"]} #{h["build"]!["number"]}{(h["names"] is System.Text.Json.Nodes.JsonArray { Count: > 0 } names ? $" ({string.Join(", ", names)})" : "")}"))), Shrinks: true),
        new("waiting", l => Count(System.Text.Json.Nodes.JsonValue.Create(l["waiters"]!.AsArray().Count))));

    public static Command Changes()
    {
        var branch = new Option<string?>("--branch") { Description = "Only of this branch" };
        var codebase = new Option<string?>("--codebase") { Description = "Only of this codebase" };
        var limit = new Option<int>("--limit", "-n") { Description = "How many", DefaultValueFactory = _ => 20 };
        return new Verb("changes", "List changes, newest first", "weir changes --branch main -n 5") { branch, codebase, limit }.Does(async (given, client, cancellation) =>
        {
            var answer = await client.Get(new Query("changes").With("limit", given.GetValue(limit)).With("branch", given.GetValue(branch)).With("codebase", given.GetValue(codebase)).Path, cancellation);
            Show(given, answer, "changes", "No changes yet.",
                new("id", c => Cell.Of(c["changeid"])),
                new("codebase", c => Cell.Of(c["codebase"])),
                new("branch", c => Cell.Of(c["branch"]), Shrinks: true),
                new("revision", c => new(Printed.Revision(c["revision"]))),
                new("when", c => Cell.Ago(c["when_timestamp"])),
                new("author", c => Cell.Of(c["author"]), Shrinks: true),
                new("comments", c => new(Printed.Text(c["comments"]).Split('\n')[0]), Shrinks: true));
        });
    }

    public static Command Workers() => List("workers", "List workers", "workers", "No workers: `weir worker add NAME` makes a token for one.", ["weir workers"],
        new("worker", w => new(Printed.Text(w["name"]), Tone.Bold)),
        new("state", w => Cell.State(Printed.Text(w["state"]))),
        new("why", w => Cell.Of(w["state_reason"]), Shrinks: true),
        new("builds", w => new($"{w["running"]!.AsArray().Count} of {w["max_builds"]}")),
        new("master", w => w["connected_to"]!.AsArray() is [{ } master, ..] ? Cell.Of(master["name"]) : new("")),
        new("last seen", w => Cell.Ago(w["last_seen_at"])));

    private static IEnumerable<string> Texts(System.Text.Json.Nodes.JsonNode? words) => words?.AsArray().Select(w => w!.GetValue<string>()) ?? [];

    /// <summary>Prints an answer as --json or as a table.</summary>
    public static void Show(ParseResult given, System.Text.Json.Nodes.JsonObject answer, string collection, string empty, params Column[] columns)
    {
        if (given.AsJson())
            Printed.Json(answer);
        else
            Printed.Table(columns, answer[collection]!.AsArray(), empty);
    }

    private static Cell Count(System.Text.Json.Nodes.JsonNode? number) => new(Printed.Text(number), number?.GetValue<int>() > 0 ? Tone.Running : Tone.Dim);

    private static Verb List(string name, string description, string collection, string empty, string[] examples, params Column[] columns) =>
        new Verb(name, description, examples).Does(async (given, client, cancellation) => Show(given, await client.Get($"{name}?limit=1000", cancellation), collection, empty, columns));
}
