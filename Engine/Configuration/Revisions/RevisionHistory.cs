using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Old revisions: compared by their texts, and put back in force as new ones, so that history is never rewritten.</summary>
internal sealed class RevisionHistory(IConfigurationQueries queries, RevisionActions actions) : IRevisionHistory
{
    public async Task<TextDifference?> Between(long from, long to, CancellationToken cancellation) =>
        await queries.Find(from, cancellation) is { } before && await queries.Find(to, cancellation) is { } after
            ? new(from, to, await Compare(before.Parts, after.Parts, cancellation))
            : null;

    public async Task<TextDifference> FromInForce(IReadOnlyList<ConfigurationPart> parts, CancellationToken cancellation)
    {
        var standing = await queries.InForce(cancellation);
        return new(standing?.Id, null, await Compare(standing?.Parts ?? [], parts, cancellation));
    }

    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> Restore(long id, string? reason, Actor by, CancellationToken cancellation)
    {
        if (await queries.Find(id, cancellation) is not { } revision)
            return (new ActionOutcome.NotFound(FormattableString.Invariant($"revision {id}")), null);
        if (revision.State == RevisionState.Refused || revision.Problems.Count > 0)
            return (new ActionOutcome.Conflict(FormattableString.Invariant($"Revision {id} was refused and never in force.")), null);
        var why = FormattableString.Invariant($"revision {id} restored") + (string.IsNullOrWhiteSpace(reason) ? "" : ": " + reason.Trim());
        var result = await actions.Apply(revision.Parts, why, by, "config.restore", cancellation);
        return result.KeyReused ? (new ActionOutcome.KeyReused(), null) : (new ActionOutcome.Done(id), result);
    }

    // Long texts take a while to compare; the caller's thread is not held.
    private static Task<string> Compare(IReadOnlyList<ConfigurationPart> before, IReadOnlyList<ConfigurationPart> after, CancellationToken cancellation) =>
        Task.Run(() => Difference.Between(before, after), cancellation);
}
