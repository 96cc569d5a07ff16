using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>What is wrong with a wish for named things: what cannot be asked for, and what is not there.</summary>
internal static class PoolCheck
{
    /// <summary>The key that is wrong and why; null: all is well, or this is no pool and nothing of one was asked for.</summary>
    public static (string Key, string Complaint)? Complaint(LockConfiguration held, LockUse use, YamlNode at)
    {
        if (held.Pool.Count == 0)
        {
            return at["quantity"] is not null ? ("quantity", $"The lock {held.Name} has no pool: how much is held of it is said by `units`.")
                : at["labels"] is not null ? ("labels", $"The lock {held.Name} has no pool, so nothing of it has labels.") : null;
        }
        if (at["units"] is not null)
            return ("units", $"The lock {held.Name} has a pool: how many of its things are held is said by `quantity`.");
        if (use.Exclusive)
            return (at["quantity"] ?? at["labels"]) is null ? null : (at["quantity"] is null ? "labels" : "quantity", "Exclusive is all of the pool.");
        var known = held.Pool.Values.SelectMany(l => l).Distinct().ToArray();
        if (use.Labels.FirstOrDefault(l => !known.Contains(l)) is { } unknown)
            return ("labels", $"Nothing in the pool of {held.Name} has the label \"{unknown}\".{Suggestion.DidYouMean(unknown, known)}");
        var those = With(held, use.Labels);
        return those.Count >= use.Units ? null : (at["quantity"] is null ? "" : "quantity", $"{use.Units} of {held.Name}{InWords(use.Labels)} {(use.Units == 1 ? "was" : "were")} asked for, but the pool has only {those.Count}{(those.Count == 0 ? "" : $" ({string.Join(", ", those)})")}: that could never start.");
    }

    /// <summary>Whether so much can be had of what somebody holds, whichever things he was given.</summary>
    public static bool IsSurelyIn(LockConfiguration held, LockUse wanted, LockUse given)
    {
        var possible = With(held, given.Labels);
        return given.Units - possible.Except(With(held, wanted.Labels)).Count() >= wanted.Units;
    }

    public static string InWords(IReadOnlyList<string> labels) => labels.Count == 0 ? "" : $" with the {(labels.Count == 1 ? "label" : "labels")} {string.Join(" and ", labels)}";

    private static IReadOnlyList<string> With(LockConfiguration held, IReadOnlyList<string> labels) => [.. held.Pool.Where(n => labels.All(n.Value.Contains)).Select(n => n.Key)];
}
