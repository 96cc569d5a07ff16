namespace Weir.Shared.Protocol;

/// <summary>
/// What workers have learned since the protocol began. A worker names what it can do in its hello; an order that needs more is not sent, and the step says so. So a worker of an
/// earlier release keeps working, and never does half of what it was asked.
/// </summary>
public static class WorkerAbilities
{
    public const string Secrets = "secrets";
    public const string FollowedLogs = "followed-logs";
    public const string Warnings = "warnings";
    public const string Signals = "signals";
    public const string GitModes = "git-modes";
    public const string GitCredentials = "git-credentials";
    public const string SharedDirectories = "shared-directories";

    /// <summary>Those of this release.</summary>
    public static IReadOnlyList<string> All { get; } = [Secrets, FollowedLogs, Warnings, Signals, GitModes, GitCredentials, SharedDirectories];

    /// <summary>What an order needs.</summary>
    public static IEnumerable<string> Needs(CommandSpec spec)
    {
        if (SecretNames(spec).Any())
            yield return Secrets;
        if (spec.InterruptSignal is not (null or "TERM"))
            yield return Signals;
        if (spec is RunSpec { Logs.Count: > 0 })
            yield return FollowedLogs;
        if (spec is RunSpec { Warnings: not null })
            yield return Warnings;
        if (spec is CheckoutSpec checkout && (checkout.Mode is not ("incremental" or "fresh") || checkout.Tags || !checkout.Lfs))
            yield return GitModes;
        if (spec is CheckoutSpec { Credentials: not null })
            yield return GitCredentials;
        if (spec.Shares.Count > 0)
            yield return SharedDirectories;
    }

    /// <summary>The ability as it is said to people: "a worker that …".</summary>
    public static string InWords(string ability) => ability switch
    {
        Secrets => "can be given secrets",
        FollowedLogs => "can follow log files",
        Warnings => "can count warnings",
        Signals => "can be told which signal ends a command",
        GitModes => "knows this step's git mode, tags and lfs",
        SharedDirectories => "can have shared directories",
        GitCredentials => "can be given keys and tokens for git",
        _ => ability,
    };

    /// <summary>Names of the secrets whose values an order needs.</summary>
    public static IEnumerable<string> SecretNames(CommandSpec spec)
    {
        var names = spec.SecretEnv.Values.SelectMany(parts => parts).Select(p => p.Secret);
        if (spec is CheckoutSpec { Credentials: { } credentials })
            names = [.. names, credentials.SshKey, credentials.Token];
        return names.OfType<string>().Distinct();
    }
}
