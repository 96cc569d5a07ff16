using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Queue.Decisions;

/// <summary>Random small worlds, and the smaller ones next to them.</summary>
internal static class SmallWorlds
{
    private static Gen<bool> Seldom(int outOf) => Gen.Choose(1, outOf).Select(n => n == 1);

    private static Gen<int?> Maybe(int outOf, int least, int most) => from seldom in Seldom(outOf) from value in Gen.Choose(least, most) select seldom ? value : (int?)null;

    private static Gen<ImmutableList<T>> Some<T>(Gen<T> one, int least, int most) => from count in Gen.Choose(least, most) from list in Gen.ListOf(one, count) select list.ToImmutableList();

    // Of each lock once.
    private static Gen<ImmutableList<SmallUse>> Uses(int most) =>
        from uses in Some(from id in Gen.Choose(1, 3) from units in Gen.Choose(1, 3) from exclusive in Seldom(4) select new SmallUse(id, units, exclusive), 0, most)
        select uses.DistinctBy(u => u.Lock).ToImmutableList();

    private static readonly Gen<ImmutableList<SmallLock>> Locks =
        from locks in Gen.ListOf(from ofWorkers in Seldom(3) from capacity in Gen.Choose(1, 4) from first in Gen.Choose(1, 4) select (ofWorkers, capacity, first), 3)
        select locks.Select((l, i) => new SmallLock(i + 1, l.ofWorkers, l.capacity, l.first)).ToImmutableList();

    private static readonly Gen<SmallBuilder> Builder =
        from tag in Gen.Choose(0, 2) from project in Gen.Choose(0, 2)
        from retired in Seldom(12) from asks in Seldom(8) from paused in Seldom(10) from changing in Seldom(10) from demanding in Seldom(8)
        from engines in Gen.Frequency((8, Gen.Constant(SmallEngines.All)), (1, Gen.Elements(Enum.GetValues<SmallEngines>())))
        from usual in Maybe(3, 1, 90) from locks in Uses(2) from place in Maybe(3, 1, 9)
        from placement in Gen.Elements(PlacementRule.LeastLoaded, PlacementRule.Fastest, PlacementRule.LastUsed)
        from past in Some(from worker in Gen.Choose(1, 4) from took in Maybe(2, 1, 5) from last in Gen.Choose(1, 9) select new SmallPast(worker, took, last), 0, 4)
        from shares in Some(Gen.Choose(1, 3), 0, 2) from sharing in Seldom(2)
        select new SmallBuilder(0, tag, project, retired, asks, paused, changing, demanding, engines, usual, locks, locks.Count > 0 ? place : null) { Placement = placement, Past = [.. past.DistinctBy(p => p.Worker)], Shares = sharing ? [.. shares.Distinct()] : [] };

    private static readonly Gen<SmallWorker> Worker =
        from tag in Gen.Choose(0, 2) from free in Gen.Choose(-1, 3)
        from link in Gen.Frequency((5, Gen.Constant(SmallLink.Here)), (2, Gen.Elements(Enum.GetValues<SmallLink>())))
        from other in Seldom(4) from old in Seldom(4) from closes in Maybe(3, 0, 60)
        select new SmallWorker(0, tag, free, link, other, old, closes);

    private static readonly Gen<SmallRequest> Request =
        from builder in Gen.Choose(1, 5) from priority in Gen.Choose(0, 2) from age in Gen.Choose(0, 40) from later in Seldom(10) from has in Seldom(2) from lender in Maybe(3, 101, 103) from waited in Maybe(4, 101, 105) from cap in Maybe(4, 201, 202)
        select new SmallRequest(0, builder, priority, age, later, has, lender, lender is { } its ? its - 100 : 0, waited, cap);

    private static readonly Gen<SmallBuild> Build =
        from worker in Gen.Choose(1, 4) from holds in Uses(2) from wants in Uses(2) from asked in Gen.Choose(0, 10) from waited in Maybe(4, 101, 105)
        select new SmallBuild(0, worker, holds, wants.RemoveAll(w => holds.Exists(h => h.Lock == w.Lock)), asked, waited);

