using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary>Configurations as files: read to be sent, and written by <c>weir config export</c>.</summary>
internal static class ConfigFiles
{
    public static JsonArray Parts(string path)
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

    /// <summary>A revision by its number, or the one in force.</summary>
    public static async Task<JsonObject> Find(RestClient client, string? given, CancellationToken cancellation)
    {
        if (given is null or "in-force")
            return await client.One("config/in_force", "revisions", cancellation);
        return long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? await client.One($"config/revisions/{id}", "revisions", cancellation)
            : throw new CommandException(ExitCode.Usage, $"\"{given}\" is not the number of a revision; `weir config history` lists them.");
    }

    public static Verb Export()
    {
        var revision = ConfigCommand.RevisionArgument();
        var to = new System.CommandLine.Option<string>("--to") { Description = "The folder to write into; it is made if need be", DefaultValueFactory = _ => ".", HelpName = "FOLDER" };
        var force = new System.CommandLine.Option<bool>("--force") { Description = "Write over files that are there and differ" };
        var whole = new System.CommandLine.Option<bool>("--whole") { Description = "Print everything that is in force as one text of YAML, without comments, that reads back equal" };
        return new Verb("export", "Write the parts of a revision as files", "weir config export --to ci/", "weir config export 9 --to old/", "weir config export --whole > weir.yaml") { revision, to, force, whole }.Does(async (given, client, cancellation) =>
        {
            if (given.GetValue(whole))
            {
                await using var output = Console.OpenStandardOutput();
                await client.Copy("config/export", output, cancellation);
                return;
            }
            var found = await Find(client, given.GetValue(revision), cancellation);
            var folder = given.GetValue(to)!;
            var files = found["parts"]!.AsArray().Select(p => (Name: SafeName(Printed.Text(p!["name"])), Text: Printed.Text(p["text"]))).ToArray();
            try
            {
                Directory.CreateDirectory(folder);
                if (!given.GetValue(force) && files.FirstOrDefault(f => File.Exists(Path.Combine(folder, f.Name)) && File.ReadAllText(Path.Combine(folder, f.Name)) != f.Text) is { Name: { } there })
                    throw new CommandException(ExitCode.Failed, $"{Path.Combine(folder, there)} is there and differs; --force writes over it. Nothing was written.");
                foreach (var (name, text) in files)
                    await File.WriteAllTextAsync(Path.Combine(folder, name), text, new UTF8Encoding(false), cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandException(ExitCode.Failed, e.Message);
            }
            if (given.AsJson())
                Printed.Json(new JsonObject { ["revisionid"] = found["revisionid"]?.DeepClone(), ["files"] = new JsonArray([.. files.Select(f => (JsonNode)Path.Combine(folder, f.Name))]) });
            else
                Printed.Line($"Revision {found["revisionid"]}: {string.Join(", ", files.Select(f => Path.Combine(folder, f.Name)))}");
        });
    }

    // A part is named by whoever applied it: it must not lead out of the folder.
    private static string SafeName(string name) => name.Replace('\\', '/').Split('/')[^1] is { Length: > 0 } safe and not ("." or "..") ? safe : throw new CommandException(ExitCode.Failed, $"A part is called \"{name}\", which is no name for a file.");

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
