using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Completion;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir builds</c>: the newest builds, of all builders or one, of a branch, with a result, since a moment.</summary>
internal static class BuildsCommand
{
    private const int Page = 500;
    private static readonly string[] ResultWords = ["success", "warnings", "failure", "skipped", "exception", "retry", "cancelled"];

    private static readonly Argument<string?> Builder = new("BUILDER") { Description = "Only this builder's", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int> Limit = new("--limit", "-n") { Description = "How many", DefaultValueFactory = _ => 20 };
    private static readonly Option<bool> Running = new("--running") { Description = "Only those that run" };
    private static readonly Option<string?> Branch = new("--branch") { Description = "Only those of this branch" };
    private static readonly Option<string?> Result = new("--result") { Description = "Only those with this result: " + string.Join(", ", ResultWords) };
    private static readonly Option<string?> Since = new("--since") { Description = "Only those begun since: 6h, 3d, 2w, or a date (2026-11-30)", HelpName = "WHEN" };

    public static Command Make()
    {
        Builder.CompletionSources.Add(Names.Of("builders"));
        Result.CompletionSources.Add(ResultWords);
        return new Verb("builds", "List builds, newest first", "weir builds lib-linux --result failure --since 3d", "weir builds --running", "weir builds --json -n 1 | jq '.builds[0].results'")
        { Builder, Limit, Running, Branch, Result, Since }.Does(Run);
    }

    private static async Task Run(ParseResult given, RestClient client, CancellationToken cancellation)
    {
        var wanted = given.GetValue(Limit);
        if (wanted < 1)
            throw new CommandException(ExitCode.Usage, "--limit: a number from 1 up is expected.");
        var result = given.GetValue(Result) is { } word ? Array.IndexOf(ResultWords, word) is >= 0 and var code ? code : throw new CommandException(ExitCode.Usage, $"--result {word}: {string.Join(", ", ResultWords)} are possible.") : (int?)null;
        var (since, branch) = (Moment(given.GetValue(Since)), given.GetValue(Branch));
        var found = new JsonArray();
        for (string? after = null; found.Count < wanted;)
        {
            var answer = await Ask(given.GetValue(Builder), rest => new Query(rest)
                .With("limit", Math.Min(wanted - found.Count, Page)).With("after", after).With("complete", given.GetValue(Running) ? "false" : null).With("results", result)
                .With("branch", branch).With("started_at__ge", since).With("order", since is null ? null : "-started_at").Path, client, cancellation);
            foreach (var build in answer["builds"]!.AsArray())
                found.Add(build!.DeepClone());
            after = answer["meta"]?["next"] is { } next ? Printed.Text(next) : null;
            if (after is null)
                break;
        }
        ListCommands.Show(given, new JsonObject { ["builds"] = found, ["meta"] = new JsonObject() }, "builds", "No builds.",
            new("id", b => Cell.Of(b["buildid"])),
            new("build", b => new($"{Printed.Text(b["buildername"])}/{Printed.Text(b["number"])}", Tone.Bold)),
            new("result", b => Cell.Result(b["complete"], b["results"])),
            new("state", b => Cell.Of(b["state_string"]), Shrinks: true),
            new("started", b => Cell.Ago(b["started_at"])),
            new("took", b => new(Moments.Took(b["started_at_ms"], b["complete_at_ms"]))),
            new("worker", b => Cell.Of(b["workername"]), Shrinks: true),
            new("branch", b => Cell.Of(b["branch"]), Shrinks: true),
            new("revision", b => new(Printed.Revision(b["revision"]))));
    }

    private static Task<JsonObject> Ask(string? builder, Func<string, string> address, RestClient client, CancellationToken cancellation) => builder is null
        ? client.Get(address("builds"), cancellation)
        : client.Named("builders", builder, "/builds", path => client.Get(address(path), cancellation), cancellation);

    private static long? Moment(string? text)
    {
        if (text is null)
            return null;
        if (Moments.Parse(text) is { } ago)
            return (TimeProvider.System.GetUtcNow() - ago).ToUnixTimeSeconds();
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var at)
            ? at.ToUnixTimeSeconds()
            : throw new CommandException(ExitCode.Usage, $"--since {text}: a span such as 6h or 3d, or a date such as 2026-11-30, is expected.");
    }
}
