using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;
using Weir.Cli.Waiting;

namespace Weir.Cli.Commands;

/// <summary><c>weir build BUILD</c>: one build with its steps.</summary>
internal static class BuildCommand
{
    public static Command Make()
    {
        var which = BuildAddress.Argument();
        var waiting = new WaitOptions();
        return new Verb("build", "Show a build and its steps", "weir build lib-linux", "weir build lib-linux/3 --wait", "weir build 17 --json | jq '.steps[] | select(.results == 2) | .name'") { which, waiting.Wait, waiting.Follow, waiting.Timeout }.Does(async (given, client, cancellation) =>
        {
            var build = await BuildAddress.Find(client, given.GetValue(which)!, cancellation);
            if (waiting.Asked(given))
                return await BuildWait.Run(given, client, new Watched.Build(build["buildid"]!.GetValue<long>()), waiting.Of(given), cancellation);
            await Show(given, client, build, cancellation);
            return ExitCode.Done;
        });
    }

    /// <summary>The build with its steps, as --json or in words.</summary>
    public static async Task Show(ParseResult given, RestClient client, JsonObject build, CancellationToken cancellation)
    {
        var steps = await client.Many($"builds/{build["buildid"]}/steps", "steps", cancellation);
        if (given.AsJson())
        {
            var whole = build.DeepClone();
            whole["steps"] = new JsonArray([.. steps.Select(s => s.DeepClone())]);
            Printed.Json(whole);
            return;
        }
        var result = Cell.Result(build["complete"], build["results"]);
        Printed.Pieces(($"{Printed.Harmless(Printed.Text(build["buildername"]))}/{build["number"]}", Tone.Bold), ("  ", Tone.Plain), (result.Text, result.Tone), ("  " + Printed.Harmless(Printed.Text(build["state_string"])), Tone.Plain));
        Printed.Facts(
            ("id", Cell.Of(build["buildid"])),
            ("reason", Cell.Of(build["reason"])),
            ("source", new($"{Printed.Text(build["branch"])} {Printed.Text(build["revision"])}".Trim())),
            ("worker", Cell.Of(build["workername"])),
            ("started", new($"{Moments.Local(build["started_at"])} ({Moments.Relative(build["started_at"]!.GetValue<long>())})")),
            ("took", new(Moments.Took(build["started_at_ms"], build["complete_at_ms"]))),
            ("page", new($"{client.Server}builders/{Uri.EscapeDataString(Printed.Text(build["buildername"]))}/builds/{build["number"]}")));
        if (steps.Count > 0)
            Console.WriteLine();
        Printed.Table(
        [
            new("#", s => Cell.Of(s["number"])),
            new("step", s => new(Printed.Text(s["name"]), Tone.Bold), Shrinks: true),
            new("result", s => Cell.Result(s["complete"], s["results"])),
            new("took", s => new(Moments.Took(s["started_at_ms"], s["complete_at_ms"]))),
            new("state", s => Printed.Text(s["state_string"]) is var state && state == Printed.Text(s["name"]) ? new("") : new(state), Shrinks: true),
        ], steps, "No step has begun.");
    }
}
