using Weir.Engine.Locks;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Pauses;
using Weir.Shared.Queue;
using Weir.Shared.Workers;

namespace Weir.Engine.Queue;

/// <summary>A waiting request, as deciding sees it.</summary>
public sealed record WaitingRequest
{
    public required long Id { get; init; }
    public required long BuilderId { get; init; }
    public long BuildsetId { get; init; }
    public required int Priority { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public DateTimeOffset? NotBefore { get; init; }
    public int Attempt { get; init; } = 1;

    /// <summary>A slot that only it and its like may have.</summary>
    public LentSlot? Lent { get; init; }

    /// <summary>A build waits for it that has given its slot up meanwhile.</summary>
    public bool OfReleased { get; init; }

    /// <summary>The build whose unit of its project's cap it may have: one that waits for it.</summary>
    public long? CapLender { get; init; }

    /// <summary>Names of properties that came with its buildset.</summary>
    public IReadOnlyList<string> Properties { get; init; } = [];

    /// <summary>It was found to lack something, in this revision of the configuration or an earlier one.</summary>
    public bool WasSetAside { get; init; }
}

/// <summary>Why the requests of a builder wait, as it was stored last.</summary>
public sealed record BuilderWait
{
    public required long BuilderId { get; init; }
    public required WaitKind Kind { get; init; }
    public required string Text { get; init; }
    public required DateTimeOffset Since { get; init; }
    public DateTimeOffset? Until { get; init; }
    public WaitBlocker? Blocker { get; init; }

    /// <summary>Since when its first request has its place in the line before a lock; a running build that asked later comes after it.</summary>
    public DateTimeOffset? LineSince => Kind is WaitKind.LockHeld or WaitKind.LockLine ? Since : null;
}

/// <summary>A lock that a builder's builds hold from their start.</summary>
public sealed record DispatchLock(LockDefinition Lock, int Units, bool Exclusive)
{
    /// <summary>Of named things: what each of them must have.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    public LockNeed On(DispatchWorker worker) => Lock.Need(Units, Exclusive, worker.Id, worker.Name, Labels);

    /// <summary>For a request of a buildset, which may use what the build holds that waits for it.</summary>
    public LockNeed On(DispatchWorker worker, LockState locks, long buildset) => locks.Need(On(worker), buildset);
}

/// <summary>A builder, as deciding sees it.</summary>
public sealed record DispatchBuilder(long Id, string Name, WorkerSelector Workers, IReadOnlyList<string> RequiredProperties, bool Retired)
{
    /// <summary>What a worker must be able to do (<see cref="Shared.Protocol.WorkerAbilities"/>).</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>The engines that may begin it; null: all.</summary>
    public IReadOnlySet<long>? Engines { get; init; }

    /// <summary>Why no engine may, where none may.</summary>
    public string NobodyText { get; init; } = "";

    /// <summary>The pause (of it, its project or everything) because of which nothing of it may be begun; null: it may.</summary>
    public PauseRecord? Paused { get; init; }
    public IReadOnlyList<DispatchLock> Locks { get; init; } = [];

    public const string HeldBack = "is held back until builds that began earlier have ended";

    /// <summary>The directories that it shares with others; null: none.</summary>
    public DispatchDirectories? Shared { get; init; }

    /// <summary>The revision that is to come before anything of it begins; null: there is none.</summary>
    public long? RevisionToCome { get; init; }

    /// <summary>For what that one waits.</summary>
    public string RevisionUntil { get; init; } = HeldBack;

    /// <summary>How long its builds take; null: not known.</summary>
    public TimeSpan? Usual { get; init; }
    public string? Project { get; init; }

    /// <summary>Of its project: how much of the workers is its due, beside others.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Of its project: how many of its builds may run; null: any number.</summary>
    public int? Cap { get; init; }
    public PlacementRule Placement { get; init; }

    /// <summary>By worker, where the placement asks for it.</summary>
    public IReadOnlyDictionary<long, WorkerPast> Past { get; init; } = new Dictionary<long, WorkerPast>();

    /// <summary>Of its project: who has waited for longer counts for a class of priority more; null: nobody does.</summary>
    public TimeSpan? MaxWait { get; init; }
}

/// <summary>The shared directories of a builder, and what has to be on the same worker.</summary>
/// <param name="Own">Those of its steps.</param>
/// <param name="All">Those that must be where these are.</param>
/// <param name="Builders">Who uses any of them: the workers that each may use, and what a worker must be able to do for it.</param>
public sealed record DispatchDirectories(IReadOnlyList<string> Own, IReadOnlyList<string> All, IReadOnlyList<(WorkerSelector Workers, IReadOnlyList<string> Needs)> Builders);

/// <summary>The worker that has a shared directory.</summary>
/// <param name="Worker">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Configured">It is in the configuration.</param>
public sealed record DirectoryHome(long Worker, string Name, bool Configured = true);

/// <summary>A worker, as deciding sees it.</summary>
public sealed record DispatchWorker
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public required int FreeSlots { get; init; }

