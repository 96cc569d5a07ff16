namespace Weir.Shared.Builds;

/// <summary>One build with the columns that scripts ask for, and the properties that were named.</summary>
public sealed record ListedBuild
{
    public required long Id { get; init; }
    public required int Number { get; init; }
    public required long BuilderId { get; init; }
    public required string BuilderName { get; init; }
    public required long RequestId { get; init; }
    public required long BuildsetId { get; init; }
    public required long WorkerId { get; init; }
    public required string WorkerName { get; init; }
    public required long MasterId { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public BuildResult? Results { get; init; }
    public required string StateText { get; init; }
    public required string Reason { get; init; }
    public string? Branch { get; init; }
    public string? Revision { get; init; }
    public required long ConfigRevision { get; init; }
    public required int Attempt { get; init; }

    /// <summary>For how many seconds its steps waited for locks, in all.</summary>
    public double LocksSeconds { get; init; }

    /// <summary>The fencing number of the master that drives it; null when it is complete.</summary>
    public long? OwnerEpoch { get; init; }
    public IReadOnlyList<PropertyRecord> Properties { get; init; } = [];
}

/// <summary>Lists builds by any of their fields in bounded work, for scripts.</summary>
public interface IBuildLists
{
    /// <param name="query">Besides the fields of REST it understands <c>changeid</c> and <c>parent_buildid</c>.</param>
    /// <param name="properties">Names of the properties that are wanted; <c>*</c> for all.</param>
    /// <param name="cancellation">Ends the reading.</param>
    Task<ListAnswer<ListedBuild>> Builds(ListQuery query, IReadOnlyCollection<string> properties, CancellationToken cancellation);

    /// <summary>The build's properties by name; null if there is no such build.</summary>
    Task<IReadOnlyList<PropertyRecord>?> Properties(long build, CancellationToken cancellation);

    /// <summary>The id of a builder's build; null if there is none. The builder is named by its number, else by its name.</summary>
    Task<long?> IdOf(string builder, int number, CancellationToken cancellation);
}
