using System.Diagnostics.CodeAnalysis;
using Weir.Engine.Locks;
using Weir.Engine.Storage;
using Weir.Engine.Workers;

namespace Weir.Engine.Builds;

/// <summary>
/// Passes locks on in the transaction that frees them: the build that lets them go takes the step along that stands first in their line, if a build of this engine waits with it. Who that is, is known here from the last
/// look at the locks and from those who have asked, taken or ended since, a hint: the store says under the locks' rows whether they can be had (<see cref="LockStatements.Taken"/>). Whoever is not found here gets his turn by <see cref="LockTurns"/>.
/// </summary>
internal sealed class LockRelay
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, StandingStep> standing = [];

    // Since the look that is under way began: it may not have seen them.
    private readonly List<LockState.ClaimRow> asked = [];
    private readonly List<Handover> passed = [];
    private LockState state = LockState.None;
    private IReadOnlySet<string> ofRequests = new HashSet<string>();

    /// <summary>A step waits at its locks; until it leaves, it may be taken along.</summary>
    public void Stand(StandingStep step)
    {
        lock (gate)
            standing[step.Build.BuildId] = step;
    }

    public void Leave(StandingStep step)
    {
        lock (gate)
        {
            if (standing.GetValueOrDefault(step.Build.BuildId) == step)
                standing.Remove(step.Build.BuildId);
        }
    }

    /// <summary>Somebody begins to read the locks, and will tell (<see cref="Seen"/>).</summary>
    public void Look()
    {
        lock (gate)
        {
            asked.Clear();
            passed.Clear();
        }
    }

    /// <summary>What was read, and the names of locks that requests want. Answers how it stands with what was asked for and passed on meanwhile.</summary>
    public LockState Seen(LockState locks, IReadOnlySet<string> wantedByRequests)
    {
        lock (gate)
        {
            (state, ofRequests) = (locks.Asked(asked) ?? locks, wantedByRequests);
            foreach (var handover in passed)
                state = After(handover);
            return state;
        }
    }

    /// <summary>A step has asked for these. Answers whether somebody could have something now, as far as can be told here.</summary>
    public bool Asked(IReadOnlyList<LockState.ClaimRow> claims)
    {
        lock (gate)
        {
            asked.AddRange(claims);
            if (state.Asked(claims) is not { } after)
                return true;
            state = after;
            return SomebodyCould();
        }
    }

    /// <summary>
    /// The step that may have what a build holds when that build has ended, and the number of its claim; nobody else moves the step until it is let go. Null: there is none here, or it cannot be told without the queue.
    /// </summary>
    public (StandingStep Step, long Claim)? Next(long build)
    {
        lock (gate)
        {
            if (standing.Count == 0)
                return null;
            var freed = state.HeldBy(build);
            if (freed.Count == 0)
                return null;
            var after = state.Without([build]);
            var first = LockTurn.Of(after, ofRequests).Grants.FirstOrDefault(w => w.Needs.Any(n => freed.Contains(n.Place.Lock)));
            return first is not null && after.IsSimple(first) && standing.GetValueOrDefault(first.Build) is { GoesAlone: false } step && step.TryHold() ? (step, first.Order) : null;
        }
    }

    /// <summary>A build has ended, and what it held went to another one. Answers whether somebody else could have something now.</summary>
    public bool Passed(long from, long to)
    {
        lock (gate)
        {
            Keep(new(from, to));
            return SomebodyCould();
        }
    }

    /// <summary>A build has taken what its step waited for, in a transaction of its own.</summary>
    public void Took(long build)
    {
        lock (gate)
            Keep(new(null, build));
    }

    /// <summary>A build has ended, and nobody took what it held. There is a look because of it; whoever asks from now on wants one too.</summary>
    public void Ended(long build)
    {
        lock (gate)
            Keep(new(build, null));
    }

    /// <summary>Whoever held the step has done with it; its runner looks what came of it.</summary>
    public void LetGo(StandingStep step, Exception? unknown = null)
    {
        lock (gate)
        {
            step.LetGo(unknown);
            if (standing.GetValueOrDefault(step.Build.BuildId) == step)
                step.Awake();
        }
    }

    private bool SomebodyCould()
    {
        var turn = LockTurn.Of(state, ofRequests);
        return turn.Grants.Count > 0 || turn.IsForQueue;
    }

    private void Keep(Handover handover)
    {
        passed.Add(handover);
        state = After(handover);
    }

    private LockState After(Handover handover)
    {
        var after = handover.From is { } from ? state.Without([from]) : state;
        return handover.To is { } to ? after.Given(new HashSet<long> { to }, []) : after;
    }

    /// <summary>Locks change hands: one build has ended, another one has what it waited for.</summary>
    private readonly record struct Handover(long? From, long? To);
}

/// <summary>A step that waits at its locks. Whoever moves it holds it meanwhile: its own runner, or one that takes it along. What came of that is said by its state, or here when nobody knows.</summary>
internal sealed class StandingStep(BuildState build, StepState step, WorkerSession session, Action awake)
{
    private TaskCompletionSource? holding;
    private Exception? unknown;

    public BuildState Build => build;
    public StepState Step => step;
    public WorkerSession Session => session;

    /// <summary>It is not taken along: the store has refused a transaction in which it was.</summary>
    public bool GoesAlone { get; set; }

    /// <summary>Wakes its runner.</summary>
    public Action Awake => awake;

    public bool TryHold() => Try(out _);

    /// <exception cref="CommitUnknownException">Whether it was taken along is not known.</exception>
    public async Task Hold()
    {
        while (!Try(out var other))
            await other.Task;
        if (unknown is not null)
            throw new CommitUnknownException(unknown);
    }

    /// <param name="failure">Why only the store knows what came of it.</param>
    public void LetGo(Exception? failure = null)
    {
        unknown = failure;
        Interlocked.Exchange(ref holding, null)!.SetResult();
    }

    private bool Try([NotNullWhen(false)] out TaskCompletionSource? other)
    {
        other = Interlocked.CompareExchange(ref holding, new(TaskCreationOptions.RunContinuationsAsynchronously), null);
        return other is null;
    }
}
