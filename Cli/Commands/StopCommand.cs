using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;
using Weir.Cli.Waiting;

namespace Weir.Cli.Commands;

/// <summary><c>weir stop BUILD</c>.</summary>
internal static class StopCommand
{
    public static Command Make()
    {
        var which = BuildAddress.Argument();
        var reason = Reasons.Option();
        return new Verb("stop", "Stop a build that runs", "weir stop lib-linux --reason 'wrong branch'") { which, reason }.Does(async (given, client, cancellation) =>
        {
            var build = await BuildAddress.Find(client, given.GetValue(which)!, cancellation);
            var answer = await client.Post($"builds/{build["buildid"]}/actions/stop", Reasons.Body(given.GetValue(reason)), cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line($"{build["buildername"]}/{build["number"]} (build {build["buildid"]}) was asked to stop.");
        });
    }
}

/// <summary><c>weir rebuild BUILD</c>: the same source stamps and properties again.</summary>
internal static class RebuildCommand
{
    public static Command Make()
    {
        var which = BuildAddress.Argument();
        var reason = Reasons.Option();
        var waiting = new WaitOptions();
        return new Verb("rebuild", "Build the same again: same source stamps, same properties", "weir rebuild lib-linux/3 --wait") { which, reason, waiting.Wait, waiting.Follow, waiting.Timeout }.Does(async (given, client, cancellation) =>
        {
            var build = await BuildAddress.Find(client, given.GetValue(which)!, cancellation);
            var answer = await client.Post($"builds/{build["buildid"]}/actions/rebuild", Reasons.Body(given.GetValue(reason)), cancellation);
            // As force answers: the buildset, and its request for each builder.
            var request = answer["result"]![1]!.AsObject().Single().Value!.GetValue<long>();
            if (waiting.Asked(given))
                return await BuildWait.Run(given, client, new Watched.Request(request), waiting.Of(given), cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line($"Request {request} of {build["buildername"]} is in the queue.");
            return ExitCode.Done;
        });
    }
}

/// <summary><c>weir cancel REQUEST</c>, or a whole buildset.</summary>
internal static class CancelCommand
{
    public static Command Make()
    {
        var which = new Argument<long>("ID") { Description = "The request's number, as `weir queue` shows it" };
        var set = new Option<bool>("--buildset") { Description = "The number is a buildset's: cancel all of it" };
        var reason = Reasons.Option();
        return new Verb("cancel", "Cancel a request, or with --buildset all requests of one and all that its builds have set off; builds that run for them are stopped", "weir cancel 42", "weir cancel --buildset 17 --reason 'superseded'") { which, set, reason }.Does(async (given, client, cancellation) =>
        {
            var (kind, path) = given.GetValue(set) ? ("Buildset", "buildsets") : ("Request", "buildrequests");
            var answer = await client.Post(string.Create(CultureInfo.InvariantCulture, $"{path}/{given.GetValue(which)}/actions/cancel"), Reasons.Body(given.GetValue(reason)), cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line($"{kind} {given.GetValue(which)} is cancelled.");
        });
    }
}

/// <summary>The option <c>--reason</c>.</summary>
internal static class Reasons
{
    public static Option<string?> Option() => new("--reason") { Description = "Why; others will read it" };

    public static JsonObject Body(string? reason) => reason is null ? [] : new JsonObject { ["reason"] = reason };
}
