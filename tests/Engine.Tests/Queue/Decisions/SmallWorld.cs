using System.Collections.Immutable;
using Weir.Engine.Locks;
using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Pauses;
using Weir.Shared.Queue;

namespace Weir.Engine.Tests.Queue.Decisions;

internal sealed record SmallUse(int Lock, int Units, bool Exclusive);

internal sealed record SmallLock(int Id, bool OfWorkers, int Capacity, int OnFirstWorker);

/// <summary>What a builder's engines are: all, this one, the other, both by name, or none.</summary>
internal enum SmallEngines
{
    All,
    This,
    Other,
    Both,
    None,
}

internal sealed record SmallBuilder(int Id, int Tag, int Project, bool Retired, bool Asks, bool Paused, bool IsChanging, bool IsDemanding, SmallEngines Engines, int? UsualMinutes, ImmutableList<SmallUse> Locks, int? PlaceMinutes)
{
    public PlacementRule Placement { get; init; }
    public ImmutableList<SmallPast> Past { get; init; } = [];

    /// <summary>The directories that it shares.</summary>
    public ImmutableList<int> Shares { get; init; } = [];
}

/// <summary>What a builder's builds were like on a worker: how long good ones took, and when the last one began.</summary>
internal sealed record SmallPast(int Worker, int? UsualMinutes, int LastMinutes);

internal enum SmallLink
{
    Here,
    Gone,
    Stopping,
    Paused,
    Away,
}

internal sealed record SmallWorker(int Id, int Tag, int Free, SmallLink Link, bool IsOfOther, bool IsOld, int? ClosesInMinutes);

internal sealed record SmallRequest(int Id, int Builder, int Priority, int AgeMinutes, bool IsLater, bool Has, int? Lender, int LentOn, int? WaitedBy, int? CapLender = null);

/// <summary>A running build: what it holds, and what a step of it waits for since when.</summary>
internal sealed record SmallBuild(int Id, int Worker, ImmutableList<SmallUse> Holds, ImmutableList<SmallUse> Wants, int AskedMinutes, int? WaitedBy);

/// <summary>A project: what it has running, its due, its patience, and of how many its cap is, of which so many are used.</summary>
internal sealed record SmallProject(int Running, int Weight, int? PatienceMinutes, int? Cap, int Used);

