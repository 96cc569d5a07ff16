using System.Text.RegularExpressions;

namespace Weir.Engine.Changes.Sources;

/// <summary>Which addresses of repositories a master will hand to git: those of an ordinary transport, that cannot be read as an option or as a command.</summary>
internal static partial class GitAddress
{
    private static readonly string[] Schemes = ["https", "http", "ssh", "git", "file"];

    /// <summary>Null if it is one of ours; else what is wrong with it, in words.</summary>
    public static string? ProblemOf(string address)
    {
        if (address.Length is 0 or > ChangeText.MaxLink)
            return "the address of the repository is empty or too long";
        if (address[0] == '-')
            return "the address of the repository begins with '-'";
        if (address.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
            return "the address of the repository contains a blank or a control character";
        if (Helper().IsMatch(address))
            return "the address of the repository names a helper program (::)";
        if (Scheme().Match(address) is { Success: true } scheme)
        {
            var name = scheme.Groups["name"].Value.ToLowerInvariant();
            if (!Schemes.Contains(name))
                return $"repositories are reached by {string.Join(", ", Schemes)}, not by {name}";
            var host = scheme.Groups["host"].Value;
            return host.StartsWith('-') || host.Contains("@-", StringComparison.Ordinal) ? "the host of the repository begins with '-'" : null;
        }
        if (Path.IsPathRooted(address))
            return null;
        return ScpLike().IsMatch(address) ? null : "the address of the repository is neither a URL nor user@host:path nor a full path";
    }

    /// <summary>A text in which the passwords of addresses are left out.</summary>
    public static string WithoutCredentials(string text) => Passwords().Replace(WebUsers().Replace(text, "$1"), "$1@");

    [GeneratedRegex(@"^(?<name>[A-Za-z][A-Za-z0-9+.-]*)://(?<host>[^/]*)")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^([A-Za-z0-9_.][A-Za-z0-9_.-]*@)?[A-Za-z0-9_\[][A-Za-z0-9_.:\[\]-]*:[^-:].*$")]
    private static partial Regex ScpLike();

    [GeneratedRegex("^[A-Za-z0-9+.-]+::")]
    private static partial Regex Helper();

    [GeneratedRegex(@"(https?://)[^/@\s]+@", RegexOptions.IgnoreCase)]
    private static partial Regex WebUsers();

    [GeneratedRegex(@"(://[^/@\s:]+):[^/@\s]+@")]
    private static partial Regex Passwords();
}
