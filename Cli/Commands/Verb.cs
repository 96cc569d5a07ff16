using System.CommandLine;
using Weir.Cli.Connection;

namespace Weir.Cli.Commands;

/// <summary>A command with examples: <c>--help</c> ends with them, and <c>weir help</c> shows the first.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;

    /// <summary>Options that several commands have.</summary>
    public Verb With(Action<Verb> options)
    {
        options(this);
        return this;
    }

    /// <summary>What it does, with a client of the server that is meant; its answer is the exit code.</summary>
    public Verb Does(Func<ParseResult, RestClient, CancellationToken, Task<int>> work)
    {
        SetAction(async (given, cancellation) =>
        {
            using var client = given.Client();
            return await work(given, client, cancellation);
        });
        return this;
    }

    /// <summary>The same for what always succeeds when it comes to its end.</summary>
    public Verb Does(Func<ParseResult, RestClient, CancellationToken, Task> work) => Does(async (given, client, cancellation) =>
    {
        await work(given, client, cancellation);
        return ExitCode.Done;
    });
}
