namespace Weir.Engine.Changes.Sources;

/// <summary>One commit as the mirror's history tells it.</summary>
internal sealed record Commit
{
    public required string Id { get; init; }
    public IReadOnlyList<string> Parents { get; init; } = [];
    public string Author { get; init; } = "";
    public string Committer { get; init; } = "";
    public DateTimeOffset? AuthoredAt { get; init; }
    public string Message { get; init; } = "";

    /// <summary>What it changed against its first parent.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
    public bool FilesCut { get; init; }
}
