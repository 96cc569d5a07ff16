using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir worker add|pause|unpause NAME</c>.</summary>
internal static class WorkerCommand
{
    public static Command Make() => new("worker", "Workers: add, pause, unpause") { Add(), Act("pause", "Give it no new builds", takesReason: true), Act("unpause", "Give it builds again", takesReason: false) };

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "As the configuration names it" };
        var command = new Command("add", "Make (or replace) the token with which a worker connects") { name };
        command.SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            var made = await client.Post("workers", new JsonObject { ["name"] = given.GetValue(name) }, cancellation);
            if (given.GetValue(ServerOptions.Json))
            {
                Printed.Json(made);
                return ExitCode.Done;
            }
            var worker = made["workers"]![0]!;
            if (Console.IsOutputRedirected)
                Console.WriteLine(worker["token"]!.GetValue<string>());
            else
                Console.WriteLine($"""
                    The token of {worker["name"]}, shown only now:

                      {worker["token"]}

                    Start the worker with:

                      weir-worker --url {client.Server.ToString().TrimEnd('/')} --name {worker["name"]} --token {worker["token"]}
                    """);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Act(string method, string description, bool takesReason)
    {
        var name = new Argument<string>("NAME");
        var reason = new Option<string?>("--reason") { Description = "Why; others will read it" };
        var command = new Command(method, description) { name };
        if (takesReason)
            command.Add(reason);
        command.SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            var body = takesReason && given.GetValue(reason) is { } why ? new JsonObject { ["reason"] = why } : [];
            await client.Post($"workers/{Uri.EscapeDataString(given.GetValue(name)!)}/actions/{method}", body, cancellation);
            return ExitCode.Done;
        });
        return command;
    }
}
