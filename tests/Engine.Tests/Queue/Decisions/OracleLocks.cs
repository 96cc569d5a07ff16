using System.Collections.Immutable;
using Weir.Shared.Queue;

namespace Weir.Engine.Tests.Queue.Decisions;

/// <summary>
/// The rules of locks and their lines, for the oracle: a list of what is held, a list of who stands, and the question "who waits for whom" answered by going through all pairs until nothing changes.
/// </summary>
internal sealed class OracleLocks(SmallWorld world)
{
    private sealed record Want(int Lock, int Worker, int Units, bool Exclusive, int Capacity)
    {
        public bool Meets(Want other) => (Lock, Worker) == (other.Lock, other.Worker);
    }

    /// <summary>Someone who waits: a running build, or a request under its negative number.</summary>
    private sealed class Stander(int claim, List<Want> wants)
    {
        public int Claim { get; } = claim;
        public List<Want> Wants { get; } = wants;
        public List<Stander> Before { get; } = [];
    }

    private readonly List<(int Build, Want Want)> held = [.. world.Builds.SelectMany(b => b.Holds.Select(h => (b.Id, Of(world, h, b.Worker))))];
    
    // Whoever runs and wants more than there is (the lock was made smaller meanwhile) wants all of it.
    private readonly List<Stander> notServed = [.. world.Builds.Where(b => b.Wants.Count > 0).OrderByDescending(b => b.AskedMinutes).ThenBy(b => b.Id)
        .Select(b => new Stander(b.Id, [.. b.Wants.Select(u => Of(world, u, b.Worker)).Select(w => w with { Exclusive = w.Exclusive || w.Units > w.Capacity })]))];

    private readonly List<Stander> line = [];
    private readonly HashSet<Stander> asked = [];

    public List<int> Granted { get; } = [];

    public static int Capacity(SmallWorld world, int id, int worker)
    {
        var its = world.Locks.Single(l => l.Id == id);
        return its.OfWorkers && worker == 1 ? its.OnFirstWorker : its.Capacity;
    }

    private static Want Of(SmallWorld world, SmallUse use, int worker) => new(use.Lock, world.Locks.Single(l => l.Id == use.Lock).OfWorkers ? worker : 0, use.Units, use.Exclusive, Capacity(world, use.Lock, worker));

    public void ServeAll() => Serve([.. notServed]);

    /// <summary>
    /// Who was there first comes first, of those who want the same: the running builds that asked before the builder had its place, if they want a lock that it wants too, or one that such a build wants.
    /// </summary>
    public void ServeBefore(SmallRequest request, SmallBuilder builder)
    {
        var earlier = notServed.Where(s => builder.PlaceMinutes is not { } place || world.Builds.Single(b => b.Id == s.Claim).AskedMinutes >= Math.Min(place, request.AgeMinutes)).ToList();
        var wanted = builder.Locks.Select(u => u.Lock).ToHashSet();
        var rivals = new List<Stander>();
        // From the last to the first: whoever stands before a rival is one as well, if the two want the same.
        foreach (var stander in earlier.AsEnumerable().Reverse().Where(s => s.Wants.Exists(w => wanted.Contains(w.Lock))))
        {
            rivals.Insert(0, stander);
            wanted.UnionWith(stander.Wants.Select(w => w.Lock));
        }
        Serve(rivals);
    }

    private void Serve(List<Stander> those)
    {
        foreach (var stander in those.Where(asked.Add))
        {
            if (WhyNot(stander) is null)
            {
                notServed.Remove(stander);
                Granted.Add(stander.Claim);
                held.AddRange(stander.Wants.Select(w => (stander.Claim, w)));
            }
            else
            {
                line.Add(stander);
            }
        }
    }

    public WaitKind? InTheWay(int request, ImmutableList<SmallUse> uses, int worker) => WhyNot(new(-request, [.. uses.Select(u => Of(world, u, worker))]));

