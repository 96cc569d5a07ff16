using Weir.Engine.Configuration.Expressions;
using Weir.Engine.Steps;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>
/// Decides what comes next in a build, from its state alone. The state runs ahead of the store by this one transition (conditions of later steps ask about earlier ones); whoever cannot
/// store it reads the state again.
/// </summary>
internal static class Walk
{
    /// <summary>Ends the given step, passes over those that do not run, and begins the next one or ends the build.</summary>
    public static Transition On(BuildState build, (StepState Step, StepOutcome Outcome)? ending, WorkerSession session)
    {
        if (ending is var (ended, outcome))
        {
            (ended.Results, ended.StateText, ended.Outputs) = (outcome.Results, outcome.StateText, outcome.Outputs);
            foreach (var (name, value) in outcome.Properties)
                build.Properties[name] = new(name, StepStatements.Json(value), ended.Configuration.Name);
        }
        // What it waited for until now it does not have, and whoever follows in the same run of steps asks anew.
        var withdrawn = ending is { Step: { WaitsForLocks: true } waited } ? waited.Asked : [];
        build.StepLocks.RemoveAll(withdrawn.Contains);
        var passed = new List<StepState>();
        for (var number = build.Steps.Count; number < build.Plan.Builder.Steps.Count; number++)
        {
            var step = new StepState(number, build.Plan.Builder.Steps[number]) { AfterStop = build.Stop is not null };
            var (runs, command, trigger, problem) = Ask(build, step, session);
            if (problem is null && runs)
            {
                var freed = build.StepLocks.RemoveAll(l => l.Until < number) > 0;
                var locks = StepLock.Missing(build, number);
                build.StepLocks.AddRange(locks);
                (step.WaitsForLocks, step.Asked) = (locks.Count > 0, locks);
                step.StateText = step.WaitsForLocks ? $"waits for {SharedDirectories.InWords([.. locks.Select(l => l.Name)])}" : StepWork.For(step.Configuration).Doing;
                build.Steps.Add(step);
                return new() { Ending = ending, Passed = passed, Begun = step, Locks = locks, Withdrawn = withdrawn, FreesLocks = freed, Command = step.WaitsForLocks ? null : command, Trigger = step.WaitsForLocks ? null : trigger };
            }
            (step.Results, step.StateText) = problem is null ? (BuildResult.Skipped, build.Halted ? "not run" : "its condition is false") : (BuildResult.Exception, problem.Message);
            build.Steps.Add(step);
            passed.Add(step);
        }
        return new() { Ending = ending, Passed = passed, End = new(build.Result, build.Summary) };
    }

    private static (bool Runs, CommandSpec? Command, TriggerOrder? Trigger, ExpressionException? Problem) Ask(BuildState build, StepState step, WorkerSession session)
    {
        try
        {
            if (!StepCondition.Runs(step.Configuration, build.Halted, build.Lost, build.Context().Expressions))
                return (false, null, null, null);
            return (true, Sending.Next(step, build.Context(), [], build, session), Trigger(build, step), null);
        }
        catch (ExpressionException e)
        {
            return (false, null, null, e);
        }
    }

    /// <summary>With what a step that waited for its locks goes on. What cannot be prepared ends at once, and says why.</summary>
    public static (CommandSpec? Command, TriggerOrder? Trigger) Continuing(BuildState build, StepState step, WorkerSession session)
    {
        try
        {
            return (Sending.Next(step, build.Context(), [], build, session), Trigger(build, step));
        }
        catch (ExpressionException)
        {
            return (null, null);
        }
    }

    /// <summary>What a step sets off when it begins; null: nothing.</summary>
    /// <exception cref="ExpressionException">An expression cannot be evaluated.</exception>
    public static TriggerOrder? Trigger(BuildState build, StepState step) => StepWork.For(step.Configuration) is TriggerStep trigger ? trigger.Order(build.Context(), build.Plan.Builder.Name, build.Number) : null;
}
