using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using System.Text;
using Weir.Cli.Commands;
using Weir.Cli.Completion;
using Weir.Cli.Connection;
using Weir.Cli.Output;
using Weir.Shared;

namespace Weir.Cli;

/// <summary>The <c>weir</c> command: a client of REST, nothing more. Its exit code says what came of it.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        using var stop = new CancellationTokenSource();
        // Console's own writer does not notice when nobody reads any more.
        if (!OperatingSystem.IsWindows())
            Console.SetOut(new StreamWriter(Terminal.OpenOutput(), new UTF8Encoding(false)) { AutoFlush = true });
        // The second time the system ends us.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        });
        var root = Commands();
        // No @file: an argument is what it says.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // Who asks how a command is used need not know already.
        if (!Help.IsAsked(parsed) && (parsed.Errors.Count > 0 || Mistyped(parsed) is not null))
            return Complain(parsed);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
        }
        catch (CommandException e)
        {
            Printed.NoteLines("weir: " + e.Message);
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (IOException) when (!Terminal.IsOutput)
        {
            // Nobody reads any more (weir log | head): there is nothing left to do.
            return ExitCode.Done;
        }
    }

    private static RootCommand Commands()
    {
        var root = new RootCommand("Weir from the command line. `weir help` prints the manual.")
        {
            ServerOptions.Server, ServerOptions.Token, ServerOptions.Json,
            LoginCommand.Make(), LoginCommand.Logout(), LoginCommand.WhoAmI(),
            SendChangeCommand.Make(), ForceCommand.Make(), RebuildCommand.Make(), StopCommand.Make(), CancelCommand.Make(), RaiseCommand.Make(), FillCommand.Make(),
            BuildsCommand.Make(), BuildCommand.Make(), LogCommand.Make(), ListCommands.Queue(), ListCommands.Locks(), DirectoriesCommand.Make(), ListCommands.Builders(), ListCommands.Changes(),
            ListCommands.Workers(), WorkerCommand.Make(), ListCommands.Masters(), MasterCommand.Make(), ListCommands.Orders(), PauseCommand.Make(), PauseCommand.Resume(), PauseCommand.List(), SchedulersCommand.Make(), ConfigCommand.Make(),
            TokenCommand.Make(), SecretCommand.Make(), UserCommand.Make(), DbCommand.Make(), DbCommand.Doctor(), CompletionCommand.Make(),
        };
        root.Add(Help.Make(root));
        root.Add(CompletionCommand.Words(root));
        Help.Extend(root);
        return root;
    }

    private static int Complain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = command is RootCommand ? "weir" : "weir " + string.Join(' ', Path(command));
        var mistyped = Mistyped(parsed);
        if (mistyped is not null)
            Printed.Note($"weir: There is no option {mistyped}.");
        else
        {
            // "A command is required" is no news to who mistyped one.
            foreach (var error in parsed.Errors.Where(e => parsed.UnmatchedTokens.Count == 0 || e.Message.Contains(parsed.UnmatchedTokens[0], StringComparison.Ordinal)))
                Printed.Note("weir: " + error.Message);
        }
        // A word that is no command, next to one that is.
        if ((mistyped ?? parsed.UnmatchedTokens.FirstOrDefault()) is { } word && Suggestion.Nearest(word, Known(command)) is { } near)
            Printed.Note($"Did you mean `{name} {near}`?");
        Printed.Note($"`{name} --help` shows {(command.Subcommands.Count > 0 ? "the commands" : "how it is used")}.");
        return ExitCode.Usage;
    }

    // The parser takes a word with a hyphen that it does not know for an argument: a builder called --limt.
    private static string? Mistyped(ParseResult parsed) => parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash) ? null
        : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value.Split('=')[0]).FirstOrDefault(t => t.Length > 1 && t[0] == '-' && !char.IsAsciiDigit(t[1]));

    private static IEnumerable<string> Known(Command command) =>
        command.Subcommands.Where(c => !c.Hidden).SelectMany(c => (string[])[c.Name, .. c.Aliases]).Concat(command.Options.Select(o => o.Name)).Concat(["--server", "--token", "--json"]);

    private static IEnumerable<string> Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? [.. Path(parent), command.Name] : [command.Name];
}
