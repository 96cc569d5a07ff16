using Weir.Shared.Configuration;
using Weir.Shared.Queue;

namespace Weir.Engine.Tests.Queue.Decisions;

/// <summary>
/// The rules of who starts, in the simplest code that states them and none of the engine's: one request after the other, all found out anew each time. Slow, and independent of what it judges.
/// </summary>
internal sealed class DecisionOracle(SmallWorld world)
{
    private readonly OracleLocks locks = new(world);
    private readonly Dictionary<int, int> free = world.Workers.ToDictionary(w => w.Id, w => w.Free);
    private readonly Dictionary<int, int> homes = new(world.Homes);
    private readonly HashSet<int> usedLenders = [];
    private readonly List<int> projectStarts = [];
    private readonly List<int> capStarts = [];
    private readonly HashSet<(int Project, int Lender)> usedUnits = [];

    public List<(int Request, int Worker)> Starts { get; } = [];
    public List<(int Request, int Builder, WaitKind Kind)> Waits { get; } = [];
    public IReadOnlyList<int> Grants => locks.Granted;

    public DecisionOracle Decide()
    {
        var left = world.Requests.ToList();
        var spokenFor = new HashSet<int>();
        while (left.Count > 0)
        {
            var request = left.OrderByDescending(Class).ThenBy(Share).ThenByDescending(r => r.AgeMinutes).ThenBy(r => r.Id).First();
            left.Remove(request);
            if (spokenFor.Contains(request.Builder) && request is { Lender: null, WaitedBy: null, CapLender: null })
                continue;
            if (Judge(request, BuilderOf(request)) is not { } kind)
                continue;
            if (kind is WaitKind.SetAside or WaitKind.NotBefore)
                Waits.Add((request.Id, request.Builder, kind));
            else if (spokenFor.Add(request.Builder) && (kind != WaitKind.New || BuilderOf(request)!.Engines != SmallEngines.Other))
                Waits.Add((request.Id, request.Builder, kind));
        }
        locks.ServeAll();
        return this;
    }

    private SmallBuilder? BuilderOf(SmallRequest request) => world.Builders.Find(b => b.Id == request.Builder);

    private int ProjectOf(SmallRequest request) => BuilderOf(request)?.Project ?? 0;

    // One class for each priority that occurs; one more for each whole time that the project's patience was used up, up to one that is above all.
    private int Class(SmallRequest request)
    {
        var priorities = world.Requests.Select(r => r.Priority).Distinct().ToList();
        var own = priorities.Count(p => p < request.Priority);
        var patience = BuilderOf(request) is null ? null : world.Projects[ProjectOf(request)].PatienceMinutes;
        return patience is { } most ? Math.Min(priorities.Count, own + (request.AgeMinutes / most)) : own;
    }

    // Above all it is age alone that counts.
    private double Share(SmallRequest request) => Class(request) == world.Requests.Select(r => r.Priority).Distinct().Count() ? 0 :
        (world.Projects[ProjectOf(request)].Running + projectStarts.Count(p => p == ProjectOf(request))) / (double)(BuilderOf(request) is null ? 1 : world.Projects[ProjectOf(request)].Weight);

    // Null: it starts here.
    private WaitKind? Judge(SmallRequest request, SmallBuilder? builder)
    {
        if (builder is null or { Retired: true })
            return WaitKind.BuilderRetired;
        if (builder.Asks && !request.Has)
            return WaitKind.SetAside;
        if (builder.Paused)
            return WaitKind.PausedBy;
        if (request.IsLater)
            return WaitKind.NotBefore;
        if (builder.IsChanging && request.WaitedBy is null)
            return WaitKind.RevisionToCome;
        if (builder.Engines == SmallEngines.None)
            return WaitKind.NoEngine;
        if (builder.Engines == SmallEngines.Other)
            return WaitKind.New; // not ours to say
        return Among(request, builder);
    }

