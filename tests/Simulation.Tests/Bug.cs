namespace Weir.Simulation.Tests;

/// <summary>Mistakes that are put in on purpose: a simulation that does not find them proves nothing.</summary>
public enum Bug
{
    None,

    /// <summary>Output is stored whoever owns the build.</summary>
    OutputWithoutFence,

    /// <summary>The fence reads the epoch under FOR KEY SHARE, which an adopter does not wait for.</summary>
    FenceTooWeak,

    /// <summary>A piece is stored wherever it begins.</summary>
    OutputAnywhere,

    /// <summary>The worker is told that a piece is stored before it is.</summary>
    AcknowledgeBeforeCommit,

    /// <summary>A hello does not raise the epochs of the worker's builds.</summary>
    HelloWithoutEpochs,

    /// <summary>The end of a step is stored whoever owns the build.</summary>
    StepWithoutFence,

    /// <summary>A commit whose answer was lost is done again.</summary>
    BlindRetry,

    /// <summary>After a commit whose answer was lost the store is read at once: what is on its way still comes behind it.</summary>
    UnknownIsRead,

    /// <summary>A claim whose answer was lost is forgotten.</summary>
    ClaimForgotten,

    /// <summary>A claim does not look whether its worker's session is still in force.</summary>
    ClaimWithoutSession,

    /// <summary>A claim looks whether its master is draining, but not behind the gate.</summary>
    ClaimWithoutGate,

    /// <summary>A command that the worker does not hold is sent again, whatever has become of the worker meanwhile.</summary>
    LostIsSentAgain,

    /// <summary>The keeper starts a command's process before it makes the command's file.</summary>
    StartedBeforeRecorded,
}