    public static readonly Gen<SmallWorld> Any =
        from locks in Locks
        from builders in Some(Builder, 1, 4)
        from workers in Some(Worker, 0, 4)
        from requests in Some(Request, 0, 9)
        from builds in Some(Build, 0, 5)
        from projects in Gen.ListOf(from running in Gen.Choose(0, 4) from weight in Gen.Choose(1, 3) from patience in Maybe(3, 5, 20) from cap in Maybe(2, 1, 3) from used in Gen.Choose(0, 3) select new SmallProject(running, weight, patience, cap, used), 3)
        from homes in Some(from directory in Gen.Choose(1, 3) from worker in Gen.Choose(1, 5) select (directory, worker), 0, 2)
        let made = Numbered(builds, (b, i) => b with { Id = i + 100 })
        // Nobody waits for a lock and for builds at the same time.
        let ask = made.Where(b => b.Wants.Count > 0).Select(b => (int?)b.Id).ToHashSet()
        select new SmallWorld(
            locks, Numbered(builders, (b, i) => b with { Id = i }), Numbered(workers, (w, i) => w with { Id = i }), Numbered(requests, (r, i) => r with { Id = i, WaitedBy = ask.Contains(r.WaitedBy) ? null : r.WaitedBy }),
            made.ConvertAll(b => b with { WaitedBy = ask.Contains(b.WaitedBy) ? null : b.WaitedBy }), [.. projects])
        { Homes = homes.DistinctBy(h => h.directory).ToImmutableDictionary(h => h.directory, h => h.worker) };

    private static ImmutableList<T> Numbered<T>(ImmutableList<T> those, Func<T, int, T> with) => [.. those.Select((t, i) => with(t, i + 1))];

    /// <summary>One thing less, or one thing plainer. The ids of what is left stay.</summary>
    public static IEnumerable<SmallWorld> Smaller(SmallWorld world)
    {
        foreach (var request in world.Requests)
            yield return world with { Requests = world.Requests.Remove(request) };
        foreach (var build in world.Builds)
            yield return world with { Builds = world.Builds.Remove(build) };
        foreach (var worker in world.Workers)
            yield return world with { Workers = world.Workers.Remove(worker) };
        foreach (var builder in world.Builders.Where(b => world.Requests.TrueForAll(r => r.Builder != b.Id)))
            yield return world with { Builders = world.Builders.Remove(builder) };
        foreach (var home in world.Homes.Keys)
            yield return world with { Homes = world.Homes.Remove(home) };
        foreach (var build in world.Builds)
        {
            if (build.WaitedBy is not null)
                yield return world with { Builds = world.Builds.Replace(build, build with { WaitedBy = null }) };
            foreach (var use in build.Holds)
                yield return world with { Builds = world.Builds.Replace(build, build with { Holds = build.Holds.Remove(use) }) };
            foreach (var use in build.Wants)
                yield return world with { Builds = world.Builds.Replace(build, build with { Wants = build.Wants.Remove(use) }) };
        }
        foreach (var builder in world.Builders)
        {
            foreach (var plainer in Plainer(builder).Where(p => p != builder))
                yield return world with { Builders = world.Builders.Replace(builder, plainer) };
        }
        foreach (var worker in world.Workers)
        {
            foreach (var plainer in new[] { worker with { Tag = 0 }, worker with { IsOfOther = false }, worker with { IsOld = false }, worker with { ClosesInMinutes = null }, worker with { Link = SmallLink.Here } }.Where(p => p != worker))
                yield return world with { Workers = world.Workers.Replace(worker, plainer) };
        }
        foreach (var request in world.Requests)
        {
            foreach (var plainer in new[] { request with { Lender = null }, request with { WaitedBy = null }, request with { CapLender = null }, request with { IsLater = false }, request with { Priority = 0 }, request with { AgeMinutes = 0 } }.Where(p => p != request))
                yield return world with { Requests = world.Requests.Replace(request, plainer) };
        }
    }

    private static IEnumerable<SmallBuilder> Plainer(SmallBuilder builder) =>
    [
        .. builder.Locks.Select(u => builder with { Locks = builder.Locks.Remove(u) }),
        .. builder.Shares.Select(d => builder with { Shares = builder.Shares.Remove(d) }),
        builder with { Tag = 0 }, builder with { Project = 0 }, builder with { Asks = false }, builder with { IsDemanding = false }, builder with { IsChanging = false }, builder with { Engines = SmallEngines.All }, builder with { UsualMinutes = null }, builder with { PlaceMinutes = null }, builder with { Placement = PlacementRule.LeastLoaded },
    ];
}
