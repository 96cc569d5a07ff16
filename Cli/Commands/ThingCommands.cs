using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir config get|set|remove</c>: one builder, scheduler, worker … at a time.</summary>
internal static class ThingCommands
{
    public static Verb Get()
    {
        var (section, name) = (Section(), new Argument<string?>("NAME") { Description = "Which; without it all are listed", Arity = ArgumentArity.ZeroOrOne });
        return new Verb("get", "Print a thing of the configuration as it is written, or list those of a section", "weir config get builders", "weir config get builders lib-linux", "weir config get workers attic --json") { section, name }.Does(async (given, client, cancellation) =>
        {
            if (given.GetValue(name) is not { } one)
            {
                ListCommands.Show(given, await client.Get($"config/things/{Uri.EscapeDataString(given.GetValue(section)!)}?limit=10000", cancellation), "things", "There are none.",
                    new("name", r => new(Printed.Text(r["name"]), Tone.Bold)),
                    new("part", r => Cell.Of(r["place"]!["part"])),
                    new("line", r => Cell.Of(r["place"]!["line"])),
                    new("edited", r => Printed.Text(r["why_not"]) is { Length: > 0 } why ? new(why, Tone.Dim) : new("here"), Shrinks: true));
                return;
            }
            var thing = await client.One(Path(given.GetValue(section)!, one), "things", cancellation);
            if (given.AsJson())
                Printed.Json(thing);
            else
                Console.Write(Printed.Text(thing["text"]));
        });
    }

    public static Verb Set()
    {
        var (section, name) = (Section(), new Argument<string>("NAME") { Description = "Which" });
        var values = new Argument<string[]>("KEY=VALUE") { Description = "What is set: a key, or a path as problems name it (steps[2].timeout=30m). VALUE is JSON where it can be read as that, else text; KEY= takes the key away", Arity = ArgumentArity.ZeroOrMore };
        var file = new Option<string?>("--file", "-f") { Description = "The whole thing as YAML out of a file; - reads it from the input", HelpName = "FILE" };
        var rename = new Option<string?>("--rename") { Description = "The name that it has from now on", HelpName = "NAME" };
        var terms = new TermsOptions();
        var part = new Option<string?>("--part") { Description = "For a new one: the part of the store that shall define it (default: forms)" };
        var reason = Reasons.Option();
        var dry = new Option<bool>("--dry-run") { Description = "Show what would change; nothing is stored" };
        return new Verb("set", "Write a thing of the configuration and put it in force; only its own lines change", "weir config set builders lib-linux priority=5 steps[2].timeout=30m", "weir config set locks database -f lock.yaml", "weir config set workers attic maxBuilds=4 --dry-run", "weir config set builders lib-linux priority=5 --when-idle lib-linux") { section, name, values, file, rename, part, reason, dry }.With(terms.AddTo).Does(async (given, client, cancellation) =>
        {
            var path = Path(given.GetValue(section)!, given.GetValue(name)!);
            var body = Reasons.Body(given.GetValue(reason));
            var standing = await Standing(client, path, cancellation);
            if (given.GetValue(file) is { } from)
                body["text"] = from == "-" ? await Console.In.ReadToEndAsync(cancellation) : await Read(from, cancellation);
            else
                body["value"] = Changed(standing?["value"]?.DeepClone() as JsonObject ?? [], given.GetValue(values)!);
            if (given.GetValue(rename) is { } newName)
                body["new_name"] = newName;
            if (given.GetValue(part) is { } into)
                body["part"] = into;
            terms.Put(given, body);
            return Tell(given, await client.Write(HttpMethod.Put, path + Dry(given.GetValue(dry)), body, standing is null ? null : Printed.Text(standing["etag"]), cancellation));
        });
    }

