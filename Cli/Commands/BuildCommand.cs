using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir build BUILD</c>: one build with its steps.</summary>
internal static class BuildCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly Argument<string> Which = BuildAddress.Argument();
    private static readonly Option<bool> Wait = new("--wait") { Description = "Wait until it has ended; the exit code is 0 only if it succeeded" };

    public static Command Make()
    {
        var command = new Command("build", "Show a build and its steps") { Which, Wait };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult given, CancellationToken cancellation)
    {
        using var client = given.Client();
        var build = await BuildAddress.Find(client, given.GetValue(Which)!, cancellation);
        while (given.GetValue(Wait) && !build["complete"]!.GetValue<bool>())
        {
            await Task.Delay(Pause, TimeProvider.System, cancellation);
            build = await client.One($"builds/{build["buildid"]}", "builds", cancellation);
        }
        var code = !given.GetValue(Wait) || build["results"]?.GetValue<int>() is 0 or 1 or 3 ? ExitCode.Done : ExitCode.Failed;
        var steps = await client.Many($"builds/{build["buildid"]}/steps", "steps", cancellation);
        if (given.GetValue(ServerOptions.Json))
        {
            var whole = build.DeepClone();
            whole["steps"] = new JsonArray([.. steps.Select(s => s.DeepClone())]);
            Printed.Json(whole);
            return code;
        }
        Printed.Line($"{Printed.Text(build["buildername"])}/{build["number"]}  {(build["complete"]!.GetValue<bool>() ? Printed.Result(build["results"]) : "running")}: {Printed.Text(build["state_string"])}");
        Printed.Line($"{Printed.Text(build["reason"])}; {Printed.Text(build["branch"])} {Printed.Text(build["revision"])}; on {Printed.Text(build["workername"])}; {Printed.Duration(build["started_at_ms"], build["complete_at_ms"])}");
        Printed.Table(["#", "step", "result", "state", "took"], steps.Select(s => (IReadOnlyList<string>)
        [
            Printed.Text(s["number"]),
            Printed.Text(s["name"]),
            s["complete"]!.GetValue<bool>() ? Printed.Result(s["results"]) : "running",
            Printed.Text(s["state_string"]),
            Printed.Duration(s["started_at_ms"], s["complete_at_ms"]),
        ]), "No step has begun.");
        return code;
    }
}