/// <summary>A small CI system at one moment, in plain numbers: what the decision gets, and what the oracle judges by itself.</summary>
internal sealed record SmallWorld(
    ImmutableList<SmallLock> Locks, ImmutableList<SmallBuilder> Builders, ImmutableList<SmallWorker> Workers, ImmutableList<SmallRequest> Requests, ImmutableList<SmallBuild> Builds, ImmutableList<SmallProject> Projects)
{
    /// <summary>Which directory is on which worker.</summary>
    public ImmutableDictionary<int, int> Homes { get; init; } = ImmutableDictionary<int, int>.Empty;

    private const int This = 1;
    private const int Other = 2;
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    public DispatchState ToState() => new()
    {
        Requests = [.. Requests.Select(r => new WaitingRequest
        {
            Id = r.Id, BuilderId = r.Builder, Priority = r.Priority, SubmittedAt = Now.AddMinutes(-r.AgeMinutes), NotBefore = r.IsLater ? Now.AddSeconds(9) : null, Properties = r.Has ? ["p"] : [],
            Lent = r.Lender is { } lender ? new(lender, r.LentOn) : null,
            CapLender = r.CapLender,
        })],
        Capped = [.. Projects.Index().Where(p => p.Item.Cap is not null && p.Item.Used > 0).Select(p => (Project(p.Index), p.Item.Used))],
        Running = Projects.Index().ToDictionary(p => Project(p.Index), p => p.Item.Running),
        Waits = Builders.Where(b => b.PlaceMinutes is not null).ToDictionary(b => (long)b.Id, b => new BuilderWait { BuilderId = b.Id, Kind = WaitKind.LockHeld, Text = "", Since = Now.AddMinutes(-b.PlaceMinutes!.Value) }),
        Builders = [.. Builders.Select(Builder)],
        Workers = [.. Workers.Select(Worker)],
        Locks = LockState.Of(Locks.Select(Lock), Builds.SelectMany(b => b.Holds.Select(h => Claim(b, h, true)).Concat(b.Wants.Select(w => Claim(b, w, false)))).Select((c, i) => c with { Id = i })),
        Triggered = [.. Builds.Where(b => b.WaitedBy is not null).Select(b => new TriggerWait(b.WaitedBy!.Value, WorkerOf(b.WaitedBy.Value), b.Id, null, null))
            .Concat(Requests.Where(r => r.WaitedBy is not null).Select(r => new TriggerWait(r.WaitedBy!.Value, WorkerOf(r.WaitedBy.Value), null, r.Id, r.Builder)))],
        Homes = Homes.ToDictionary(h => $"d{h.Key}", h => new DirectoryHome(h.Value, $"w{h.Value}", Workers.Exists(w => w.Id == h.Value))),
        Now = Now,
        Self = This,
    };

    /// <summary>The directories that go with those of a builder, since somebody uses them together.</summary>
    public IReadOnlyList<int> With(SmallBuilder builder)
    {
        var all = builder.Shares.ToHashSet();
        for (var before = -1; before != all.Count;)
        {
            before = all.Count;
            all.UnionWith(Builders.Where(b => b.Shares.Exists(all.Contains)).SelectMany(b => b.Shares));
        }
        return [.. all];
    }

    /// <summary>The worker that a build runs on, also of one that has nothing to do with locks.</summary>
    public int WorkerOf(int build) => Builds.Find(b => b.Id == build)?.Worker ?? 1;

    private static string Project(int number) => number == 0 ? "" : $"p{number}";

    private static LockDefinition Lock(SmallLock l) => new(l.Id, $"l{l.Id}", l.OfWorkers, l.Capacity, l.OfWorkers ? new Dictionary<string, int> { ["w1"] = l.OnFirstWorker } : []);

    private static LockState.ClaimRow Claim(SmallBuild build, SmallUse use, bool held) => new()
    {
        LockId = use.Lock, BuildId = build.Id, Units = use.Units, Exclusive = use.Exclusive, AskedAt = Now.AddMinutes(-build.AskedMinutes), Held = held, OfSteps = !held, WorkerId = build.Worker, Worker = $"w{build.Worker}",
    };

    private DispatchBuilder Builder(SmallBuilder b) => new(b.Id, $"b{b.Id}", new WorkerSelector { Tags = b.Tag == 0 ? [] : [$"t{b.Tag}"] }, b.Asks ? ["p"] : [], b.Retired)
    {
        Needs = b.IsDemanding ? ["new"] : [],
        Engines = b.Engines switch { SmallEngines.This => new HashSet<long> { This }, SmallEngines.Other => new HashSet<long> { Other }, SmallEngines.Both => new HashSet<long> { This, Other }, SmallEngines.None => new HashSet<long>(), _ => null },
        Paused = b.Paused ? new PauseRecord { Id = 1, Kind = PauseKind.Builder, Subject = $"b{b.Id}", By = "ada", Since = Now } : null,
        Locks = [.. b.Locks.Select(u => new DispatchLock(Lock(Locks.Single(l => l.Id == u.Lock)), u.Units, u.Exclusive))],
        Shared = b.Shares.Count == 0 ? null : new([.. b.Shares.Select(d => $"d{d}")], [.. With(b).Select(d => $"d{d}")],
            [.. Builders.Where(o => o.Shares.Exists(With(b).Contains)).Select(o => (new WorkerSelector { Tags = o.Tag == 0 ? [] : [$"t{o.Tag}"] }, (IReadOnlyList<string>)(o.IsDemanding ? ["new"] : [])))]),
        Usual = b.UsualMinutes is { } usual ? TimeSpan.FromMinutes(usual) : null,
        RevisionToCome = b.IsChanging ? 7 : null,
        Project = b.Project == 0 ? null : Project(b.Project),
        Weight = Projects[b.Project].Weight,
        Cap = b.Project == 0 ? null : Projects[b.Project].Cap,
        Placement = b.Placement,
        Past = b.Past.ToDictionary(p => (long)p.Worker, p => new WorkerPast(p.UsualMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null, Now.AddMinutes(-p.LastMinutes))),
        MaxWait = Projects[b.Project].PatienceMinutes is { } patience ? TimeSpan.FromMinutes(patience) : null,
    };

    private static DispatchWorker Worker(SmallWorker w) => new()
    {
        Id = w.Id,
        Name = $"w{w.Id}",
        Tags = w.Tag == 0 ? [] : [$"t{w.Tag}"],
        FreeSlots = w.Free,
        Mine = w.Link is not (SmallLink.Gone or SmallLink.Stopping) && !w.IsOfOther,
        Engine = (w.IsOfOther ? Other : This, w.IsOfOther ? "other" : "this"),
        Abilities = w.IsOld ? [] : null,
        FitsUntil = w.ClosesInMinutes is { } closes ? Now.AddMinutes(closes) : null,
        LongestOpen = w.ClosesInMinutes is null ? null : TimeSpan.FromHours(1),
        Verdict = WorkerVerdict.Of(w.Link switch
        {
            SmallLink.Gone => new() { Link = WorkerLinkState.Ended },
            SmallLink.Stopping => new() { Stopping = true },
            SmallLink.Paused => new() { Pause = new("ada", "disk", null) },
            SmallLink.Away => new() { OpensAt = Now.AddHours(1) },
            _ => new WorkerFacts(),
        }, Now),
    };

    public override string ToString() => string.Join('\n', Locks.Cast<object>().Concat(Homes.Select(h => (object)h)).Concat(Projects).Concat(Builders.SelectMany(b => b.Locks.Select(u => (object)$"  wants {u}").Concat(b.Shares.Select(d => $"  shares {d}")).Prepend(b))).Concat(Workers).Concat(Requests)
        .Concat(Builds.SelectMany(b => b.Holds.Select(h => (object)$"  holds {h}").Concat(b.Wants.Select(w => $"  wants {w}")).Prepend(b))));
}
