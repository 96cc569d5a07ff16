using Weir.Shared.Identity;

namespace Weir.Shared.Configuration;

/// <summary>The difference between two configurations: as unified text, part by part (empty when nothing differs), and as people think of it.</summary>
/// <param name="From">The revision before; null: nothing.</param>
/// <param name="To">The revision after; null: the parts that were given.</param>
/// <param name="Text">As <c>diff -u</c> writes it.</param>
/// <param name="Things">The builders, schedulers, workers … that differ; null if one of both has mistakes.</param>
public sealed record TextDifference(long? From, long? To, string Text, IReadOnlyList<ConfigurationDifference>? Things);

/// <summary>Compares revisions, and puts an old one back in force.</summary>
public interface IRevisionHistory
{
    /// <summary>Null: there is no such revision.</summary>
    Task<TextDifference?> Between(long from, long to, CancellationToken cancellation);

    /// <summary>What applying these parts would change of what is in force.</summary>
    Task<TextDifference> FromInForce(IReadOnlyList<ConfigurationPart> parts, CancellationToken cancellation);

    /// <summary>Checks the content of a revision with today's rules and puts it in force as a new revision, in one transaction; the result is null unless that was tried.</summary>
    Task<(ActionOutcome Outcome, ApplyResult? Result)> Restore(long id, string? reason, ApplyTerms terms, Actor by, CancellationToken cancellation);
}
