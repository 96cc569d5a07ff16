using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir builds</c>: the newest builds, of all builders or one.</summary>
internal static class BuildsCommand
{
    private static readonly Argument<string?> Builder = new("BUILDER") { Description = "Only this builder's", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int> Limit = new("--limit", "-n") { Description = "How many", DefaultValueFactory = _ => 20 };
    private static readonly Option<bool> Running = new("--running") { Description = "Only those that run" };

    public static Command Make()
    {
        var command = new Command("builds", "List builds, newest first") { Builder, Limit, Running };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult given, CancellationToken cancellation)
    {
        using var client = given.Client();
        var answer = await client.Get($"{(given.GetValue(Builder) is { } builder ? $"builders/{Uri.EscapeDataString(builder)}/" : "")}builds?limit={given.GetValue(Limit)}{(given.GetValue(Running) ? "&complete=false" : "")}", cancellation);
        if (given.GetValue(ServerOptions.Json))
            Printed.Json(answer);
        else
            Printed.Table(["id", "build", "result", "state", "started", "took", "worker", "revision"], answer["builds"]!.AsArray().Select(b => Row(b!)), "No builds yet.");
        return ExitCode.Done;
    }

    private static string[] Row(JsonNode build) =>
    [
        Printed.Text(build["buildid"]),
        $"{Printed.Text(build["buildername"])}/{Printed.Text(build["number"])}",
        build["complete"]!.GetValue<bool>() ? Printed.Result(build["results"]) : "running",
        Printed.Text(build["state_string"]),
        Printed.Time(build["started_at"]),
        Printed.Duration(build["started_at_ms"], build["complete_at_ms"]),
        Printed.Text(build["workername"]),
        Printed.Text(build["revision"]) is { Length: > 10 } revision ? revision[..10] : Printed.Text(build["revision"]),
    ];
}
