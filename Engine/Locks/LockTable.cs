namespace Weir.Engine.Locks;

/// <summary>Who holds how much, and whether something fits beside it.</summary>
public sealed class LockTable
{
    private sealed class Held
    {
        public int Units { get; set; }
        public int Exclusive { get; set; }
        public HashSet<long> Builds { get; } = [];
    }

    private readonly Dictionary<LockPlace, Held> places = [];

    /// <param name="holder">The build; a request that is about to become one counts as another.</param>
    /// <param name="place">Where.</param>
    /// <param name="units">How many units; of an exclusive holding they do not matter.</param>
    /// <param name="exclusive">All of it.</param>
    public void Hold(long holder, LockPlace place, int units, bool exclusive)
    {
        if (!places.TryGetValue(place, out var held))
            places[place] = held = new();
        held.Units += units;
        held.Exclusive += exclusive ? 1 : 0;
        held.Builds.Add(holder);
    }

    public void Hold(long holder, IEnumerable<LockNeed> needs)
    {
        foreach (var need in needs)
            Hold(holder, need.Place, need.Units, need.Exclusive);
    }

    /// <summary>Whether it could be had now, with <paramref name="besides"/> units kept for others.</summary>
    public bool Fits(LockNeed need, long besides = 0)
    {
        var held = places.GetValueOrDefault(need.Place);
        return need.Exclusive
            ? held is null && besides == 0
            : held is not { Exclusive: > 0 } && (held?.Units ?? 0) + besides + need.Units <= need.Capacity;
    }

    public IReadOnlyCollection<long> Holders(LockPlace place) => places.TryGetValue(place, out var held) ? held.Builds : [];
}
