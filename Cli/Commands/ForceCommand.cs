using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir force SCHEDULER</c>: fills in a force form, and waits for the builds if asked.</summary>
internal static class ForceCommand
{
    private static readonly Argument<string> Scheduler = new("SCHEDULER") { Description = "The force scheduler" };
    private static readonly Option<string[]> Builders = new("--builder", "-b") { Description = "Only this builder, any number of times (default: all of the scheduler's)", AllowMultipleArgumentsPerToken = false };
    private static readonly Option<string?> Branch = new("--branch") { Description = "Branch of the only codebase" };
    private static readonly Option<string?> Revision = new("--revision") { Description = "Revision of the only codebase" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why; others will read it" };
    private static readonly Option<int?> Priority = new("--priority") { Description = "Higher is earlier" };
    private static readonly Option<string[]> Parameters = new("--parameter", "-p") { Description = "NAME=VALUE, any number of times", AllowMultipleArgumentsPerToken = false };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Wait until all is built; the exit code is 0 only if all succeeded" };

    public static Command Make()
    {
        var command = new Command("force", "Start builds by a force scheduler") { Scheduler, Builders, Branch, Revision, Reason, Priority, Parameters, Wait };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult given, CancellationToken cancellation)
    {
        using var client = given.Client();
        var body = new JsonObject { ["properties"] = NamedValues.Read(given.GetValue(Parameters) ?? []) };
        if (given.GetValue(Builders) is { Length: > 0 } builders)
            body["builders"] = new JsonArray([.. builders.Select(b => (JsonNode)b)]);
        foreach (var (name, option) in new[] { ("branch", Branch), ("revision", Revision), ("reason", Reason) })
        {
            if (given.GetValue(option) is { } text)
                body[name] = text;
        }
        if (given.GetValue(Priority) is { } priority)
            body["priority"] = priority;
        // The key makes a repeated attempt (a broken connection, an impatient person's script) one order.
        var answer = await client.Post($"forceschedulers/{Uri.EscapeDataString(given.GetValue(Scheduler)!)}/actions/force", body, cancellation, RandomNumberGenerator.GetHexString(32, lowercase: true));
        var set = answer["result"]![0]!.GetValue<long>();
        if (!given.GetValue(Wait))
        {
            if (given.GetValue(ServerOptions.Json))
                Printed.Json(answer);
            else
                Printed.Line($"buildset {set}: {client.Server}buildsets/{set}");
            return ExitCode.Done;
        }
        var complete = await BuildsetWait.Until(client, set, cancellation);
        if (given.GetValue(ServerOptions.Json))
            Printed.Json(complete);
        else
            Printed.Line($"buildset {set}: {Printed.Result(complete["results"])}");
        return complete["results"]?.GetValue<int>() is 0 or 1 or 3 ? ExitCode.Done : ExitCode.Failed;
    }
}

/// <summary>Waits for a buildset to be complete.</summary>
internal static class BuildsetWait
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static async Task<JsonObject> Until(RestClient client, long set, CancellationToken cancellation)
    {
        while (true)
        {
            var now = await client.One($"buildsets/{set}", "buildsets", cancellation);
            if (now["complete"]!.GetValue<bool>())
                return now;
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }
}
