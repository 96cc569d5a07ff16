using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir log BUILD</c>: what a build wrote, step by step; with <c>--follow</c> until it ends.</summary>
internal static class LogCommand
{
    private const int LinesAtOnce = 10_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly Argument<string> Which = BuildAddress.Argument();
    private static readonly Option<string?> Step = new("--step") { Description = "Only this step's" };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on until the build has ended" };
    private static readonly Option<int?> Tail = new("--tail") { Description = "Only so many lines at the end of each log" };

    public static Command Make()
    {
        var command = new Command("log", "Print a build's logs") { Which, Step, Follow, Tail };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult given, CancellationToken cancellation)
    {
        using var client = given.Client();
        var build = (await BuildAddress.Find(client, given.GetValue(Which)!, cancellation))["buildid"]!.GetValue<long>();
        var printed = new Dictionary<long, long>();
        while (true)
        {
            // Asked before the logs: what a build wrote before it was complete is there when it is.
            var complete = (await client.One($"builds/{build}", "builds", cancellation))["complete"]!.GetValue<bool>();
            foreach (var step in await client.Many($"builds/{build}/steps", "steps", cancellation))
            {
                if (given.GetValue(Step) is { } only && step["name"]!.GetValue<string>() != only)
                    continue;
                foreach (var log in await client.Many($"steps/{step["stepid"]}/logs", "logs", cancellation))
                    await PrintNew(client, step, log, printed, given.GetValue(Tail), cancellation);
            }
            if (complete || !given.GetValue(Follow))
                return ExitCode.Done;
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    private static async Task PrintNew(RestClient client, JsonObject step, JsonObject log, Dictionary<long, long> printed, int? tail, CancellationToken cancellation)
    {
        var (id, end) = (log["logid"]!.GetValue<long>(), log["num_lines"]!.GetValue<long>());
        if (!printed.TryGetValue(id, out var next))
        {
            Console.WriteLine($"── {Printed.Harmless(Printed.Text(step["name"]))}: {Printed.Harmless(Printed.Text(log["name"]))} ──");
            next = tail is { } count ? Math.Max(0, end - count) : 0;
        }
        while (next < end)
        {
            var chunk = (await client.Many($"logs/{id}/contents?offset={next}&limit={LinesAtOnce}", "logchunks", cancellation))[0]["content"]!.GetValue<string>();
            var lines = chunk.Split('\n')[..^1];
            if (lines.Length == 0)
                break;
            foreach (var line in lines)
                Console.WriteLine(Printed.LogLine(log["type"]!.GetValue<string>() == "s" && line.Length > 0 ? line[1..] : line));
            next += lines.Length;
        }
        printed[id] = next;
    }
}
