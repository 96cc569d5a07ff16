using Microsoft.Win32.SafeHandles;
using Spectre.Console;
using Weir.Cli.Connection;

namespace Weir.Cli.Output;

/// <summary>What stands at the other end: a person at a terminal, or a pipe. Colours go to terminals only, and not where NO_COLOR is set.</summary>
internal static class Terminal
{
    private static readonly Lazy<IAnsiConsole> output = new(() => Make(Console.Out));
    private static readonly Lazy<IAnsiConsole> errors = new(() => Make(Console.Error));

    public static bool IsOutput => !Console.IsOutputRedirected;

    public static bool IsErrors => !Console.IsErrorRedirected;

    /// <summary>Whether somebody can be asked.</summary>
    public static bool CanAsk => !Console.IsInputRedirected && IsErrors;

    public static bool HasColours => ServerOptions.Variable("NO_COLOR") is null && Environment.GetEnvironmentVariable("TERM") != "dumb";

    public static IAnsiConsole Output => output.Value;

    public static IAnsiConsole Errors => errors.Value;

    /// <summary>In columns; 80 where it is not known.</summary>
    public static int Width
    {
        get
        {
            try
            {
                return Console.WindowWidth is > 0 and var width ? width : 80;
            }
            catch (IOException)
            {
                return 80;
            }
        }
    }

    // Console's own stream says nothing when nobody reads any more; this one throws, and the command ends as `weir log | head` should.
    // In a file it would keep a place of its own, and what the next command of a script writes would stand on top of what this one wrote.
    public static Stream OpenOutput() =>
        OperatingSystem.IsWindows() || new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, 0) is not { CanSeek: false } pipe ? Console.OpenStandardOutput() : pipe;

    // Decorations (bold, dim) are escape sequences too: where no colours are wanted none of them comes.
    private static IAnsiConsole Make(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = HasColours ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = HasColours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        console.Profile.Width = Width;
        return console;
    }
}
