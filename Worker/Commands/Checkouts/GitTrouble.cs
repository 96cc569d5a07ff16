using System.Text.RegularExpressions;

namespace Weir.Worker.Commands.Checkouts;

/// <summary>Why a git failed.</summary>
internal enum GitTrouble
{
    None,

    /// <summary>None of those below.</summary>
    Other,

    /// <summary>The other side was not reached, or went away: another attempt may succeed.</summary>
    Network,

    /// <summary>The other side is there and lets us not in.</summary>
    Denied,

    /// <summary>The other side's identity is not the one that is known.</summary>
    UnknownHost,

    /// <summary>The other side has no such branch, tag or revision.</summary>
    NoSuchRef,

    /// <summary>Names in the clone and names of the other side cannot stand beside one another: a branch a became a/b.</summary>
    Names,
}

/// <summary>Reads git's words. They are not made for it, so what is not recognised is <see cref="GitTrouble.Other"/> and means nothing.</summary>
internal static partial class GitTroubles
{
    public static GitTrouble Of(string errors) => errors switch
    {
        _ when UnknownHost().IsMatch(errors) => GitTrouble.UnknownHost,
        _ when Denied().IsMatch(errors) => GitTrouble.Denied,
        _ when NoSuchRef().IsMatch(errors) => GitTrouble.NoSuchRef,
        _ when Names().IsMatch(errors) => GitTrouble.Names,
        _ when Network().IsMatch(errors) => GitTrouble.Network,
        _ => GitTrouble.Other,
    };

    /// <summary>What people should look at; empty if nothing is known.</summary>
    public static string Hint(GitTrouble trouble) => trouble switch
    {
        GitTrouble.Network => " The network failed.",
        GitTrouble.Denied => " The server does not let this worker in: is there an sshKey or token for this codebase, and is it the right one?",
        GitTrouble.UnknownHost => " The server's host key is none of the known ones (key \"knownHosts\" of the codebase, or the worker user's own known_hosts).",
        _ => "",
    };

    [GeneratedRegex("host key verification failed|no [a-z0-9-]+ host key is known|remote host identification has changed", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex UnknownHost();

    [GeneratedRegex("authentication failed|permission denied \\(|could not read (username|password)|returned error: 40[13]|invalid username or|access denied|load key .*invalid format|error in libcrypto", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Denied();

    [GeneratedRegex("couldn't find remote ref|not our ref|remote error: .*(unadvertised|not our ref)|no such remote ref", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex NoSuchRef();

    [GeneratedRegex("cannot lock ref|some local refs could not be updated", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Names();

    [GeneratedRegex("could not resolve host|name or service not known|temporary failure in name resolution|connection (refused|timed out|reset|closed|was reset)|failed to connect|couldn't connect|unable to connect|operation timed out|network is unreachable|no route to host|early eof|remote end hung up|unexpected disconnect|rpc failed|returned error: (429|5[0-9][0-9])|gnutls|ssl_(connect|read|error)|tls connection|kex_exchange_identification|broken pipe|bad pack header|transfer closed", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Network();
}