    public void Take(int holder, ImmutableList<SmallUse> uses, int worker) => held.AddRange(uses.Select(u => (holder, Of(world, u, worker))));

    public void Stand(int request, ImmutableList<SmallUse> uses, int worker)
    {
        var stander = new Stander(-request, [.. uses.Select(u => Of(world, u, worker))]);
        WhyNot(stander);
        line.Add(stander);
    }

    private bool IsFree(Want want, int kept)
    {
        var there = held.Where(h => h.Want.Meets(want)).Select(h => h.Want).ToList();
        return want.Exclusive ? there.Count == 0 && kept == 0 : !there.Exists(t => t.Exclusive) && there.Sum(t => t.Units) + kept + want.Units <= want.Capacity;
    }

    private WaitKind? WhyNot(Stander stander)
    {
        WaitKind? why = null;
        foreach (var want in stander.Wants)
        {
            if (!IsFree(want, 0))
            {
                why = WaitKind.LockHeld;
                continue;
            }
            // A place counts against all who come later, but not against a claim for which it waits itself.
            var before = line.Where(l => l.Wants.Exists(w => w.Meets(want)) && !WaitsFor(l, stander.Claim)).ToList();
            var kept = before.SelectMany(l => l.Wants).Where(w => w.Meets(want)).Sum(w => w.Exclusive ? w.Capacity : w.Units);
            if (kept == 0 || IsFree(want, kept))
                continue;
            stander.Before.AddRange(before);
            why ??= WaitKind.LockLine;
        }
        return why;
    }

    // All ways: from whoever waits to those who hold what he lacks, to those who stand before him, to the builds that he has set off and waits for, and to those who take the slots that these would need.
    private bool WaitsFor(Stander from, int claim)
    {
        var reached = new HashSet<int>();
        var ways = line.Concat(notServed).Distinct().SelectMany(s => Holders(s.Wants).Concat(s.Before.Select(b => b.Claim)).Select(to => (From: s.Claim, To: to)))
            .Concat(world.Builds.Where(b => b.WaitedBy is not null).Select(b => (From: b.WaitedBy!.Value, To: b.Id)))
            .Concat(world.Requests.Where(r => r.WaitedBy is not null).SelectMany(r => OfRequest(r).Select(to => (From: -r.Id, To: to)).Prepend((From: r.WaitedBy!.Value, To: -r.Id)))).ToList();
        foreach (var (_, to) in ways.Where(w => w.From == from.Claim))
            reached.Add(to);
        while (ways.Any(w => reached.Contains(w.From) && reached.Add(w.To)))
        {
        }
        return reached.Contains(claim);
    }

    private IEnumerable<int> OfRequest(SmallRequest request)
    {
        if (world.Builders.Find(b => b.Id == request.Builder) is not { } builder)
            return [];
        var able = world.Workers.Where(w => (builder.Tag == 0 || builder.Tag == w.Tag) && !(builder.IsDemanding && w.IsOld)).ToList();
        var stands = line.Exists(l => l.Claim == -request.Id) || held.Exists(h => h.Build == -request.Id);
        var locks = stands ? [] : Holders([.. able.SelectMany(w => builder.Locks.Select(u => Of(world, u, w.Id)))]);
        var parents = world.Builds.Select(b => b.WaitedBy).Concat(world.Requests.Select(r => r.WaitedBy)).OfType<int>();
        var there = parents.Concat(world.Builds.Where(b => b.Wants.Count > 0).Select(b => b.Id)).ToHashSet();
        return locks.Concat(able.Where(w => w.Free <= 0).SelectMany(w => there.Where(b => world.WorkerOf(b) == w.Id)));
    }

    private IEnumerable<int> Holders(List<Want> wants) => wants.Where(w => !IsFree(w, 0)).SelectMany(w => held.Where(h => h.Want.Meets(w)).Select(h => h.Build));
}