    // Workers are sifted: what takes the last of them is the reason.
    private WaitKind? Among(SmallRequest request, SmallBuilder builder)
    {
        var those = world.Workers.Where(w => builder.Tag == 0 || builder.Tag == w.Tag).Where(w => !(builder.IsDemanding && w.IsOld)).ToList();
        if (those.Count == 0)
            return WaitKind.NoMatchingWorker;
        if (builder.Shares.Count > 0)
        {
            var there = those.Where(w => MayHave(builder, w)).ToList();
            if (there.Count == 0)
                return world.Workers.Exists(w => (builder.Tag == 0 || builder.Tag == w.Tag) && builder.IsDemanding && w.IsOld && HomesOf(builder) is [var its] && its == w.Id) ? WaitKind.NoMatchingWorker : WaitKind.DirectoryElsewhere;
            those = there;
        }
        if ((those = [.. those.Where(w => builder.Locks.All(u => u.Exclusive || u.Units <= OracleLocks.Capacity(world, u.Lock, w.Id)))]).Count == 0)
            return WaitKind.LockHeld;
        if ((those = [.. those.Where(w => w.Link is not (SmallLink.Gone or SmallLink.Stopping))]).Count == 0)
            return WaitKind.WorkersMissing;
        if (those.TrueForAll(w => w.Link == SmallLink.Paused))
            return WaitKind.WorkersPaused;
        if ((those = [.. those.Where(w => w.Link == SmallLink.Here)]).Count == 0)
            return WaitKind.WorkersAway;
        if ((those = [.. those.Where(w => free[w.Id] > 0 || Lends(request, w))]).Count == 0)
            return WaitKind.SlotsFull;
        if ((those = [.. those.Where(w => w.ClosesInMinutes is not { } closes || builder.UsualMinutes is not { } usual || usual <= closes)]).Count == 0)
            return WaitKind.WouldNotFit;
        if ((those = [.. those.Where(w => builder.Engines != SmallEngines.This || !w.IsOfOther)]).Count == 0)
            return WaitKind.WorkersElsewhere;
        if (IsFull(request, builder))
            return WaitKind.CapReached;
        locks.ServeBefore(request, builder);
        // One's own worker first, then as the builder says, then the one with most room.
        those = [.. those.OrderBy(w => w.IsOfOther).ThenBy(w => Rank(builder, w)).ThenByDescending(w => free[w.Id]).ThenBy(w => w.Id)];
        if (those.Find(w => locks.InTheWay(request.Id, builder.Locks, w.Id) is null) is { } worker)
            return Start(request, builder, worker);
        var kind = locks.InTheWay(request.Id, builder.Locks, those[0].Id);
        locks.Stand(request.Id, builder.Locks, those[0].Id);
        return kind;
    }

    // Where the directories are that it uses; if none is anywhere, where those are that go with them; if there is none either, wherever all could be that share one of them.
    private bool MayHave(SmallBuilder builder, SmallWorker worker) => HomesOf(builder) switch
    {
        [] => world.Builders.Where(b => b.Shares.Exists(world.With(builder).Contains)).All(b => (b.Tag == 0 || b.Tag == worker.Tag) && !(b.IsDemanding && worker.IsOld)),
        [var home] => home == worker.Id,
        _ => false,
    };

    private List<int> HomesOf(SmallBuilder builder)
    {
        var own = builder.Shares.Where(homes.ContainsKey).Select(d => homes[d]).Distinct().ToList();
        return own.Count > 0 ? own : [.. world.With(builder).Where(homes.ContainsKey).Select(d => homes[d]).Distinct()];
    }

    private WaitKind? Start(SmallRequest request, SmallBuilder builder, SmallWorker worker)
    {
        if (Lends(request, worker))
            usedLenders.Add(request.Lender!.Value);
        else
            free[worker.Id]--;
        locks.Take(-request.Id, builder.Locks, worker.Id);
        if (CapOf(builder) is not null && (request.CapLender is not { } unit || !usedUnits.Add((builder.Project, unit))))
            capStarts.Add(builder.Project);
        projectStarts.Add(builder.Project);
        foreach (var directory in world.With(builder))
            homes.TryAdd(directory, worker.Id);
        if (worker.IsOfOther)
            return WaitKind.New;
        Starts.Add((request.Id, worker.Id));
        return null;
    }

    private int? CapOf(SmallBuilder builder) => builder.Project == 0 ? null : world.Projects[builder.Project].Cap;

    // As many run as may; but who is waited for may have the unit of the one that waits, once.
    private bool IsFull(SmallRequest request, SmallBuilder builder) => CapOf(builder) is { } cap && world.Projects[builder.Project].Used + capStarts.Count(p => p == builder.Project) >= cap
        && (request.CapLender is not { } lender || usedUnits.Contains((builder.Project, lender)));

    // The smallest goes first: whoever is not known is tried first where it is about speed, and last where it is about the last time.
    private static int Rank(SmallBuilder builder, SmallWorker worker) => (builder.Placement, builder.Past.Find(p => p.Worker == worker.Id)) switch
    {
        (PlacementRule.Fastest, var past) => past?.UsualMinutes ?? 0,
        (PlacementRule.LastUsed, var past) => past?.LastMinutes ?? int.MaxValue,
        _ => 0,
    };

    private bool Lends(SmallRequest request, SmallWorker worker) => request.Lender is { } lender && request.LentOn == worker.Id && !usedLenders.Contains(lender);
}
