using System.CommandLine;
using Weir.Cli.Completion;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir directories</c>, and <c>weir directories move NAME WORKER</c>.</summary>
internal static class DirectoriesCommand
{
    public static Command Make()
    {
        var command = List("directories");
        command.Add(List("list"));
        command.Add(Move());
        return command;
    }

    private static Verb List(string name) => new Verb(name, "List shared directories and the workers that have them, or move one", "weir directories", "weir directories move sdk linux-7").Does(async (given, client, cancellation) =>
        ListCommands.Show(given, await client.Get("shareddirectories?limit=1000", cancellation), "shareddirectories", "There are no shared directories.",
            new("directory", d => new(Printed.Text(d["name"]), Tone.Bold)),
            new("worker", d => Cell.Of(d["worker"])),
            new("bytes", d => Cell.Of(d["bytes"])),
            new("written by", d => Cell.Of(d["writer"])),
            new("when", d => Cell.Ago(d["written_at"])),
            new("", d => d["well"]?.GetValue<bool>() == false ? new("did not end well", Tone.Bad) : new("")),
            new("builders", d => Cell.Of(d["builders"]), Shrinks: true)));

    private static Verb Move()
    {
        var name = new Argument<string>("NAME") { Description = "The shared directory" };
        var worker = new Argument<string>("WORKER") { Description = "Where it shall be, with those that go with it; it begins empty there" };
        name.CompletionSources.Add(Names.Of("shareddirectories"));
        worker.CompletionSources.Add(Names.Of("workers"));
        var reason = Reasons.Option();
        return new Verb("move", "Move a shared directory to another worker", "weir directories move sdk linux-7 --reason 'attic is gone'") { name, worker, reason }.Does(async (given, client, cancellation) =>
        {
            var body = Reasons.Body(given.GetValue(reason));
            body["worker"] = given.GetValue(worker);
            var answer = await client.Named("shareddirectories", given.GetValue(name)!, "/actions/move", path => client.Post(path, body, cancellation), cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line($"{given.GetValue(name)} is on {given.GetValue(worker)} now, and empty.");
        });
    }
}
