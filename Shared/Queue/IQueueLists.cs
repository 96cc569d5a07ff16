using Weir.Shared.Builds;
using Weir.Shared.Changes;

namespace Weir.Shared.Queue;

/// <summary>One request with the columns that scripts ask for, and the properties (of its buildset) that were named.</summary>
public sealed record ListedRequest(RequestSummary Request, IReadOnlyList<PropertyRecord> Properties);

/// <summary>One buildset with its source stamps.</summary>
public sealed record ListedBuildset
{
    public required long Id { get; init; }
    public required string Reason { get; init; }
    public string? Scheduler { get; init; }
    public string? ExternalId { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public BuildResult? Results { get; init; }
    public long? ParentBuildId { get; init; }
    public string? ParentRelationship { get; init; }
    public long? RebuiltBuildId { get; init; }
    public long? ConfigRevision { get; init; }
    public bool FailFast { get; init; }
    public IReadOnlyList<SourceStampRecord> SourceStamps { get; init; } = [];
}

/// <summary>Lists requests, buildsets and source stamps by any of their fields in bounded work, for scripts.</summary>
public interface IQueueLists
{
    Task<ListAnswer<ListedRequest>> Requests(ListQuery query, IReadOnlyCollection<string> properties, CancellationToken cancellation);
    Task<ListAnswer<ListedBuildset>> Buildsets(ListQuery query, CancellationToken cancellation);

    /// <param name="query">Besides the fields of REST it understands <c>buildsetid</c>.</param>
    /// <param name="cancellation">Ends the reading.</param>
    Task<ListAnswer<SourceStampRecord>> SourceStamps(ListQuery query, CancellationToken cancellation);

    /// <summary>The properties that a buildset gives its builds; null if there is no such buildset.</summary>
    Task<IReadOnlyList<PropertyRecord>?> Properties(long buildset, CancellationToken cancellation);
}
