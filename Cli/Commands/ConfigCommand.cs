using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir config check|apply PATH</c> and <c>history</c>. Complaints are printed as FILE:LINE:COLUMN, as editors understand them.</summary>
internal static class ConfigCommand
{
    public static Command Make() => new("config", "The configuration: check, apply, history") { Check(), Apply(), History() };

    private static Command Check()
    {
        var path = PathArgument();
        var command = new Command("check", "Check a configuration; nothing is changed") { path };
        command.SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            var answer = await client.Post("config/check", new JsonObject { ["parts"] = Parts(given.GetValue(path)!) }, cancellation);
            return Tell(given, answer, "The configuration is good.");
        });
        return command;
    }

    private static Command Apply()
    {
        var path = PathArgument();
        var reason = Reasons.Option();
        var command = new Command("apply", "Check a configuration and put it in force; builds that run keep theirs") { path, reason };
        command.SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            var body = Reasons.Body(given.GetValue(reason));
            body["parts"] = Parts(given.GetValue(path)!);
            var answer = await client.Post("config/apply", body, cancellation, null, HttpStatusCode.UnprocessableEntity);
            return Tell(given, answer, answer["changed"]?.GetValue<bool>() == true ? $"Revision {answer["revisionid"]} is in force." : $"Nothing changed: revision {answer["revisionid"]} has the same content.");
        });
        return command;
    }

    private static Command History()
    {
        var command = new Command("history", "List revisions, newest first");
        command.SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            var answer = await client.Get("config/revisions?limit=50", cancellation);
            if (given.GetValue(ServerOptions.Json))
                Printed.Json(answer);
            else
                Printed.Table(["revision", "state", "when", "who", "why"], answer["revisions"]!.AsArray().Select(r => (IReadOnlyList<string>)
                    [Printed.Text(r!["revisionid"]), Printed.Text(r["state"]), Printed.Time(r["created_at"]), Printed.Text(r["author"]), Printed.Text(r["reason"])]), "No configuration yet.");
            return ExitCode.Done;
        });
        return command;
    }

    private static int Tell(ParseResult given, JsonObject answer, string good)
    {
        var accepted = answer["accepted"]!.GetValue<bool>();
        if (given.GetValue(ServerOptions.Json))
            Printed.Json(answer);
        else if (accepted)
            Printed.Line(good);
        else
        {
            foreach (var problem in answer["problems"]!.AsArray())
                Console.Error.WriteLine(Printed.Harmless($"{problem!["part"]}:{problem["line"]}:{problem["column"]}: {(Printed.Text(problem["path"]) is { Length: > 0 } where ? where + ": " : "")}{problem["message"]}"));
        }
        return accepted ? ExitCode.Done : ExitCode.Failed;
    }

    private static Argument<string> PathArgument() => new("PATH") { Description = "A YAML file, or a folder of them" };

    private static JsonArray Parts(string path)
    {
        try
        {
            if (File.Exists(path))
                return [Part(Path.GetFileName(path), path)];
            if (!Directory.Exists(path))
                throw new CommandException(ExitCode.Usage, $"There is no file or folder {path}.");
            var files = Directory.EnumerateFiles(path).Where(f => Path.GetExtension(f) is ".yaml" or ".yml" && Path.GetFileName(f)[0] is not ('.' or '#')).Order(StringComparer.Ordinal).ToArray();
            return files.Length > 0
                ? new JsonArray([.. files.Select(f => Part(Path.GetFileName(f), f))])
                : throw new CommandException(ExitCode.Usage, $"The folder {path} holds no .yaml or .yml file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, e.Message);
        }
    }

    private static JsonNode Part(string name, string file)
    {
        try
        {
            return new JsonObject { ["name"] = name, ["text"] = File.ReadAllText(file, new UTF8Encoding(false, throwOnInvalidBytes: true)) };
        }
        catch (DecoderFallbackException e)
        {
            throw new CommandException(ExitCode.Failed, $"{file}: byte {e.Index} is not UTF-8.");
        }
    }
}
