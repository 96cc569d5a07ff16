namespace Weir.Cli.Connection;

/// <summary>What the shell hears. The table stands in docs/command-line.md and in <c>weir help</c>.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int Refused = 4;
    public const int NotFound = 5;

    /// <summary>What was waited for is not done yet; it goes on.</summary>
    public const int TimedOut = 6;

    /// <summary>As shells have it for a program that Ctrl-C ended.</summary>
    public const int Interrupted = 130;

    /// <summary>All of them, as people read them.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> Table { get; } =
    [
        (Done, "done; where it waited: built, with success or warnings"),
        (Failed, "it was tried and failed: the build failed, the configuration has problems, nothing was found, it is not possible now"),
        (Usage, "wrong usage, or a value that the server does not take"),
        (Unreachable, "the server, or its store, cannot be reached"),
        (Refused, "refused: not signed in, not allowed, too many requests"),
        (NotFound, "there is no such builder, build, step, user, …"),
        (TimedOut, "--timeout has passed; what was waited for goes on"),
        (Interrupted, "ended by Ctrl-C; what was waited for goes on"),
    ];
}

/// <summary>The command ends here; the message is for the person who typed it.</summary>
internal sealed class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode => exitCode;
}
