namespace Weir.Shared.Configuration;

/// <summary>A directory on one worker that builds of several builders use, one after the other if they write.</summary>
public sealed record SharedDirectoryConfiguration : IRenamable
{
    public required string Name { get; init; }
    public string? Was { get; init; }
    public string? Description { get; init; }
}

/// <summary>What is kept in order as a lock: a shared directory is one of scope worker. Who writes has all of it, who reads one unit.</summary>
public static class SharedDirectories
{
    // No lock that somebody configures can have such a name.
    private const string Prefix = "shared/";

    // More than ever read at once.
    private const int Readers = 1_000_000;

    /// <summary>All locks of a configuration, with those that stand for its directories.</summary>
    public static IReadOnlyList<LockConfiguration> AllLocks(WeirConfiguration model) =>
        [.. model.Locks, .. model.SharedDirectories.Select(d => new LockConfiguration { Name = Lock(d.Name), Was = d.Was is null ? null : Lock(d.Was), Scope = LockScope.Worker, Capacity = Readers })];

    /// <summary>The lock's name.</summary>
    public static string Lock(string directory) => Prefix + directory;

    /// <summary>The directory for which a lock stands; null: it is a lock.</summary>
    public static string? Of(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : null;

    /// <summary>As people are told: <c>the lock cpu</c>, <c>the shared directory sdk</c>.</summary>
    public static string InWords(string name) => Of(name) is { } directory ? $"the shared directory {directory}" : $"the lock {name}";

    /// <summary>Several, in the order given.</summary>
    public static string InWords(IReadOnlyCollection<string> names) => string.Join(" and ", new[]
    {
        InWords("lock", names.Where(n => Of(n) is null)),
        InWords("shared directory", names.Select(Of).OfType<string>()),
    }.OfType<string>());

    private static string? InWords(string what, IEnumerable<string> names) => names.ToArray() switch
    {
        [] => null,
        [var one] => $"the {what} {one}",
        var more => $"the {(what == "lock" ? "locks" : "shared directories")} {string.Join(", ", more)}",
    };

    /// <summary>The variable in which commands find its path.</summary>
    public static string Variable(string directory) => "WEIR_SHARED_" + directory.Replace('-', '_').ToUpperInvariant();
}
