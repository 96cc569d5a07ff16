using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Git;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir sendchange</c>: reports a change as a hook would; in a git repository the commit there says what is not given.</summary>
internal static class SendChangeCommand
{
    private static readonly (string Field, Option<string?> Option)[] Texts =
    [
        ("author", new("--author", "--who") { Description = "Who made it, for example 'Ada <ada@example.org>'" }),
        ("codebase", new("--codebase") { Description = "Which codebase of the configuration it belongs to" }),
        ("repository", new("--repository") { Description = "Its repository, if no codebase is named" }),
        ("branch", new("--branch") { Description = "Its branch" }),
        ("revision", new("--revision") { Description = "Its revision" }),
        ("comments", new("--comments", "-m") { Description = "Its message; - reads it from standard input" }),
        ("committer", new("--committer") { Description = "Who committed it" }),
        ("project", new("--project") { Description = "Its project" }),
        ("category", new("--category") { Description = "Its category" }),
        ("revlink", new("--revlink") { Description = "Where it can be looked at" }),
        ("key", new("--key") { Description = "What makes it the same change when it is sent again (default for a commit of a codebase: codebase, branch and revision)" }),
    ];

    private static readonly Option<long?> When = new("--when") { Description = "When it was made, in seconds since 1970", HelpName = "SECONDS" };
    private static readonly Option<string?> GitFolder = new("--git") { Description = "Take what is not given from the commit (--revision, else HEAD) of the git repository there; the default, with the folder one stands in, where --author is not given", HelpName = "FOLDER" };
    private static readonly Option<string[]> Properties = new("--property", "-p") { Description = "NAME=VALUE, any number of times", AllowMultipleArgumentsPerToken = false };
    private static readonly Argument<string[]> Files = new("FILE") { Description = "Which files it changed", Arity = ArgumentArity.ZeroOrMore };

    public static Command Make()
    {
        var command = new Verb("sendchange", "Report a change",
            "weir sendchange                        # the commit checked out here",
            "weir sendchange --codebase lib --branch main --revision 4f2a91c --author 'Ada <ada@example.org>' -m 'Mend the pump' src/pump.c",
            "weir sendchange --json | jq '.changes[0].changeid'")
        { Files, Properties, When, GitFolder };
        foreach (var (_, option) in Texts)
            command.Add(option);
        return command.Does(Run);
    }

    private static async Task Run(ParseResult given, RestClient client, CancellationToken cancellation)
    {
        var body = new JsonObject { ["files"] = new JsonArray([.. (given.GetValue(Files) ?? []).Select(f => (JsonNode)f)]) };
        foreach (var (field, option) in Texts)
        {
            if (given.GetValue(option) is { } text)
                body[field] = field == "comments" && text == "-" ? await Console.In.ReadToEndAsync(cancellation) : text;
        }
        if (given.GetValue(When) is { } when)
            body["when_timestamp"] = when;
        if (given.GetValue(Properties) is { Length: > 0 } properties)
            body["properties"] = NamedValues.Read(properties);
        if (given.GetValue(GitFolder) is not null || body["author"] is null)
            await FillIn(body, given.GetValue(GitFolder) ?? Environment.CurrentDirectory, cancellation);
        // A commit of a codebase is named by the server, as pollers and hooks name it; what says no revision gets a name here. So sending again after a broken connection makes no second change.
        var once = RandomNumberGenerator.GetHexString(32, lowercase: true);
        if (body["key"] is null && body["revision"] is null)
            body["key"] = "weir:" + once;
        var made = await client.Post("changes", body, cancellation, once);
        if (given.AsJson())
            Printed.Json(made);
        else
            Printed.Line($"change {made["changes"]?[0]?["changeid"]}");
    }

    private static async Task FillIn(JsonObject body, string folder, CancellationToken cancellation)
    {
        if (await GitCommit.Read(folder, body["revision"]?.GetValue<string>(), cancellation) is not { } commit)
            throw new CommandException(ExitCode.Usage, $"--author is missing, and {folder} is in no git repository whose commit could say it.");
        Default("author", commit.Author);
        Default("committer", commit.Committer);
        Default("comments", commit.Comments);
        Default("when_timestamp", commit.When);
        Default("branch", commit.Branch);
        body["revision"] = commit.Revision;
        if (body["codebase"] is null)
            Default("repository", commit.Repository);
        if (body["files"]!.AsArray().Count == 0)
            body["files"] = new JsonArray([.. commit.Files.Select(f => (JsonNode)f)]);

        void Default(string field, JsonNode? value)
        {
            if (body[field] is null && value is not null)
                body[field] = value;
        }
    }
}