    public static Verb Remove()
    {
        var (section, name) = (Section(), new Argument<string>("NAME") { Description = "Which" });
        var reason = Reasons.Option();
        var dry = new Option<bool>("--dry-run") { Description = "Show what would change; nothing is stored" };
        var terms = new TermsOptions();
        return new Verb("remove", "Remove a thing of the configuration: its history stays, and the same name revives it", "weir config remove builders lib-bsd --reason 'no worker any more'", "weir config remove builders lib-bsd --when-idle lib-bsd") { section, name, reason, dry }.With(terms.AddTo).Does(async (given, client, cancellation) =>
        {
            var said = Reasons.Body(given.GetValue(reason));
            terms.Put(given, said);
            if (given.GetValue(dry))
                said["dryRun"] = "true";
            var query = said.Count == 0 ? "" : "?" + string.Join('&', said.Select(s => $"{s.Key}={Uri.EscapeDataString(s.Value is JsonArray names ? string.Join(',', names.Select(n => n!.GetValue<string>())) : s.Value!.GetValueKind() == JsonValueKind.String ? s.Value.GetValue<string>() : s.Value.ToJsonString())}"));
            return Tell(given, await client.Write(HttpMethod.Delete, Path(given.GetValue(section)!, given.GetValue(name)!) + query, null, "*", cancellation));
        });
    }

    private static JsonObject Changed(JsonObject value, IEnumerable<string> given)
    {
        foreach (var (path, text) in NamedValues.Pairs(given))
            Put(value, path, text);
        return value;
    }

    // steps[2].timeout: down to the last step, then set or taken away.
    private static void Put(JsonObject root, string path, string text)
    {
        var steps = path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries);
        JsonNode at = root;
        for (var i = 0; i < steps.Length; i++)
        {
            var (step, last) = (steps[i], i == steps.Length - 1);
            if (step is ['[', .. var number, ']'] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && at is JsonArray list && index <= list.Count)
            {
                if (last && text.Length == 0 && index < list.Count)
                    list.RemoveAt(index);
                else if (last && index < list.Count)
                    list[index] = Value(text);
                else if (index == list.Count)
                    list.Add(last ? Value(text) : new JsonObject());
                at = last ? at : list[index] ?? throw Nowhere(path);
            }
            else if (step[0] != '[' && at is JsonObject map)
            {
                if (last && text.Length == 0)
                    map.Remove(step);
                else if (last)
                    map[step] = Value(text);
                else if (map[step] is null)
                    map[step] = steps[i + 1][0] == '[' ? new JsonArray() : new JsonObject();
                at = last ? at : map[step] ?? throw Nowhere(path);
            }
            else
            {
                throw Nowhere(path);
            }
        }
    }

    private static CommandException Nowhere(string path) => new(ExitCode.Usage, $"There is nothing at {path} that could be set; `weir config get` shows the thing.");

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static async Task<JsonObject?> Standing(RestClient client, string path, CancellationToken cancellation)
    {
        try
        {
            return await client.One(path, "things", cancellation);
        }
        catch (CommandException e) when (e.ExitCode == ExitCode.NotFound)
        {
            return null;
        }
    }

    private static async Task<string> Read(string file, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllTextAsync(file, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, e.Message);
        }
    }

    private static int Tell(ParseResult given, JsonObject answer)
    {
        var accepted = answer["accepted"]?.GetValue<bool>() ?? false;
        if (given.AsJson())
        {
            Printed.Json(answer);
        }
        else if (!accepted)
        {
            foreach (var problem in answer["problems"]?.AsArray() ?? [])
                Printed.Note(problem!["path"]?.GetValue<string>() is { } inside ? $"{(inside.Length == 0 ? "" : inside + ": ")}{problem["message"]}" : $"{problem["part"]}:{problem["line"]}:{problem["column"]}: {problem["message"]}");
        }
        else if (answer["dry_run"]!.GetValue<bool>())
        {
            Differences.Print(false, new JsonObject { ["differences"] = new JsonArray(new JsonObject { ["changes"] = answer["changes"]?.DeepClone(), ["text"] = answer["text"]?.DeepClone() }) }, "Nothing would change.");
            ImpactCommand.Print(answer);
        }
        else
        {
            Printed.Line(!answer["changed"]!.GetValue<bool>() ? "Nothing changed: it stands so already."
                : TermsOptions.Told(answer, $"Revision {answer["revisionid"]}"));
        }
        return accepted ? ExitCode.Done : ExitCode.Failed;
    }

    private static string Dry(bool dry) => dry ? "?dryRun=true" : "";

    private static string Path(string section, string name) => $"config/things/{Uri.EscapeDataString(section)}/{Uri.EscapeDataString(name)}";

    private static Argument<string> Section() => new("SECTION") { Description = "builders, schedulers, workers, locks, codebases, projects or changeSources" };
}
