using System.CommandLine;
using Weir.Cli.Completion;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir schedulers</c>, and with a verb behind it: enable, disable, fire.</summary>
internal static class SchedulersCommand
{
    public static Command Make()
    {
        var list = List("list");
        var command = List("schedulers");
        command.Add(list);
        command.Add(Act("enable", "Switch a scheduler on", "is on"));
        command.Add(Act("disable", "Switch a scheduler off; what it has asked for stays in the queue", "is off"));
        command.Add(Act("fire", "Let a scheduler fire now what it would fire at its next time", "fires"));
        return command;
    }

    private static Verb List(string name) => new Verb(name, "List schedulers, or switch them on and off, or let them fire", "weir schedulers", "weir schedulers disable nightly", "weir schedulers fire nightly").Does(async (given, client, cancellation) =>
        ListCommands.Show(given, await client.Get("schedulers?limit=1000", cancellation), "schedulers", "No schedulers: is a configuration in force?",
            new("scheduler", s => new(Printed.Text(s["name"]), Tone.Bold)),
            new("type", s => Cell.Of(s["type"])),
            new("state", s => s["enabled"]!.GetValue<bool>() ? new("on", Tone.Good) : Cell.State("off")),
            new("next", s => Cell.Ago(s["next_fire_at"])),
            new("last", s => Cell.Ago(s["last_fire_at"])),
            new("error", s => new(Printed.Text(s["last_error"]), Tone.Bad), Shrinks: true),
            new("builders", s => Cell.Of(s["builder_names"]), Shrinks: true)));

    private static Verb Act(string method, string description, string done)
    {
        var name = new Argument<string>("NAME") { Description = "The scheduler" };
        name.CompletionSources.Add(Names.Of("schedulers"));
        var reason = Reasons.Option();
        var command = new Verb(method, description, $"weir schedulers {method} nightly") { name };
        if (method == "fire")
            command.Add(reason);
        return command.Does(async (given, client, cancellation) =>
        {
            var answer = await client.Named("schedulers", given.GetValue(name)!, $"/actions/{method}", path => client.Post(path, method == "fire" ? Reasons.Body(given.GetValue(reason)) : [], cancellation), cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line(method == "fire" && answer["result"] is { } set ? $"{given.GetValue(name)} {done}: buildset {set}." : $"{given.GetValue(name)} {done}.");
        });
    }
}
