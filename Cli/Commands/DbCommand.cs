using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir db status|check|migrate|roles|dump-info</c>: the store as a master sees it. Without a master, <c>App.Server db …</c> says the same (decision 0014).</summary>
internal static class DbCommand
{
    private const int MostTables = 12;

    public static Command Make() => new Verb("db", "The store, seen through a master: status, check, migrate, roles, dump-info (needs the right admin; without a master: App.Server db --help)", "weir db status") { Status(), Check(), Migrate(), Roles(), DumpInfo() };

    private static Verb Status() => new Verb("status", "Show schema, sizes, open work and sessions", "weir db status").Does(async (given, client, cancellation) =>
    {
        var answer = await client.Get("store", cancellation);
        if (given.AsJson())
        {
            Printed.Json(answer);
            return;
        }
        var store = answer["store"]![0]!;
        var steps = store["steps"]!.AsArray();
        Printed.Facts(
            ("server", Cell.Of(store["server"])),
            ("database", new($"{store["database"]}, schema {store["schema"]}, {Moments.Bytes(store["bytes"]!.GetValue<long>())}")),
            ("schema", store["fits"]!.GetValue<bool>() ? new($"up to date: {steps.Count} steps, the last is {Step(steps[^1]!)}", Tone.Good) : new("does not fit this version: " + string.Join(", ", steps.Where(s => s!["applied_at"] is null || !s["known"]!.GetValue<bool>()).Select(s => Step(s!))), Tone.Bad)),
            ("versions", new(store["oldest_version"] is null ? "" : $"serves {store["oldest_version"]} and newer; {store["newest_version"]} has brought it up")),
            ("back-fills", new(string.Join("; ", (store["backfills"]?.AsArray() ?? []).Select(b => $"{b!["name"]}: {b["rows"]} rows, {(b["done_at"] is not null ? "done" : b["error"] is { } error ? $"stands still: {error}" : "goes on")}")), (store["backfills"]?.AsArray() ?? []).Any(b => b!["error"] is not null) ? Tone.Bad : Tone.Plain)),
            ("connections", new($"{store["sessions"]!.AsArray().Sum(s => s!["connections"]!.GetValue<int>())} of {store["max_connections"]}")));
        Console.WriteLine();
        Printed.Table([new("open work", w => Cell.Of(w["name"])), new("rows", w => Cell.Of(w["rows"])), new("oldest", w => w["oldest_s"] is { } s ? new(Moments.Rough(TimeSpan.FromSeconds(s.GetValue<double>())), Tone.Plain, Printed.Text(s)) : new(""))], store["work"]!.AsArray(), "");
        Console.WriteLine();
        // At a terminal the big ones; the rest is there with --json, or in a pipe.
        var tables = store["tables"]!.AsArray().Take(Terminal.IsOutput ? MostTables : int.MaxValue);
        Printed.Table([new("table", t => Cell.Of(t["name"])), new("size", t => new(Moments.Bytes(t["bytes"]!.GetValue<long>()), Tone.Plain, Printed.Text(t["bytes"]))), new("rows (about)", t => Cell.Of(t["rows"])), new("partitions", t => t["partitions"]!.GetValue<int>() == 0 ? new("") : Cell.Of(t["partitions"]))], tables, "");
        Console.WriteLine();
        Printed.Table([new("sessions of", s => Cell.Of(s["application"])), new("state", s => Cell.Of(s["state"])), new("connections", s => Cell.Of(s["connections"])), new("longest transaction", s => s["longest_transaction_s"] is { } t ? new(Moments.Exact(TimeSpan.FromSeconds(t.GetValue<double>())), Tone.Plain, Printed.Text(t)) : new(""))], store["sessions"]!.AsArray(), "");
    });

    /// <summary><c>weir doctor</c>: the same as <c>weir db check</c>, under the name by which people look for it.</summary>
    public static Command Doctor() => Check("doctor", "Examine the store: the rules that must hold at every moment; exit code 1 if one is broken (needs the right admin)", "weir doctor");

