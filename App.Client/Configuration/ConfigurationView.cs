using Weir.Shared;
using Weir.Shared.Configuration;

namespace Weir.App.Client.Configuration;

/// <summary>The configuration's page: what is in force, the newest attempt (which may have been refused), and a part of the revisions.</summary>
public sealed record ConfigurationView(RevisionRecord? InForce, RevisionRecord? Newest, Page<RevisionRecord> Revisions, bool IsFirst)
{
    private const int Size = 50;

    /// <summary>The revision that is good and not in force yet.</summary>
    public RevisionRecord? ToCome { get; init; }

    /// <summary>What it is put together of.</summary>
    public IReadOnlyList<PartRecord> Parts { get; init; } = [];

    public static async Task<ConfigurationView> Load(IConfigurationQueries queries, IPartQueries parts, long? before, CancellationToken cancellation) =>
        new(await queries.InForce(cancellation), await queries.Newest(cancellation), await queries.List(before, Size, cancellation), before is null)
        {
            ToCome = await queries.ToCome(cancellation),
            Parts = await parts.Parts(cancellation),
        };
}
