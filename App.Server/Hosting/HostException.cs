namespace Weir.App.Server.Hosting;

/// <summary>The program cannot start or go on; the message is for the person at the terminal.</summary>
internal sealed class HostException(string message, int exitCode = HostException.Failed) : Exception(message)
{
    public const int Failed = 1;

    /// <summary>Asked for in a way that cannot be: an unknown option, a port that is taken.</summary>
    public const int Usage = 2;

    public int ExitCode => exitCode;
}
