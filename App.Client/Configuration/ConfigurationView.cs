using Weir.Shared.Configuration;

namespace Weir.App.Client.Configuration;

/// <summary>The configuration's page: what is in force, the newest attempt (which may have been refused), and the revisions.</summary>
public sealed record ConfigurationView(RevisionRecord? InForce, RevisionRecord? Newest, IReadOnlyList<RevisionRecord> Revisions)
{
    private const int Shown = 50;

    public static async Task<ConfigurationView> Load(IConfigurationQueries queries, CancellationToken cancellation) =>
        new(await queries.InForce(cancellation), await queries.Newest(cancellation), (await queries.List(null, Shown, cancellation)).Items);
}
