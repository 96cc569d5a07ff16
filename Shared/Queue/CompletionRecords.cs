using System.Text.Json;
using Weir.Shared.Identity;
using Weir.Shared.Schedulers;

namespace Weir.Shared.Queue;

/// <summary>What a request lacks before it can become a build.</summary>
/// <param name="RequestId">The request.</param>
/// <param name="BuildsetId">Its buildset.</param>
/// <param name="Builder">The builder that is to build it.</param>
/// <param name="Fields">The properties that the builder requires and that have no value; empty: it lacks nothing.</param>
public sealed record MissingProperties(long RequestId, long BuildsetId, string Builder, IReadOnlyList<ForceParameter> Fields);

/// <summary>Completes requests that were set aside, because their builder has come to require properties since they were made.</summary>
public interface IRequestCompletion
{
    /// <summary>Null: there is no such request.</summary>
    Task<MissingProperties?> Missing(long requestId, CancellationToken cancellation);

    /// <summary>Gives it all that it lacks, each value of its type; then it waits like any other. Problems name the property.</summary>
    Task<ActionOutcome> Complete(long requestId, IReadOnlyDictionary<string, JsonElement> values, string? reason, Actor by, CancellationToken cancellation);
}
