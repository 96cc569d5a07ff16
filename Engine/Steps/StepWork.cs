using System.Diagnostics;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Steps;

/// <summary>
/// What a kind of step does, as pure functions of its configuration, the build so far and the commands that have ended: which command is next, and what came of it all.
/// Whoever adopts a build asks the same questions and gets the same answers.
/// </summary>
public abstract class StepWork
{
    public static StepWork For(StepConfiguration step) => step switch
    {
        GitStepConfiguration git => new GitStep(git),
        RunStepConfiguration run => new RunStep(run),
        SetStepConfiguration set => new SetStep(set),
        TriggerStepConfiguration trigger => new TriggerStep(trigger),
        _ => throw new UnreachableException($"No work for a step of kind {step.GetType().Name}."),
    };

    /// <summary>The next command, null when there is none (left).</summary>
    public abstract CommandSpec? Next(StepContext context, IReadOnlyList<EndedFrame> ended);

    /// <summary>What came of it, once <see cref="Next"/> has answered null or a command has not ended well.</summary>
    public abstract StepOutcome Outcome(StepContext context, IReadOnlyList<EndedFrame> ended);

    /// <summary>Names of the logs that its commands write beside <c>stdio</c>.</summary>
    public virtual IReadOnlyList<string> Logs => [];

    /// <summary>What is shown while it runs.</summary>
    public abstract string Doing { get; }

    /// <summary>A command after which the step goes on.</summary>
    protected static bool EndedWell(EndedFrame ended) => ended is { Kind: EndKind.Exited, ExitCode: 0 };

    /// <summary>How a command that ended in another way than by itself is judged; null if it ended by itself.</summary>
    protected static StepOutcome? Unusual(EndedFrame ended) => ended.Kind switch
    {
        EndKind.Exited => null,
        EndKind.TimedOut => new(BuildResult.Failure, "timed out: no output for too long"),
        EndKind.MaxTime => new(BuildResult.Failure, "timed out: it ran for too long"),
        EndKind.Interrupted => new(BuildResult.Cancelled, ended.Reason is { Length: > 0 } reason ? "stopped: " + reason : "stopped"),
        EndKind.CouldNotStart => new(BuildResult.Exception, "could not start: " + ended.Reason),
        EndKind.Lost => new(BuildResult.Retry, ended.Reason ?? "its fate is not known"),
        _ => throw new UnreachableException(),
    };

    /// <summary>How the exit of a process is said.</summary>
    protected static string Exit(EndedFrame ended) => ended.Signal is { } signal ? $"killed by signal {signal}" : $"exit code {ended.ExitCode}";

    /// <summary>From the first signal to KILL.</summary>
    protected static long Grace(StepConfiguration step) => (long)(step.SigtermTime ?? TimeSpan.FromSeconds(10)).TotalMilliseconds;

    protected static long? Milliseconds(TimeSpan? span) => span is { } s ? (long)s.TotalMilliseconds : null;
}