    private static Verb Check() => Check("check", "Look whether the store's rows fit together; exit code 1 if not", "weir db check");

    private static Verb Check(string name, string description, string example) => new Verb(name, description, example).Does(async (given, client, cancellation) =>
    {
        var answer = await client.Get("store/checks", cancellation);
        ListCommands.Show(given, answer, "checks", "",
            new("", c => c["broken"]!.GetValue<long>() == 0 ? new("ok", Tone.Good) : new("BROKEN", Tone.Bad)),
            new("rule", c => Cell.Of(c["name"])),
            new("rows", c => c["broken"]!.GetValue<long>() == 0 ? new("") : Cell.Of(c["broken"])),
            new("for example", c => Cell.Of(c["examples"]), Shrinks: true));
        return answer["checks"]!.AsArray().All(c => c!["broken"]!.GetValue<long>() == 0) ? ExitCode.Done : ExitCode.Failed;
    });

    private static Verb Migrate() => new Verb("migrate", "Say whether the schema is up to date; a master brings it up when it starts, `App.Server db migrate` without one", "weir db migrate").Does(async (given, client, cancellation) =>
    {
        var store = await client.One("store", "store", cancellation);
        var fits = store["fits"]!.GetValue<bool>();
        if (given.AsJson())
            Printed.Json(new JsonObject { ["fits"] = fits, ["steps"] = store["steps"]!.DeepClone() });
        else if (fits)
            Printed.Line($"Nothing to do: all {store["steps"]!.AsArray().Count} steps of the schema are applied.");
        else
            Printed.Note("weir: the schema does not fit the master that answers. Start an engine of the newer version, or run `App.Server db migrate` with its settings.");
        return fits ? ExitCode.Done : ExitCode.Failed;
    });

    // Who makes roles needs the database itself, so it is the server program that does (decisions 0014 and 0031).
    private static Verb Roles() => new Verb("roles", "Show the database roles of engines and of masters of pages; `App.Server db roles` makes them", "weir db roles").Does(async (given, client, cancellation) =>
    {
        var roles = (await client.One("store", "store", cancellation))["roles"]?.AsArray() ?? [];
        if (given.AsJson())
        {
            Printed.Json(new JsonObject { ["roles"] = roles.DeepClone() });
            return;
        }
        Printed.Table([new("for", r => new(Printed.Text(r["kind"]) == "ui" ? "masters of pages" : "engines")), new("role", r => Cell.Of(r["name"])), new("logins", r => Cell.Of(r["logins"]))], roles, "");
        if (roles.Count == 0)
        {
            Console.WriteLine("""
                There are none: masters of pages connect with all rights.
                To give them a login that may do little, run this with an
                engine's settings and WEIR_LOGIN_PASSWORD:

                  App.Server db roles --ui-login weir_pages
                """);
        }
    });

    private static Verb DumpInfo() => new Verb("dump-info", "Show the command that saves the store, and how big it is", "weir db dump-info").Does(async (given, client, cancellation) =>
    {
        var (answer, store) = (await client.Get("store/dump", cancellation), await client.One("store", "store", cancellation));
        answer["bytes"] = store["bytes"]?.DeepClone();
        if (given.AsJson())
        {
            Printed.Json(answer);
            return;
        }
        Console.WriteLine($"""
            {Moments.Bytes(store["bytes"]!.GetValue<long>())} in the database. Save it while masters run (a dump is one moment):

              {Printed.Harmless(Printed.Text(answer["command"]))}

            The password comes from ~/.pgpass or PGPASSWORD. Without the logs, usually most of it: --exclude-table-data={Printed.Text(store["schema"])}.log_chunks*
            Put it back into an empty database with pg_restore --dbname=NAME weir.dump, then start the masters on it.
            """);
    });

    private static string Step(JsonNode step) => $"{step["number"]!.GetValue<int>():0000} {Printed.Text(step["name"])}";
}
