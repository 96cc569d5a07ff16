using Weir.Shared.Builds;
using Weir.Shared.Configuration;

namespace Weir.Client.Tests;

/// <summary>A store in which the configuration draws no graph.</summary>
public sealed partial class SampleStore : IGraphQueries, IBuilderLists
{
    public ConfigurationGraph Graph { get; set; } = new(1, [], []);

    Task<ConfigurationGraph> IGraphQueries.InForce(CancellationToken cancellation) => Answer(() => Graph);

    Task<IReadOnlyList<ListedBuilder>> IBuilderLists.Builders(CancellationToken cancellation) => Answer<IReadOnlyList<ListedBuilder>>(() => []);

    Task<ListedBuilder?> IBuilderLists.Find(string given, CancellationToken cancellation) => Answer<ListedBuilder?>(() => null);

    Task<long?> IBuilderLists.IdOf(string given, CancellationToken cancellation) => Answer<long?>(() => null);

    Task<IReadOnlyList<ProjectRecord>> IBuilderLists.Projects(CancellationToken cancellation) => Answer<IReadOnlyList<ProjectRecord>>(() => []);

    Task<IReadOnlyList<CodebaseRecord>> IBuilderLists.Codebases(CancellationToken cancellation) => Answer<IReadOnlyList<CodebaseRecord>>(() => []);
}
