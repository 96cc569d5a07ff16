using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Queue;
using Weir.Shared.Queue;

namespace Weir.Engine.Tests.Queue.Decisions;

/// <summary>Two who know nothing of each other decide alike: the engine, and an oracle written from the rules.</summary>
public sealed class DecisionOracleTests
{
    private static readonly int Worlds = Environment.GetEnvironmentVariable("WEIR_TEST_SLOW") == "1" ? 200_000 : 6000;

    private static readonly WaitKind[] Kinds =
    [
        WaitKind.New, WaitKind.NoMatchingWorker, WaitKind.WorkersMissing, WaitKind.SlotsFull, WaitKind.WorkersPaused, WaitKind.WorkersAway, WaitKind.WouldNotFit, WaitKind.PausedBy, WaitKind.NotBefore, WaitKind.BuilderRetired,
        WaitKind.SetAside, WaitKind.NoEngine, WaitKind.WorkersElsewhere, WaitKind.LockHeld, WaitKind.LockLine, WaitKind.RevisionToCome, WaitKind.CapReached, WaitKind.DirectoryElsewhere,
    ];

    [Fact]
    public void The_oracle_agrees_with_every_start_every_grant_and_every_reason()
    {
        var seen = new HashSet<string>();
        Prop.ForAll(Arb.From(SmallWorlds.Any, SmallWorlds.Smaller), world =>
        {
            var decision = Dispatching.Decide(world.ToState());
            var oracle = new DecisionOracle(world).Decide();
            seen.UnionWith(oracle.Waits.Select(w => w.Kind.ToString()));
            seen.UnionWith(oracle.Starts.Select(_ => "start").Concat(oracle.Grants.Select(_ => "grant")));
            return (Said(decision) == Said(oracle)).Label($"the engine: {Said(decision)}\nthe oracle: {Said(oracle)}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Worlds).WithEndSize(30));

        // Worlds in which nothing happens prove nothing.
        foreach (var kind in Kinds.Select(k => k.ToString()).Concat(["start", "grant"]))
            Assert.Contains(kind, seen);
    }

    [Fact]
    public void A_request_that_names_a_build_as_holder_of_its_lock_tells_the_truth() => Prop.ForAll(Arb.From(SmallWorlds.Any, SmallWorlds.Smaller), world =>
        Dispatching.Decide(world.ToState()).Waits.Where(w => w is { Kind: WaitKind.LockHeld, Blocker.Kind: WaitBlocker.Build }).All(w =>
            world.Builders.Find(b => b.Id == w.Builder)!.Locks.Exists(u => u.Lock == w.Lock && world.Builds.Single(b => b.Id == w.Blocker!.Id) is var build && (build.Holds.Exists(h => h.Lock == u.Lock) || build.Wants.Exists(h => h.Lock == u.Lock)))))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(30));

    private static string Said(DispatchDecision decision) => Said(decision.Starts.Select(s => ((int)s.Request.Id, (int)s.Worker.Id)), decision.Grants.Select(g => (int)g.Build), decision.Waits.Select(w => ((int)w.Request, (int)w.Builder, w.Kind)));

    private static string Said(DecisionOracle oracle) => Said(oracle.Starts, oracle.Grants, oracle.Waits);

    private static string Said(IEnumerable<(int, int)> starts, IEnumerable<int> grants, IEnumerable<(int, int, WaitKind)> waits) =>
        $"starts {string.Join(' ', starts.Order())}; grants {string.Join(' ', grants.Order())}; waits {string.Join(' ', waits.Order())}";
}
