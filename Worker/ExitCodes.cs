namespace Weir.Worker;

/// <summary>What the program's exit code says.</summary>
internal static class ExitCodes
{
    public const int Good = 0;
    public const int Failed = 1;

    /// <summary>Started wrongly: something is missing or cannot be read.</summary>
    public const int Usage = 2;
    public const int TokenRefused = 3;

    /// <summary>The work directory belongs to another worker that runs.</summary>
    public const int Busy = 4;
}
