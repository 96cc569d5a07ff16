namespace Weir.Shared.Configuration;

/// <summary>A part of the configuration that a team keeps in a git repository.</summary>
public sealed record PartConfiguration
{
    public static readonly TimeSpan UsualEvery = TimeSpan.FromMinutes(5);

    public const string UsualUser = "x-access-token";

    public required string Name { get; init; }
    public required string Repository { get; init; }
    public string Branch { get; init; } = "main";

    /// <summary>The secret that is the token with which the masters reach it; null: it is open to them.</summary>
    public string? Token { get; init; }
    public string TokenUser { get; init; } = UsualUser;

    /// <summary>The folder, or the one file, within the repository; empty: its root.</summary>
    public string Path { get; init; } = "";
    public TimeSpan Every { get; init; } = UsualEvery;

    /// <summary>With what all names begin that it defines.</summary>
    public required string Prefix { get; init; }

    /// <summary>In <see cref="Notify"/>: whoever made the commit that is not good.</summary>
    public const string Author = "author";

    /// <summary>Addresses of its owners, who are told by mail when it is broken and when it is good again.</summary>
    public IReadOnlyList<string> Notify { get; init; } = [];

    /// <summary>What it may use that is not its own.</summary>
    public PartRights May { get; init; } = new();

    /// <summary>As people read it: repository, branch, path.</summary>
    public string Place => $"{Repository} {Branch}{(Path.Length > 0 ? " " + Path : "")}";
}

/// <summary>What a part may use that others define: names, and of workers and builders also patterns.</summary>
public sealed record PartRights
{
    public IReadOnlyList<string> Workers { get; init; } = [];
    public IReadOnlyList<string> Locks { get; init; } = [];
    public IReadOnlyList<string> SharedDirectories { get; init; } = [];
    public IReadOnlyList<string> Secrets { get; init; } = [];
    public IReadOnlyList<string> Projects { get; init; } = [];
    public IReadOnlyList<string> Builders { get; init; } = [];
}
