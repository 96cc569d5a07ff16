using Weir.Shared.Builds;
using Weir.Shared.Configuration;

namespace Weir.Engine.Steps;

/// <summary>What a step's result does to its build, by Buildbot's rules.</summary>
public static class ResultRules
{
    /// <summary>What the step contributes to the build's result; null: nothing.</summary>
    public static BuildResult? Contribution(StepConfiguration step, BuildResult result) => result switch
    {
        BuildResult.Success or BuildResult.Skipped => null,
        BuildResult.Warnings => step.FlunkOnWarnings ? BuildResult.Failure : step.WarnOnWarnings ? BuildResult.Warnings : null,
        BuildResult.Failure => step.FlunkOnFailure ? BuildResult.Failure : step.WarnOnFailure ? BuildResult.Warnings : null,
        _ => result,
    };

    /// <summary>Whether the build ends after this result, but for steps that always run.</summary>
    public static bool Halts(StepConfiguration step, BuildResult result) => result switch
    {
        BuildResult.Success or BuildResult.Skipped or BuildResult.Warnings => false,
        BuildResult.Failure => step.HaltOnFailure,
        _ => true,
    };

    /// <summary>The build's result after the given steps: the worst of what they contribute.</summary>
    public static BuildResult Total(IEnumerable<(StepConfiguration Step, BuildResult Result)> steps) =>
        steps.Select(s => Contribution(s.Step, s.Result)).Aggregate(BuildResult.Success, (worst, c) => c is { } result ? BuildResults.Worst(worst, result) : worst);
}
