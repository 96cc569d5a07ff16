namespace Weir.Engine.Locks;

/// <summary>
/// The lines before the locks (invariant 7). Whoever asks gets everything at once or nothing, and then keeps a place: what he wants is not given to those who ask after him. The exception is
/// a claim for which he himself waits, directly or through others: a place is never a holding, so no circle that contains one can stand. Ask in the order of the line.
/// </summary>
/// <param name="table">What is held.</param>
/// <param name="waiters">Running builds that wait; and, under their negative numbers, the requests for which builds wait, with all that they may want.</param>
/// <param name="others">For whom builds and requests wait besides: builds for those that they have set off.</param>
public sealed class LockLine(LockTable table, IEnumerable<LockWaiter> waiters, ILookup<long, long>? others = null)
{
    /// <summary>A place in the line: of a build, or of a request under its negative number.</summary>
    private sealed record Standing(long Claim, IReadOnlyList<LockNeed> Needs)
    {
        /// <summary>Those who stand before him for something he wants.</summary>
        public List<Standing> Behind { get; } = [];
    }

    private readonly Dictionary<LockPlace, List<Standing>> line = [];
    private readonly Dictionary<long, Standing> waiting = waiters.ToDictionary(w => w.Build, w => new Standing(w.Build, w.Needs));

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
    public IReadOnlyList<LockBlocker> Look(IReadOnlyList<LockNeed> needs, long request = 0) => needs.Count == 0 ? [] : Blockers(new(-request, needs));

    /// <summary>The request has become a build, or is about to.</summary>
    public void Take(long request, IReadOnlyList<LockNeed> needs)
    {
        waiting.Remove(-request);
        table.Hold(-request, needs);
    }

    /// <summary>The request waits only for its locks: from now on it has its place.</summary>
    public void Keep(IReadOnlyList<LockNeed> needs, long request = 0)
    {
        var standing = new Standing(-request, needs);
        Blockers(standing);
        Stand(standing);
        if (waiting.ContainsKey(-request))
            waiting[-request] = standing;
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
                blockers.AddRange(table.Holders(need).Select(h => new LockBlocker(need.Place, h)));
                continue;
            }
            // Nobody waits for a request that no build has set off.
            var mayPass = waiting.ContainsKey(standing.Claim);
            var before = (line.GetValueOrDefault(need.Place) ?? []).Where(b => !mayPass || !Reaches(b, standing.Claim, [], [])).ToList();
            if (before.Count == 0 || table.Fits(need, [.. before.SelectMany(b => b.Needs.Where(n => n.Place == need.Place))]))
                continue;
            standing.Behind.AddRange(before);
            blockers.Add(new(need.Place, null));
        }
        return blockers;
    }

    // Whether somebody waits for a claim, directly or through others. Any of a lock's holders counts: rather let one pass too many than none.
    private bool Reaches(Standing from, long claim, HashSet<Standing> seen, HashSet<long> passed) => seen.Add(from) && (
        from.Needs.Where(n => !table.Fits(n)).SelectMany(table.Holders).Any(h => Leads(h, claim, seen, passed))
        || from.Behind.Any(b => b.Claim == claim || Reaches(b, claim, seen, passed))
        || (others is not null && others[from.Claim].Any(o => Leads(o, claim, seen, passed))));

    private bool Leads(long through, long claim, HashSet<Standing> seen, HashSet<long> passed) => through == claim || (passed.Add(through) && (
        (waiting.TryGetValue(through, out var next) && Reaches(next, claim, seen, passed)) || (others is not null && others[through].Any(o => Leads(o, claim, seen, passed)))));
}
