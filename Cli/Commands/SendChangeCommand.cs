using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir sendchange</c>: reports a change as a hook would.</summary>
internal static class SendChangeCommand
{
    private static readonly (string Field, Option<string?> Option)[] Texts =
    [
        ("author", new("--author", "--who") { Description = "Who made it, for example 'Ada <ada@example.org>'", Required = true }),
        ("codebase", new("--codebase") { Description = "Which codebase of the configuration it belongs to" }),
        ("repository", new("--repository") { Description = "Its repository, if no codebase is named" }),
        ("branch", new("--branch") { Description = "Its branch" }),
        ("revision", new("--revision") { Description = "Its revision" }),
        ("comments", new("--comments", "-m") { Description = "Its message" }),
        ("committer", new("--committer") { Description = "Who committed it" }),
        ("project", new("--project") { Description = "Its project" }),
        ("category", new("--category") { Description = "Its category" }),
        ("revlink", new("--revlink") { Description = "Where it can be looked at" }),
    ];

    private static readonly Option<string[]> Properties = new("--property", "-p") { Description = "NAME=VALUE, any number of times", AllowMultipleArgumentsPerToken = false };
    private static readonly Argument<string[]> Files = new("FILE") { Description = "Which files it changed", Arity = ArgumentArity.ZeroOrMore };

    public static Command Make()
    {
        var command = new Command("sendchange", "Report a change") { Files, Properties };
        foreach (var (_, option) in Texts)
            command.Add(option);
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult given, CancellationToken cancellation)
    {
        using var client = given.Client();
        var body = new JsonObject { ["files"] = new JsonArray([.. (given.GetValue(Files) ?? []).Select(f => (JsonNode)f)]) };
        foreach (var (field, option) in Texts)
        {
            if (given.GetValue(option) is { } text)
                body[field] = text;
        }
        if (given.GetValue(Properties) is { Length: > 0 } properties)
            body["properties"] = NamedValues.Read(properties);
        var made = await client.Post("changes", body, cancellation);
        if (given.GetValue(ServerOptions.Json))
            Printed.Json(made);
        else
            Printed.Line($"change {made["changes"]?[0]?["changeid"]}");
        return ExitCode.Done;
    }
}
