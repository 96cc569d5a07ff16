using System.CommandLine;
using Weir.Cli.Commands;
using Weir.Cli.Connection;

namespace Weir.Cli;

/// <summary>The <c>weir</c> command: a client of REST, nothing more. Its exit code says what came of it.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        var root = new RootCommand("""
            Weir from the command line.

            Which server: --server, else WEIR_URL, else the one saved by `weir login`. Who: --token, else WEIR_TOKEN, else the saved token.
            Exit codes: 0 done, 1 it failed, 2 wrong usage, 3 the server cannot be reached, 4 refused.
            """)
        {
            ServerOptions.Server, ServerOptions.Token, ServerOptions.Json,
            LoginCommand.Make(), WorkerCommand.Make(), SendChangeCommand.Make(), ForceCommand.Make(), BuildsCommand.Make(), BuildCommand.Make(), LogCommand.Make(),
            StopCommand.Make(), CancelCommand.Make(), RebuildCommand.Make(),
            ListCommands.Builders(), ListCommands.Workers(), ListCommands.Masters(), ListCommands.Queue(), ConfigCommand.Make(),
        };
        // No @file: an argument is what it says.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync("weir: " + error.Message);
            await Console.Error.WriteLineAsync("weir --help lists the commands; weir COMMAND --help explains one.");
            return ExitCode.Usage;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
        }
        catch (CommandException e)
        {
            await Console.Error.WriteLineAsync("weir: " + e.Message);
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Failed;
        }
    }
}
