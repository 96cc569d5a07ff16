namespace Weir.Shared.Builds;

/// <summary>One builder with the columns that scripts ask for.</summary>
public sealed record ListedBuilder
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }
    public string? Project { get; init; }
    public long? ProjectId { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public DateTimeOffset? RetiredAt { get; init; }
    public int Waiting { get; init; }
    public string? FirstWaitReason { get; init; }
    public int Running { get; init; }
    public int? LastBuild { get; init; }
    public BuildResult? LastResult { get; init; }
    public WorkerCounts Workers { get; init; } = new(0, 0, 0, 0);

    /// <summary>Why nothing of it is begun; null: it is not paused.</summary>
    public BuilderPause? Pause { get; init; }
    public IReadOnlyList<long> WorkerIds { get; init; } = [];

    /// <summary>The masters that may run it: the engines that are active.</summary>
    public IReadOnlyList<long> MasterIds { get; init; } = [];
}

/// <summary>One project of the configuration.</summary>
public sealed record ProjectRecord(long Id, string Name, string? Title, string? Description, string? Url, bool Active);

/// <summary>One codebase of the configuration.</summary>
public sealed record CodebaseRecord(long Id, string Name, string Repository, string Branch, string? Project, long? ProjectId);

/// <summary>Lists builders, and what they are grouped by, for scripts: a fixed number of statements for any number of them.</summary>
public interface IBuilderLists
{
    /// <summary>Every builder in the order of the configuration, retired ones last.</summary>
    Task<IReadOnlyList<ListedBuilder>> Builders(CancellationToken cancellation);

    /// <summary>By its number, else by its name.</summary>
    Task<ListedBuilder?> Find(string given, CancellationToken cancellation);

    /// <summary>The number of a builder given by number or name; null if there is none.</summary>
    Task<long?> IdOf(string given, CancellationToken cancellation);
    Task<IReadOnlyList<ProjectRecord>> Projects(CancellationToken cancellation);
    Task<IReadOnlyList<CodebaseRecord>> Codebases(CancellationToken cancellation);
}
