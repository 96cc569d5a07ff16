using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Graph;

/// <summary>The graph of the revision in force, drawn once for each revision.</summary>
internal sealed class GraphQueries(ConfigurationInForce configuration) : IGraphQueries
{
    private volatile ConfigurationGraph? _drawn;

    public async Task<ConfigurationGraph> InForce(CancellationToken cancellation)
    {
        if (await configuration.Read(cancellation) is not { } revision)
            return ConfigurationGraph.Empty;
        if (_drawn is { } known && known.Revision == revision.Id)
            return known;
        return _drawn = GraphOfModel.Of(revision.Id, revision.Model);
    }
}
