namespace Weir.Simulation.Tests;

/// <summary>What is done to the machines.</summary>
internal enum FaultKind
{
    KillEngine,
    FreezeEngine,

    /// <summary>Frozen between two statements of a transaction that writes for a build.</summary>
    FreezeWithinTransaction,
    DrainEngine,
    CutEngineFromStore,

    /// <summary>The next commits that are more than heartbeats get no answer.</summary>
    CommitWithoutAnswer,
    CutLink,
    SilentLink,
    KillAgent,
    FreezeAgent,
    KillKeeper,

    /// <summary>The keeper dies while it begins the next command.</summary>
    KillKeeperAtStart,
    Reboot,
    CrashStore,
}

/// <summary>A fault: when, what, to whom, and for how long the one it hits is gone.</summary>
internal sealed record Fault(TimeSpan At, FaultKind Kind, int Whom, TimeSpan For)
{
    /// <summary>Such a fault costs a command, and so an attempt; no other may.</summary>
    public bool CostsCommands => Kind is FaultKind.KillKeeper or FaultKind.KillKeeperAtStart or FaultKind.Reboot;

    public override string ToString() => FormattableString.Invariant($"{At.TotalSeconds:0.000} s {Kind} {Whom} for {For.TotalSeconds:0.0} s");

    /// <summary>The faults of a seed: a part of the kinds (they hide each other), at times that are dense now and then.</summary>
    public static IReadOnlyList<Fault> Of(ulong seed)
    {
        var dice = new Dice(seed).For("faults");
        var kinds = Enum.GetValues<FaultKind>().Where(_ => dice.Chance(0.5)).ToArray();
        if (kinds.Length == 0)
            kinds = [FaultKind.KillEngine];
        return [.. Enumerable.Range(0, 3 + dice.Below(18)).Select(_ => new Fault(dice.Between(500, 25_000), dice.Of(kinds), dice.Below(12), dice.Between(50, dice.Chance(0.3) ? 15_000 : 2_500))).OrderBy(f => f.At)];
    }
}
