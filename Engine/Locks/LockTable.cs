namespace Weir.Engine.Locks;

/// <summary>Who holds how much, and whether something fits beside it.</summary>
public sealed class LockTable
{
    private sealed class Held
    {
        public int Units { get; set; }
        public int Exclusive { get; set; }
        public Dictionary<long, List<string>> Builds { get; } = [];
        public HashSet<string> Names { get; } = [];

        /// <summary>Units that were given out before their lock had names: any may be theirs.</summary>
        public int Nameless => Math.Max(0, Units - Names.Count);
    }

    private readonly Dictionary<LockPlace, Held> places = [];

    /// <param name="holder">The build; a request that is about to become one counts as another.</param>
    /// <param name="place">Where.</param>
    /// <param name="units">How many units; of an exclusive holding they do not matter.</param>
    /// <param name="exclusive">All of it.</param>
    /// <param name="names">Which, of named things.</param>
    public void Hold(long holder, LockPlace place, int units, bool exclusive, params IReadOnlyCollection<string> names)
    {
        if (!places.TryGetValue(place, out var held))
            places[place] = held = new();
        held.Units += units;
        held.Exclusive += exclusive ? 1 : 0;
        held.Names.UnionWith(names);
        if (!held.Builds.TryGetValue(holder, out var its))
            held.Builds[holder] = its = [];
        its.AddRange(names);
    }

    /// <summary>Gives it out; of named things, answers which.</summary>
    public IReadOnlyList<string> Hold(long holder, LockNeed need)
    {
        IReadOnlyList<string> names = need.Pool is null ? [] : [.. need.Exclusive ? need.Pool.With([]) : Free(need, []).Take(need.Units)];
        Hold(holder, need.Place, need.Units, need.Exclusive, names);
        return names;
    }

    public void Hold(long holder, IEnumerable<LockNeed> needs)
    {
        foreach (var need in needs)
            Hold(holder, need);
    }

    /// <summary>Whether it could be had now, with all that is free kept for others of what they want there.</summary>
    public bool Fits(LockNeed need, IReadOnlyCollection<LockNeed>? others = null)
    {
        var held = places.GetValueOrDefault(need.Place);
        if (need.Exclusive)
            return held is null && others is not { Count: > 0 };
        if (held is { Exclusive: > 0 })
            return false;
        if (need.Pool is null)
            return (held?.Units ?? 0) + (others?.Sum(n => n.Exclusive ? (long)n.Capacity : n.Units) ?? 0) + need.Units <= need.Capacity;
        var kept = new HashSet<string>();
        foreach (var other in others ?? [])
            kept.UnionWith(Free(other, kept).Take(other.Exclusive ? int.MaxValue : other.Units));
        return Free(need, kept).Count() - (held?.Nameless ?? 0) >= need.Units;
    }

    private IEnumerable<string> Free(LockNeed need, HashSet<string> kept) =>
        need.Pool!.With(need.Exclusive ? [] : need.Labels).Where(n => !kept.Contains(n) && !(places.GetValueOrDefault(need.Place)?.Names.Contains(n) ?? false));

    /// <summary>Those who hold something of what is wanted.</summary>
    public IReadOnlyCollection<long> Holders(LockNeed need)
    {
        if (!places.TryGetValue(need.Place, out var held))
            return [];
        if (need.Pool is null || need.Exclusive || need.Labels.Count == 0)
            return held.Builds.Keys;
        var wanted = need.Pool.With(need.Labels).ToHashSet();
        return [.. held.Builds.Where(b => b.Value.Count == 0 || b.Value.Exists(wanted.Contains)).Select(b => b.Key)];
    }
}
