using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Completion;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir worker add|pause|resume NAME</c>.</summary>
internal static class WorkerCommand
{
    public static Command Make()
    {
        var resume = Act("resume", "unpause", "Give it builds again", "gets builds again", takesReason: false);
        resume.Aliases.Add("unpause");
        return new Verb("worker", "Workers: add, pause, resume (`weir workers` lists them)", "weir worker add linux-7") { Add(), Act("pause", "pause", "Give it no new builds; what runs on it goes on", "is paused", takesReason: true), resume };
    }

    private static Verb Add()
    {
        var name = new Argument<string>("NAME") { Description = "As the configuration names it" };
        return new Verb("add", "Make (or replace) the token with which a worker connects", "weir worker add linux-7", "weir worker add linux-7 > token") { name }.Does(async (given, client, cancellation) =>
        {
            var made = await client.Post("workers", new JsonObject { ["name"] = given.GetValue(name) }, cancellation);
            var worker = made["workers"]![0]!;
            if (given.AsJson())
                Printed.Json(made);
            else if (!Terminal.IsOutput)
                Console.WriteLine(worker["token"]!.GetValue<string>());
            else
                Console.WriteLine($"""
                    The token of {worker["name"]}, shown only now:

                      {worker["token"]}

                    Start the worker with:

                      weir-worker --url {client.Server.ToString().TrimEnd('/')} --name {worker["name"]} --token {worker["token"]}
                    """);
        });
    }

    private static Verb Act(string word, string method, string description, string done, bool takesReason)
    {
        var name = new Argument<string>("NAME") { Description = "The worker" };
        name.CompletionSources.Add(Names.Of("workers"));
        var reason = Reasons.Option();
        var command = new Verb(word, description, $"weir worker {word} linux-7{(takesReason ? " --reason 'disk is full'" : "")}") { name };
        if (takesReason)
            command.Add(reason);
        return command.Does(async (given, client, cancellation) =>
        {
            var answer = await client.Named("workers", given.GetValue(name)!, $"/actions/{method}", path => client.Post(path, takesReason ? Reasons.Body(given.GetValue(reason)) : [], cancellation), cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line($"{given.GetValue(name)} {done}.");
        });
    }
}
