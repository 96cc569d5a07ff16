namespace Weir.Shared.Builds;

/// <summary>What a badge says of a builder, or of one branch of it: what came of the last finished build (null: there is none), and whether a newer one runs.</summary>
public sealed record BadgeState(BuildResult? Results, bool Running);

/// <summary>Reads the little that a badge shows, in one statement of bounded cost.</summary>
public interface IBadgeQueries
{
    /// <summary>Null if there is no such builder. A branch is looked for among the builder's newest builds only (<see cref="Reach"/> of them).</summary>
    Task<BadgeState?> Find(string builder, string? branch, CancellationToken cancellation);

    /// <summary>How many of a builder's builds are looked through for a branch.</summary>
    const int Reach = 2000;
}
