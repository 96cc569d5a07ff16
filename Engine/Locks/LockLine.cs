namespace Weir.Engine.Locks;

/// <summary>
/// The lines before the locks (invariant 7). Whoever asks gets everything at once or nothing, and then keeps a place: what he wants is not given to those who ask after him. The exception is
/// a build for which he himself waits, directly or through others: a place is never a holding, so no circle that contains one can stand. Ask in the order of the line.
/// </summary>
public sealed class LockLine(LockTable table, IEnumerable<LockWaiter> running)
{
    /// <summary>A place in the line.</summary>
    private sealed record Standing(long Build, IReadOnlyList<LockNeed> Needs)
    {
        /// <summary>Those who stand before him for something he wants.</summary>
        public List<Standing> Behind { get; } = [];
    }

    private readonly Dictionary<LockPlace, List<Standing>> line = [];
    private readonly Dictionary<long, Standing> waiting = running.ToDictionary(w => w.Build, w => new Standing(w.Build, w.Needs));

    /// <summary>A running build asks for what its step needs. Empty: it has it now; else what is in its way, and it has its place.</summary>
    public IReadOnlyList<LockBlocker> Ask(LockWaiter waiter)
    {
        var standing = waiting[waiter.Build];
        if (Blockers(standing) is { Count: > 0 } blockers)
        {
            Stand(standing);
            return blockers;
        }
        waiting.Remove(waiter.Build);
        table.Hold(waiter.Build, waiter.Needs);
        return [];
    }

    /// <summary>What is in the way of a request that would hold these. Nothing is taken, no place is kept.</summary>
    public IReadOnlyList<LockBlocker> Look(IReadOnlyList<LockNeed> needs) => needs.Count == 0 ? [] : Blockers(new(0, needs));

    /// <summary>The request has become a build, or is about to.</summary>
    public void Take(long holder, IReadOnlyList<LockNeed> needs) => table.Hold(holder, needs);

    /// <summary>The request waits only for its locks: from now on it has its place.</summary>
    public void Keep(IReadOnlyList<LockNeed> needs)
    {
        var standing = new Standing(0, needs);
        Blockers(standing);
        Stand(standing);
    }

    private void Stand(Standing standing)
    {
        foreach (var place in standing.Needs.Select(n => n.Place))
        {
            if (!line.TryGetValue(place, out var those))
                line[place] = those = [];
            those.Add(standing);
        }
    }

    private List<LockBlocker> Blockers(Standing standing)
    {
        var blockers = new List<LockBlocker>();
        foreach (var need in standing.Needs)
        {
            if (!table.Fits(need))
            {
                blockers.AddRange(table.Holders(need.Place).Select(h => new LockBlocker(need.Place, h)));
                continue;
            }
            var before = (line.GetValueOrDefault(need.Place) ?? []).Where(b => standing.Build == 0 || !Reaches(b, standing.Build, [])).ToList();
            var kept = before.SelectMany(b => b.Needs.Where(n => n.Place == need.Place)).Sum(n => n.Exclusive ? (long)n.Capacity : n.Units);
            if (kept == 0 || table.Fits(need, kept))
                continue;
            standing.Behind.AddRange(before);
            blockers.Add(new(need.Place, null));
        }
        return blockers;
    }

    // Whether somebody waits for a build, directly or through others. Any of a lock's holders counts: rather let one pass too many than none.
    private bool Reaches(Standing from, long build, HashSet<Standing> seen) => seen.Add(from) && (
        from.Needs.Where(n => !table.Fits(n)).SelectMany(n => table.Holders(n.Place)).Any(h => h == build || (waiting.TryGetValue(h, out var next) && Reaches(next, build, seen)))
        || from.Behind.Any(b => b.Build == build || Reaches(b, build, seen)));
}
