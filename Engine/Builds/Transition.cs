using Weir.Engine.Steps;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>
/// One transition of a build, decided before any of it is written: the step that ends, those whose turn passes, then the one that begins (with its first command) or the end of the build.
/// </summary>
internal sealed record Transition
{
    public (StepState Step, StepOutcome Outcome)? Ending { get; init; }
    public IReadOnlyList<StepState> Passed { get; init; } = [];
    public StepState? Begun { get; init; }

    /// <summary>What it asks for; it waits until it has all of them, and has no command before.</summary>
    public IReadOnlyList<StepLock> Locks { get; init; } = [];

    /// <summary>What the ending step asked for and waits for no longer.</summary>
    public IReadOnlyList<StepLock> Withdrawn { get; init; } = [];

    /// <summary>Locks of steps before it are free with it.</summary>
    public bool FreesLocks { get; init; }

    /// <summary>The first command of the step that begins; null: it needs none, or not yet.</summary>
    public CommandSpec? Command { get; init; }

    /// <summary>What the step that begins sets off.</summary>
    public TriggerOrder? Trigger { get; init; }
    public BuildEnd? End { get; init; }
}

/// <summary>How a build ends.</summary>
internal sealed record BuildEnd(BuildResult Results, string Summary);
