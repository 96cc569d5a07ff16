using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Completion;
using Weir.Cli.Connection;
using Weir.Cli.Output;
using Weir.Shared;

namespace Weir.Cli.Commands;

/// <summary><c>weir master shutdown|keep|retire NAME</c>.</summary>
internal static class MasterCommand
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    public static Command Make() => new Verb("master", "Masters: shut down, keep, retire (`weir masters` lists them)", "weir master shutdown ci-2 --wait")
    {
        Shutdown(),
        Act("keep", "cancel_shutdown", "Take a shutdown back, as long as the master is there", "stays"),
        Act("retire", "retire", "Take a master that will not come back off the list", "is retired"),
    };

    private static Verb Shutdown()
    {
        var name = Name();
        var reason = Reasons.Option();
        var quick = new Option<bool>("--quick") { Description = "Wait for nothing: commands that run go on at their workers and are taken over" };
        var deadline = new Option<string?>("--deadline") { Description = "Wait no longer than this (90s, 15m, 2h)" };
        var wait = new Option<bool>("--wait") { Description = "Return when it is gone" };
        var command = new Verb("shutdown", "Let a master go: it begins nothing new, hands its workers over with what they run, and ends", "weir master shutdown ci-2", "weir master shutdown ci-2 --wait --deadline 15m --reason 'new kernel'") { name, reason, quick, deadline, wait };
        return command.Does(async (given, client, cancellation) =>
        {
            var body = Reasons.Body(given.GetValue(reason));
            if (given.GetValue(quick))
                body["quick"] = true;
            if (given.GetValue(deadline) is { } text)
                body["deadline"] = (long)(Moments.Parse(text) ?? throw new CommandException(ExitCode.Usage, $"--deadline: a duration like 90s, 15m or 2h is expected, not {text}.")).TotalSeconds;
            var master = await Find(client, given.GetValue(name)!, cancellation);
            var answer = await client.Post(Address(master, "shutdown"), body, cancellation);
            if (given.GetValue(wait))
                await Gone(client, master, cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line(given.GetValue(wait) ? $"{given.GetValue(name)} is gone." : $"{given.GetValue(name)} is shutting down.");
        });
    }

    private static Verb Act(string word, string method, string description, string done)
    {
        var name = Name();
        return new Verb(word, description, $"weir master {word} ci-2") { name }.Does(async (given, client, cancellation) =>
        {
            var answer = await client.Post(Address(await Find(client, given.GetValue(name)!, cancellation), method), [], cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line($"{given.GetValue(name)} {done}.");
        });
    }

    private static Argument<string> Name()
    {
        var name = new Argument<string>("NAME") { Description = "The master" };
        name.CompletionSources.Add(Names.Of("masters"));
        return name;
    }

    private static string Address(JsonNode master, string method) => string.Create(CultureInfo.InvariantCulture, $"masters/{master["masterid"]}/actions/{method}");

    private static async Task<JsonNode> Find(RestClient client, string name, CancellationToken cancellation)
    {
        var masters = await client.Many("masters", "masters", cancellation);
        return masters.FirstOrDefault(m => Printed.Text(m["name"]) == name)
            ?? throw new CommandException(ExitCode.NotFound, $"There is no master {name}.{Suggestion.DidYouMean(name, [.. masters.Select(m => Printed.Text(m["name"]))])} `weir masters` lists them.");
    }

    // The master that answers may be the one that goes: then its silence is the answer.
    private static async Task Gone(RestClient client, JsonNode master, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(Pace, TimeProvider.System, cancellation);
            try
            {
                var now = (await client.Many("masters", "masters", cancellation)).FirstOrDefault(m => m["masterid"]!.GetValue<long>() == master["masterid"]!.GetValue<long>());
                switch (Printed.Text(now?["state"]))
                {
                    case "" or "stopped" or "dead":
                        return;
                    case "active":
                        throw new CommandException(ExitCode.Failed, $"{Printed.Text(master["name"])} stays: the shutdown was taken back, or it was started again.");
                    default:
                        break;
                }
            }
            catch (CommandException e) when (e.ExitCode == ExitCode.Unreachable)
            {
                return;
            }
        }
    }
}
