using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Weir.Cli.Commands;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli;

/// <summary>Help: <c>--help</c> of every command ends with examples, and <c>weir help</c> is the manual on one page.</summary>
internal static class Help
{
    private static readonly (string Title, string[] Commands)[] Groups =
    [
        ("Build", ["force", "sendchange", "rebuild", "stop", "cancel", "fill"]),
        ("Look", ["builds", "build", "log", "queue", "locks", "directories", "builders", "changes"]),
        ("Rule", ["workers", "worker", "masters", "master", "schedulers", "pause", "resume", "pauses", "config", "db", "doctor"]),
        ("Who", ["login", "logout", "whoami", "token", "user", "secret"]),
        ("Shell", ["completion", "help"]),
    ];

    public static bool IsAsked(ParseResult parsed) => parsed.Tokens.Any(t => t.Type == TokenType.Option && t.Value is "--help" or "-h" or "-?");

    /// <summary>Puts the examples behind what the library prints.</summary>
    public static void Extend(RootCommand root)
    {
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new WithExamples((HelpAction)help.Action!);
    }

    public static Command Make(RootCommand root)
    {
        var of = new Argument<string[]>("COMMAND") { Description = "Of this command", Arity = ArgumentArity.ZeroOrMore };
        var command = new Verb("help", "Print the manual, or that of one command", "weir help", "weir help config apply") { of };
        command.SetAction(given =>
        {
            var words = given.GetValue(of)!;
            if (words.Length > 0)
                return root.Parse([.. words, "--help"]).Invoke();
            Manual(root);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Manual(RootCommand root)
    {
        Printed.Line("NAME", Tone.Bold);
        Console.WriteLine("  weir - Weir from the command line\n");
        Printed.Line("SYNOPSIS", Tone.Bold);
        Console.WriteLine("  weir COMMAND [ARGUMENTS] [--server URL] [--token TOKEN] [--json]\n");
        Printed.Line("COMMANDS", Tone.Bold);
        foreach (var (title, commands) in Groups)
        {
            Printed.Line("  " + title, Tone.Dim);
            foreach (var command in commands.Select(name => root.Subcommands.First(c => c.Name == name)))
                Printed.Pieces(($"    {command.Name,-12}", Tone.Bold), (Widths.Cut(command.Description ?? "", Terminal.IsOutput ? Math.Max(20, Terminal.Width - 17) : int.MaxValue), Tone.Plain));
        }
        Printed.Line("\nWHICH SERVER, WHO".TrimStart('\n'), Tone.Bold);
        Console.WriteLine("""
              The server: --server, else WEIR_SERVER (or WEIR_URL), else the one kept by `weir login`, else http://127.0.0.1:8010.
              Who asks: --token, else WEIR_TOKEN, else the token kept by `weir login`, else nobody in particular.

            """);
        Printed.Line("OUTPUT", Tone.Bold);
        Console.WriteLine("""
              At a terminal: tables cut to its width, times as "3 min ago", colours unless NO_COLOR is set.
              Into a pipe or file: no heads, one row a line, fields with tabs between them, times as ISO 8601 in UTC.
              --json: REST's own objects (docs/command-line.md), with the ISO form beside each time. Messages go to standard error.

            """);
        Printed.Line("EXIT CODES", Tone.Bold);
        foreach (var (code, meaning) in ExitCode.Table)
            Console.WriteLine($"  {code,-4} {meaning}");
        Console.WriteLine();
        Printed.Line("EXAMPLES", Tone.Bold);
        foreach (var example in root.Subcommands.OfType<Verb>().Where(c => c.Name is "login" or "force" or "sendchange" or "log" or "config" or "token").Select(c => c.Examples[0]))
            Console.WriteLine("  " + example);
        Console.WriteLine("\n  weir COMMAND --help shows the options of a command, and more examples.");
    }

    private sealed class WithExamples(HelpAction otherwise) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = otherwise.Invoke(parseResult);
            if (parseResult.CommandResult.Command is Verb { Examples.Count: > 0 } verb)
            {
                Console.WriteLine("Examples:");
                foreach (var example in verb.Examples)
                    Console.WriteLine("  " + example);
                Console.WriteLine();
            }
            return code;
        }
    }
}
