using Weir.Shared.Identity;

namespace Weir.App.Server.Identity;

/// <summary>What came of a name and a password.</summary>
internal abstract record SignInAttempt
{
    private SignInAttempt() { }

    public sealed record Accepted(UserRecord User) : SignInAttempt;

    public sealed record Wrong : SignInAttempt;

    public sealed record TooMany(TimeSpan Wait) : SignInAttempt;
}

/// <summary>Checks a name and a password, for the sign-in page and for REST alike, with one count of failures.</summary>
internal sealed partial class SignInCheck(KnownUsers users, Passwords passwords, FailedAttempts failures, ILogger<SignInCheck> logger)
{
    private const int LongestName = 200;
    private const int LongestPassword = 1000;

    public async Task<SignInAttempt> Try(string name, string password, string? address, CancellationToken cancellation)
    {
        if (failures.MustWait(name, address) is { } wait)
            return new SignInAttempt.TooMany(wait);
        // PostgreSQL's text holds no NUL, so no name has one.
        var possible = name.Length is > 0 and <= LongestName && password.Length <= LongestPassword && !name.Contains('\0', StringComparison.Ordinal);
        var user = possible ? await users.Find(name, cancellation) : null;
        if (passwords.Verify(user, possible ? password : ""))
        {
            failures.Forgive(name);
            return new SignInAttempt.Accepted(user!);
        }
        failures.Add(name, address);
        LogFailed(address);
        return new SignInAttempt.Wrong();
    }

    // Without the name: people type their password there.
    [LoggerMessage(Level = LogLevel.Warning, Message = "A sign-in from {Address} failed.")]
    private partial void LogFailed(string? address);
}
