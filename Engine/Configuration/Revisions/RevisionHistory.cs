using System.Diagnostics;
using Weir.Engine.Configuration.Check;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Old revisions: compared by their texts, and put back in force as new ones, so that history is never rewritten.</summary>
internal sealed class RevisionHistory(IConfigurationQueries queries, RevisionActions actions) : IRevisionHistory
{
    public async Task<TextDifference?> Between(long from, long to, CancellationToken cancellation)
    {
        if (await queries.Compare(from, to, cancellation) is { } compared)
            return new(from, to, compared.Text, compared.Things);
        // One of them was refused: its text is there to be compared, and no more.
        return await queries.Find(from, cancellation) is { } before && await queries.Find(to, cancellation) is { } after
            ? new(from, to, await Task.Run(() => Difference.Between(before.Parts, after.Parts), cancellation), null)
            : null;
    }

    public async Task<TextDifference> FromInForce(IReadOnlyList<ConfigurationPart> parts, CancellationToken cancellation)
    {
        var standing = await queries.InForce(cancellation);
        parts = (await actions.Judge(sources => sources.LookedAt(parts), cancellation)).Parts;
        // Long texts take a while to compare; the caller's thread is not held.
        return await Task.Run(() => new TextDifference(standing?.Id, null, Difference.Between(standing?.Parts ?? [], parts), Things(standing?.Parts, parts)), cancellation);
    }

    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> Restore(long id, string? reason, ApplyTerms terms, Actor by, CancellationToken cancellation)
    {
        if (await queries.Find(id, cancellation) is not { } revision)
            return (new ActionOutcome.NotFound(FormattableString.Invariant($"revision {id}")), null);
        if (revision.State == RevisionState.Refused || revision.Problems.Count > 0)
            return (new ActionOutcome.Conflict(FormattableString.Invariant($"Revision {id} was refused and never in force.")), null);
        var why = FormattableString.Invariant($"revision {id} restored") + (string.IsNullOrWhiteSpace(reason) ? "" : ": " + reason.Trim());
        var result = await actions.Apply(sources => sources.AsIn(revision.Parts) with { Terms = terms }, why, by, "config.restore", cancellation) ?? throw new UnreachableException();
        return result.KeyReused ? (new ActionOutcome.KeyReused(), null) : (new ActionOutcome.Done(id), result);
    }

    private static IReadOnlyList<ConfigurationDifference>? Things(IReadOnlyList<ConfigurationPart>? before, IReadOnlyList<ConfigurationPart> after) =>
        ConfigurationReader.Read(after).Model is { } current && (before is null ? new() : ConfigurationReader.Read(before).Model) is { } old
            ? ModelDifference.Between(old, current)
            : null;
}
