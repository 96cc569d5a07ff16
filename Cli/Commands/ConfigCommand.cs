using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir config check|apply|diff|history|show|export|restore|cancel|enforce</c>. Complaints are printed as FILE:LINE:COLUMN, as editors understand them.</summary>
internal static class ConfigCommand
{
    public static Command Make() => new Verb("config", "The configuration: check, apply, diff, history, show, get, set, remove, parts, impact, export, restore, cancel, enforce", "weir config check ci/", "weir config history")
    {
        Check(), Apply(), Diff(), History(), Show(), ThingCommands.Get(), ThingCommands.Set(), ThingCommands.Remove(), Parts(), ImpactCommand.Make(), ConfigFiles.Export(), Restore(), Cancel(), Enforce(),
    };

    private static Verb Check()
    {
        var path = PathArgument();
        return new Verb("check", "Check a configuration and print every problem; nothing is changed", "weir config check ci/") { path }.Does(async (given, client, cancellation) =>
        {
            var answer = await client.Post("config/check", new JsonObject { ["parts"] = ConfigFiles.Parts(given.GetValue(path)!) }, cancellation);
            return Tell(given, answer, "The configuration is good.");
        });
    }

    private static Verb Apply()
    {
        var path = PathArgument();
        var reason = Reasons.Option();
        var dry = new Option<bool>("--dry-run") { Description = "Check and show what would change; nothing is stored" };
        var terms = new TermsOptions();
        return new Verb("apply", "Check a configuration and put it in force; builds that run keep theirs", "weir config apply ci/ --reason 'two more workers'", "weir config apply ci/ --dry-run", "weir config apply ci/ --when-idle lib-linux lib-bsd --deadline 8h") { path, reason, dry }.With(terms.AddTo).Does(async (given, client, cancellation) =>
        {
            var parts = ConfigFiles.Parts(given.GetValue(path)!);
            if (given.GetValue(dry))
            {
                var check = await client.Post("config/check", new JsonObject { ["parts"] = parts.DeepClone() }, cancellation);
                if (!check["accepted"]!.GetValue<bool>())
                    return Tell(given, check, "");
                Differences.Print(given.AsJson(), await client.Post("config/diff", new JsonObject { ["parts"] = parts.DeepClone() }, cancellation), "Nothing would change.");
                if (!given.AsJson())
                    ImpactCommand.Print(await client.Post("config/impact", new JsonObject { ["parts"] = parts }, cancellation));
                return ExitCode.Done;
            }
            var body = Reasons.Body(given.GetValue(reason));
            body["parts"] = parts;
            terms.Put(given, body);
            var answer = await client.Post("config/apply", body, cancellation, null, HttpStatusCode.UnprocessableEntity);
            return Tell(given, answer, answer["changed"]?.GetValue<bool>() == true || Held(answer) is not null ? TermsOptions.Told(answer, $"Revision {answer["revisionid"]}") : $"Nothing changed: revision {answer["revisionid"]} has the same content.");
        });
    }

    private static Verb Diff()
    {
        var what = new Argument<string[]>("REVISION|PATH") { Description = "Two revisions; one: what it changed; a file or folder: what it would change of what is in force", Arity = new ArgumentArity(1, 2) };
        var text = new Option<bool>("--text") { Description = "Only the difference of the texts, as diff -u writes it" };
        return new Verb("diff", "Show what differs between revisions, or between local files and what is in force: which builders, schedulers, workers …, and as text", "weir config diff 12", "weir config diff 9 12", "weir config diff ci/") { what, text }.Does(async (given, client, cancellation) =>
        {
            var words = given.GetValue(what)!;
            var answer = words switch
            {
                [var from, var to] => await client.Get($"config/revisions/{Number(to)}/difference?from={Number(from)}", cancellation),
                [var one] when long.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && !Path.Exists(one) => await client.Get($"config/revisions/{id}/difference", cancellation),
                _ => await client.Post("config/diff", new JsonObject { ["parts"] = ConfigFiles.Parts(words[0]) }, cancellation),
            };
            Differences.Print(given.AsJson(), answer, "They do not differ.", onlyText: given.GetValue(text));
        });
    }

