using Weir.Worker.Keeper;

namespace Weir.Worker.Commands;

/// <summary>A signal that ends processes, by the name that people give it.</summary>
internal sealed record Signal(string Name, int Number)
{
    /// <summary>TERM when nothing is said.</summary>
    /// <exception cref="CannotStartException">No such signal may be asked for.</exception>
    public static Signal Named(string? name) => name switch
    {
        null or "TERM" => new("TERM", Libc.SignalTerm),
        "INT" => new(name, 2),
        "HUP" => new(name, 1),
        "QUIT" => new(name, 3),
        "USR1" => new(name, 10),
        "USR2" => new(name, 12),
        "KILL" => new(name, Libc.SignalKill),
        _ => throw new CannotStartException($"There is no signal {name} to end a command with."),
    };
}
