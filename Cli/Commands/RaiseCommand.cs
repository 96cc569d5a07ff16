using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir raise REQUEST</c>: to the front of the queue, or to a priority.</summary>
internal static class RaiseCommand
{
    public static Command Make()
    {
        var which = new Argument<long>("ID") { Description = "The request's number, as `weir queue` shows it" };
        var priority = new Option<int?>("--priority") { Description = "This priority, higher or lower, instead of the front of the queue" };
        var reason = Reasons.Option();
        return new Verb("raise", "Move a request to the front of the queue, or with --priority to another place in it", "weir raise 42 --reason 'the release waits'", "weir raise 42 --priority -5") { which, priority, reason }.Does(async (given, client, cancellation) =>
        {
            var to = given.GetValue(priority);
            if (to is not null && given.GetValue(reason) is not null)
                throw new CommandException(ExitCode.Usage, "--reason goes with the front of the queue, not with --priority.");
            var answer = await client.Post(string.Create(CultureInfo.InvariantCulture, $"buildrequests/{given.GetValue(which)}/actions/{(to is null ? "move_up" : "set_priority")}"), to is null ? Reasons.Body(given.GetValue(reason)) : new JsonObject { ["priority"] = to }, cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line(to is null ? $"Request {given.GetValue(which)} is at the front of the queue." : $"Request {given.GetValue(which)} has the priority {to}.");
        });
    }
}