    private static Verb History()
    {
        var limit = new Option<int>("--limit", "-n") { Description = "How many", DefaultValueFactory = _ => 20 };
        return new Verb("history", "List revisions, newest first", "weir config history -n 5") { limit }.Does(async (given, client, cancellation) =>
            ListCommands.Show(given, await client.Get($"config/revisions?limit={given.GetValue(limit)}", cancellation), "revisions", "No configuration yet.",
                new("revision", r => new(Printed.Text(r["revisionid"]), Tone.Bold)),
                new("state", r => Printed.Text(r["state"]) switch { "in_force" => new("in force", Tone.Good, "in_force"), "refused" => new("refused", Tone.Bad), "held_back" => new("held back", Tone.Warning, "held_back"), "waiting_for_idle" => new("waits for idle", Tone.Warning, "waiting_for_idle"), var other => new(other, Tone.Dim) }),
                new("when", r => Cell.Ago(r["created_at"])),
                new("who", r => Cell.Of(r["author"])),
                new("why", r => Cell.Of(r["reason"]), Shrinks: true)));
    }

    private static Verb Show()
    {
        var revision = RevisionArgument();
        var part = new Option<string?>("--part") { Description = "Only the part of this name, and nothing but its text" };
        return new Verb("show", "Print a revision: who, when, why, and its text", "weir config show", "weir config show 9 --part builders.yaml") { revision, part }.Does(async (given, client, cancellation) =>
        {
            var found = await ConfigFiles.Find(client, given.GetValue(revision), cancellation);
            if (given.AsJson())
            {
                Printed.Json(found);
                return;
            }
            if (given.GetValue(part) is { } name)
            {
                Console.Write(Printed.Text((found["parts"]!.AsArray().FirstOrDefault(p => Printed.Text(p!["name"]) == name)
                    ?? throw new CommandException(ExitCode.NotFound, $"Revision {found["revisionid"]} has no part {name}. Parts: {string.Join(", ", found["parts"]!.AsArray().Select(p => Printed.Text(p!["name"])))}."))["text"]));
                return;
            }
            Printed.Facts(("revision", new($"{found["revisionid"]} ({Printed.Text(found["state"]).Replace('_', ' ')})")), ("who", Cell.Of(found["author"])), ("when", new(Moments.Local(found["created_at"]))), ("why", Cell.Of(found["reason"])));
            if (Printed.Text(found["state"]) is "held_back" or "waiting_for_idle" && Held(found) is { } because)
                Printed.Line(because, Tone.Warning);
            foreach (var one in found["parts"]!.AsArray())
            {
                Printed.Line($"\n── {Printed.Text(one!["name"])} ──".TrimStart('\n'), Tone.Dim);
                Console.WriteLine(string.Join('\n', Printed.Text(one["text"]).TrimEnd('\n').Split('\n').Select(Printed.LogLine)));
            }
        });
    }

