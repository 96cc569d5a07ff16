using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary>Lists that are one request and one table: builders, workers, masters, the queue.</summary>
internal static class ListCommands
{
    public static Command Builders() => Make("builders", "List builders", "builders", "No builders: is a configuration in force?",
        ("builder", b => Printed.Text(b["name"])), ("last", b => b["last_build"] is { } last ? $"#{last} {Printed.Result(b["last_result"])}" : ""), ("running", b => Printed.Text(b["running"])),
        ("waiting", b => Printed.Text(b["queue"])), ("why", b => Printed.Text(b["wait_reason"])), ("tags", b => Printed.Text(b["tags"])));

    public static Command Workers() => Make("workers", "List workers", "workers", "No workers: `weir worker add NAME` makes a token for one.",
        ("worker", w => Printed.Text(w["name"])), ("state", w => Printed.Text(w["state"])), ("why", w => Printed.Text(w["state_reason"])), ("builds", w => $"{w["running"]!.AsArray().Count} of {w["max_builds"]}"),
        ("master", w => w["connected_to"]!.AsArray() is [{ } master, ..] ? Printed.Text(master["name"]) : ""), ("last seen", w => Printed.Time(w["last_seen_at"])));

    public static Command Masters() => Make("masters", "List masters", "masters", "No masters.",
        ("master", m => Printed.Text(m["name"])), ("state", m => Printed.Text(m["state"])), ("roles", m => Printed.Text(m["roles"])), ("version", m => Printed.Text(m["version"])),
        ("builds", m => Printed.Text(m["owned_builds"])), ("workers", m => Printed.Text(m["workers"])), ("heartbeat", m => Printed.Time(m["last_active"])));

    public static Command Queue() => Make("queue", "List what waits, in the order in which it will run", "buildrequests", "Nothing waits.",
        ("request", r => Printed.Text(r["buildrequestid"])), ("builder", r => Printed.Text(r["buildername"])), ("priority", r => Printed.Text(r["priority"])), ("since", r => Printed.Time(r["submitted_at"])),
        ("why it waits", r => Printed.Text(r["waiting"]?["text"])), ("reason", r => Printed.Text(r["reason"])));

    private static Command Make(string name, string description, string collection, string empty, params (string Head, Func<JsonNode, string> Cell)[] columns)
    {
        var command = new Command(name, description);
        command.SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            var answer = await client.Get($"{name}?limit=1000", cancellation);
            if (given.GetValue(ServerOptions.Json))
                Printed.Json(answer);
            else
                Printed.Table([.. columns.Select(c => c.Head)], answer[collection]!.AsArray().Select(row => (IReadOnlyList<string>)[.. columns.Select(c => c.Cell(row!))]), empty);
            return ExitCode.Done;
        });
        return command;
    }
}
