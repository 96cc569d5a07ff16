using System.Text.RegularExpressions;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes.Hooks;

/// <summary>Finds the codebases that a forge means by the addresses of a repository, however each side writes them. Pure.</summary>
internal static partial class Repositories
{
    /// <summary>
    /// Those with the same host and path. A hook that is for certain codebases only may also be of another host (a mirror, a name inside the network): then owner and name must agree.
    /// </summary>
    public static IReadOnlyList<CodebaseConfiguration> Of(WeirConfiguration model, WebhookConfiguration source, IReadOnlyList<string> addresses)
    {
        var meant = addresses.Select(Read).OfType<(string Host, string Path)>().ToHashSet();
        var allowed = model.Codebases.Where(c => source.Codebases.Count == 0 || source.Codebases.Contains(c.Name)).ToArray();
        var same = allowed.Where(c => Read(c.Repository) is { } own && meant.Contains(own)).ToArray();
        return same.Length > 0 || source.Codebases.Count == 0 ? same : [.. allowed.Where(c => Read(c.Repository) is { } own && meant.Any(m => Tail(m.Path) == Tail(own.Path)))];
    }

    /// <summary>https://user@Host:443/Owner/name.git/, git@host:Owner/name and ssh://git@host:7999/owner/name are one: host and path in small letters.</summary>
    public static (string Host, string Path)? Read(string address)
    {
        if (Scheme().Match(address) is { Success: true } url)
            return (url.Groups["host"].Value.ToLowerInvariant(), Clean(url.Groups["path"].Value));
        if (ScpLike().Match(address) is { Success: true } scp)
            return (scp.Groups["host"].Value.ToLowerInvariant(), Clean(scp.Groups["path"].Value));
        return address.StartsWith('/') ? ("", Clean(address)) : null;
    }

    private static string Clean(string path)
    {
        var clean = path.Trim('/').ToLowerInvariant();
        return clean.EndsWith(".git", StringComparison.Ordinal) ? clean[..^4] : clean;
    }

    private static string Tail(string path) => string.Join('/', path.Split('/').TakeLast(2));

    [GeneratedRegex("^(?:[a-z][a-z0-9+.-]*)://(?:[^/@]*@)?(?<host>[^/:]+|\\[[^/\\]]*\\])(?::[0-9]+)?/(?:scm/)?(?<path>.*)$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Scheme();

    [GeneratedRegex("^(?:[^/@:]+@)?(?<host>[^/@:]+):(?<path>[^/].*)$", RegexOptions.NonBacktracking)]
    private static partial Regex ScpLike();
}