    private static Verb Parts()
    {
        var remove = new Option<string?>("--remove") { Description = "Take this part (file, store or forms) out of the configuration; what a watched file says counts again when it changes", HelpName = "PART" };
        var reason = Reasons.Option();
        return new Verb("parts", "List the parts that the configuration is put together of: where each comes from, how it is, what is wrong with it", "weir config parts", "weir config parts --remove file --reason 'all of it is in the store now'") { remove, reason }.Does(async (given, client, cancellation) =>
        {
            if (given.GetValue(remove) is not { } part)
            {
                await List(given, client, cancellation);
                return;
            }
            var answer = await client.Post($"config/parts/{Uri.EscapeDataString(part)}/actions/remove", Reasons.Body(given.GetValue(reason)), cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line(answer["result"]!["changed"]!.GetValue<bool>() ? TermsOptions.Told(answer["result"]!.AsObject(), $"Revision {answer["result"]!["revisionid"]}, without the part {part},") : $"Nothing changed: the part {part} is empty.");
        });
    }

    private static async Task List(ParseResult given, RestClient client, CancellationToken cancellation) =>
        ListCommands.Show(given, await client.Get("config/parts", cancellation), "parts", "No configuration yet.",
            new("part", r => new(Printed.Text(r["name"]), Tone.Bold)),
            new("state", r => Printed.Text(r["state"]) switch { "good" => new("good", Tone.Good), "broken" => new("broken", Tone.Bad), var other => new(other, Tone.Warning) }),
            new("taken", r => Cell.Ago(r["taken_at"])),
            new("names", r => new(r["defines"]!.AsArray().Count.ToString(CultureInfo.InvariantCulture))),
            new("commit", r => new(Printed.Text(r["commit"]) is { Length: > 10 } commit ? commit[..10] : Printed.Text(r["commit"]))),
            new("place", r => Cell.Of(r["place"])),
            new("error", r => Cell.Of(r["error"]), Shrinks: true));

    private static Verb Restore()
    {
        var revision = new Argument<long>("REVISION") { Description = "Its content becomes a new revision" };
        var reason = Reasons.Option();
        var dry = new Option<bool>("--dry-run") { Description = "Show what would change; nothing is stored" };
        var terms = new TermsOptions();
        return new Verb("restore", "Put the content of an old revision back in force, as a new revision; builds that run keep theirs", "weir config restore 9 --reason 'the new workers are not ready'", "weir config restore 9 --dry-run", "weir config restore 9 --when-idle") { revision, reason, dry }.With(terms.AddTo).Does(async (given, client, cancellation) =>
        {
            var id = given.GetValue(revision);
            if (given.GetValue(dry))
            {
                var standing = await client.One("config/in_force?field=revisionid", "revisions", cancellation);
                Differences.Print(given.AsJson(), await client.Get($"config/revisions/{id}/difference?from={standing["revisionid"]}", cancellation), "Nothing would change.");
                if (!given.AsJson())
                    ImpactCommand.Print(await client.Post("config/impact", new JsonObject { ["revision"] = id }, cancellation));
                return;
            }
            var body = Reasons.Body(given.GetValue(reason));
            terms.Put(given, body);
            var answer = await client.Post($"config/revisions/{id}/actions/restore", body, cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else if (answer["result"]!["changed"]!.GetValue<bool>() || Held(answer["result"]!.AsObject()) is not null)
                Printed.Line(TermsOptions.Told(answer["result"]!.AsObject(), $"Revision {answer["result"]!["revisionid"]}, with the content of revision {id},"));
            else
                Printed.Line($"Nothing changed: what is in force, revision {answer["result"]!["revisionid"]}, has the same content.");
        });
    }

    private static Verb Cancel() => OfToCome("cancel", "Drop a revision that waits or is held back: what it changed goes back to what is in force", id => $"Revision {id} was dropped.");

    private static Verb Enforce() => OfToCome("enforce", "Let a revision that waits for idle builders come in force now", id => $"Revision {id}");

    private static Verb OfToCome(string action, string what, Func<long, string> told)
    {
        var revision = new Argument<long?>("REVISION") { Description = "Which (default: the one that waits)", Arity = ArgumentArity.ZeroOrOne };
        var reason = Reasons.Option();
        return new Verb(action, what, $"weir config {action}", $"weir config {action} 12 --reason 'not tonight'") { revision, reason }.Does(async (given, client, cancellation) =>
        {
            var id = given.GetValue(revision) ?? (await client.One("config/to_come?field=revisionid", "revisions", cancellation))["revisionid"]!.GetValue<long>();
            var answer = await client.Post($"config/revisions/{id}/actions/{action}", Reasons.Body(given.GetValue(reason)), cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line(action == "enforce" ? TermsOptions.Told(answer["result"]!.AsObject(), told(id)) : told(id));
        });
    }

    // Why it is not in force yet; null: it is, or the master is older than that.
    private static string? Held(JsonObject answer) => answer["held_because"]?.GetValue<string>();

    private static int Tell(ParseResult given, JsonObject answer, string good)
    {
        var accepted = answer["accepted"]!.GetValue<bool>();
        if (given.AsJson())
            Printed.Json(answer);
        else if (accepted)
            Printed.Line(good);
        else
        {
            var problems = Complain(answer);
            if (Terminal.IsErrors)
                Printed.Note(problems.Count == 1 ? "One problem; what is in force stays in force." : $"{problems.Count} problems; what is in force stays in force.");
        }
        return accepted ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>The problems of an answer, as editors understand them.</summary>
    public static JsonArray Complain(JsonObject answer)
    {
        var problems = answer["problems"]!.AsArray();
        foreach (var problem in problems)
            Printed.Note($"{(Printed.Text(problem!["part"]).Length == 0 ? "" : $"{problem["part"]}:{problem["line"]}:{problem["column"]}: ")}{(Printed.Text(problem["path"]) is { Length: > 0 } where ? where + ": " : "")}{problem["message"]}");
        return problems;
    }

    private static Argument<string> PathArgument() => new("PATH") { Description = "A YAML file, or a folder of them" };

    public static Argument<string?> RevisionArgument() => new("REVISION") { Description = "Which (default: the one in force)", Arity = ArgumentArity.ZeroOrOne };

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new CommandException(ExitCode.Usage, $"\"{text}\": two revisions are compared by their numbers; `weir config history` lists them.");
}