    /// <summary>How many it has in all.</summary>
    public int Slots { get; init; } = int.MaxValue;

    /// <summary>Whether it may be given builds, and why not.</summary>
    public required WorkerVerdict Verdict { get; init; }

    /// <summary>Connected to some engine.</summary>
    public bool Connected => Verdict.State != WorkerState.Missing;

    /// <summary>Builds begun now must probably end by then; null: whenever they do.</summary>
    public DateTimeOffset? FitsUntil { get; init; }

    /// <summary>The longest stretch in which it is open; null: it has no end.</summary>
    public TimeSpan? LongestOpen { get; init; }

    /// <summary>The engine it is connected to, and its name.</summary>
    public (long Id, string Name) Engine { get; init; }

    /// <summary>Connected to this engine and ready for orders: only then a request may start on it here.</summary>
    public required bool Mine { get; init; }

    /// <summary>What it can do; null: not known.</summary>
    public IReadOnlyCollection<string>? Abilities { get; init; }

    /// <summary>Whether a build of this builder, begun now, will probably end in its window.</summary>
    public bool Fits(DispatchBuilder builder, DateTimeOffset now) => FitsUntil is not { } end || builder.Usual is not { } usual || now + usual <= end;
}

/// <summary>All that a decision rests on.</summary>
public sealed record DispatchState
{
    /// <summary>Of each builder the best few.</summary>
    public required IReadOnlyList<WaitingRequest> Requests { get; init; }

    /// <summary>How many builds run, by project; those of builders without one under an empty name.</summary>
    public IReadOnlyDictionary<string, int> Running { get; init; } = new Dictionary<string, int>();

    /// <summary>How many builds count for the cap of their project, by project (<see cref="CapUse"/>).</summary>
    public IReadOnlyList<(string Project, int Builds)> Capped { get; init; } = [];

    /// <summary>By builder.</summary>
    public IReadOnlyDictionary<long, BuilderWait> Waits { get; init; } = new Dictionary<long, BuilderWait>();
    public required IReadOnlyList<DispatchBuilder> Builders { get; init; }
    public required IReadOnlyList<DispatchWorker> Workers { get; init; }

    /// <summary>The workers that a builder may use; whoever decides again and again knows them already.</summary>
    public Func<DispatchBuilder, IReadOnlyList<DispatchWorker>>? Matching { get; init; }
    public LockState Locks { get; init; } = LockState.None;

    /// <summary>Which worker has which shared directory; one that is not there has none yet.</summary>
    public IReadOnlyDictionary<string, DirectoryHome> Homes { get; init; } = new Dictionary<string, DirectoryHome>();

    /// <summary>Builds that wait for what they have set off; may be left out where nobody holds a lock.</summary>
    public IReadOnlyList<TriggerWait> Triggered { get; init; } = [];
    /// <summary>Builds that ask for a slot on their worker again, the first first.</summary>
    public IReadOnlyList<SlotWaiter> Asking { get; init; } = [];
    public required DateTimeOffset Now { get; init; }

    /// <summary>This engine.</summary>
    public long Self { get; init; }
}

/// <summary>Why the requests of a builder wait: the first of them, and thereby all behind it. <see cref="WaitKind.SetAside"/> and <see cref="WaitKind.NotBefore"/> are of one request alone.</summary>
public sealed record Wait(long Request, long Builder, WaitKind Kind, string Text, WaitBlocker? Blocker = null)
{
    public bool IsOfRequest => Kind is WaitKind.SetAside or WaitKind.NotBefore;

    /// <summary>When that ends, where it is known.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The lock in whose line it stands.</summary>
    public long? Lock { get; init; }

    /// <summary>It will be another reason as soon as what starts now has started.</summary>
    public bool IsPassing { get; init; }
}

/// <summary>What was decided: which requests start where, which running builds get the locks that a step of theirs needs, and why the others wait.</summary>
public sealed record DispatchDecision(IReadOnlyList<(WaitingRequest Request, DispatchWorker Worker)> Starts, IReadOnlyList<LockWaiter> Grants, IReadOnlyList<Wait> Waits)
{
    /// <summary>Running builds that have a slot on their worker again.</summary>
    public IReadOnlyList<long> Slots { get; init; } = [];
}
