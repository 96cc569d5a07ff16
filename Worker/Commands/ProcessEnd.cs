using Weir.Shared.Protocol;

namespace Weir.Worker.Commands;

/// <summary>How a program's run ended, and whether by itself.</summary>
internal sealed record ProcessEnd(EndKind Kind, int? ExitCode, int? Signal, string? Reason)
{
    /// <summary>By itself, with exit code 0.</summary>
    public bool Good => Kind == EndKind.Exited && ExitCode == 0;

    public override string ToString() => (Signal, ExitCode) switch
    {
        ({ } signal, _) => $"ended by signal {signal}{SignalName(signal)}",
        (_, { } code) => $"ended with exit code {code}",
        _ => "ended",
    };

    private static string SignalName(int signal) => signal switch
    {
        1 => " (HUP)",
        2 => " (INT)",
        3 => " (QUIT)",
        4 => " (ILL)",
        6 => " (ABRT)",
        7 => " (BUS)",
        8 => " (FPE)",
        9 => " (KILL)",
        11 => " (SEGV)",
        13 => " (PIPE)",
        15 => " (TERM)",
        24 => " (XCPU)",
        25 => " (XFSZ)",
        _ => "",
    };
}
