using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir stop BUILD</c>.</summary>
internal static class StopCommand
{
    public static Command Make()
    {
        var which = BuildAddress.Argument();
        var reason = Reasons.Option();
        var command = new Command("stop", "Stop a build that runs") { which, reason };
        command.SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            var build = await BuildAddress.Find(client, given.GetValue(which)!, cancellation);
            await client.Post($"builds/{build["buildid"]}/actions/stop", Reasons.Body(given.GetValue(reason)), cancellation);
            Printed.Line($"build {build["buildid"]} was asked to stop");
            return ExitCode.Done;
        });
        return command;
    }
}

/// <summary><c>weir rebuild BUILD</c>: the same source stamps and properties again.</summary>
internal static class RebuildCommand
{
    public static Command Make()
    {
        var which = BuildAddress.Argument();
        var reason = Reasons.Option();
        var command = new Command("rebuild", "Build the same again") { which, reason };
        command.SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            var build = await BuildAddress.Find(client, given.GetValue(which)!, cancellation);
            var answer = await client.Post($"builds/{build["buildid"]}/actions/rebuild", Reasons.Body(given.GetValue(reason)), cancellation);
            if (given.GetValue(ServerOptions.Json))
                Printed.Json(answer);
            else
                Printed.Line($"request {answer["result"]}");
            return ExitCode.Done;
        });
        return command;
    }
}

/// <summary><c>weir cancel REQUEST</c>, or a whole buildset.</summary>
internal static class CancelCommand
{
    public static Command Make()
    {
        var which = new Argument<long>("ID") { Description = "The request's number" };
        var set = new Option<bool>("--buildset") { Description = "The number is a buildset's: cancel all of it" };
        var reason = Reasons.Option();
        var command = new Command("cancel", "Cancel a request, or with --buildset all requests of one") { which, set, reason };
        command.SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            var (kind, path) = given.GetValue(set) ? ("buildset", "buildsets") : ("request", "buildrequests");
            await client.Post(string.Create(CultureInfo.InvariantCulture, $"{path}/{given.GetValue(which)}/actions/cancel"), Reasons.Body(given.GetValue(reason)), cancellation);
            Printed.Line($"{kind} {given.GetValue(which)} is cancelled");
            return ExitCode.Done;
        });
        return command;
    }
}

/// <summary>The option <c>--reason</c>.</summary>
internal static class Reasons
{
    public static Option<string?> Option() => new("--reason") { Description = "Why; others will read it" };

    public static JsonObject Body(string? reason) => reason is null ? [] : new JsonObject { ["reason"] = reason };
}
