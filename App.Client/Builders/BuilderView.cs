using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;

namespace Weir.App.Client.Builders;

/// <summary>A builder's page: what it is and does, a part of its history, its last days in numbers, and the revisions in which it changed.</summary>
public sealed record BuilderView(BuilderDetail Detail, Page<BuildSummary> History, BuilderStatistics Statistics, IReadOnlyList<ThingRevision> Revisions)
{
    public const int Size = 30;
    private const int MostRevisions = 10;

    /// <summary>Which builds of the history are wanted.</summary>
    public BuildFilter Filter { get; init; } = new();

    public static async Task<BuilderView?> Load(IBuilderQueries builders, IBuildQueries builds, IConfigurationQueries configuration, string name, BuildFilter filter, CancellationToken cancellation)
    {
        if (await builders.Detail(name, cancellation) is not { } detail)
            return null;
        filter = filter with { BuilderId = detail.Builder.Id, Complete = true, Limit = Size };
        return new(
            detail,
            await builds.List(filter, cancellation),
            await builders.Statistics(detail.Builder.Id, cancellation),
            await configuration.Of("builder", name, MostRevisions, cancellation)) { Filter = filter };
    }
}
