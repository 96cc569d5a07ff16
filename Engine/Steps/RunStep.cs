using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Steps;

/// <summary>Runs one command.</summary>
internal sealed class RunStep(RunStepConfiguration step) : StepWork
{
    public override string Doing => "running";

    public override CommandSpec? Next(StepContext context, IReadOnlyList<EndedFrame> ended)
    {
        if (ended.Count > 0)
            return null;
        var (arguments, shellEnv) = context.CommandLine(step.Shell, step.Arguments);
        var env = context.Environment(step.Env);
        foreach (var (name, value) in shellEnv)
            env[name] = value;
        return new RunSpec
        {
            Directory = context.Directory,
            Arguments = arguments,
            Workdir = Configuration.Expressions.Template.Parse(step.Workdir).Text(context.Expressions),
            Env = env,
            TimeoutMs = Milliseconds(step.Timeout),
            MaxTimeMs = Milliseconds(step.MaxTime),
        };
    }

    public override StepOutcome Outcome(StepContext context, IReadOnlyList<EndedFrame> ended)
    {
        var end = ended[^1];
        if (Unusual(end) is { } unusual)
            return unusual with { Outputs = end.Outputs };
        var results = end.ExitCode switch
        {
            { } code when step.ExitCodes.TryGetValue(code, out var named) => named,
            0 => BuildResult.Success,
            _ => BuildResult.Failure,
        };
        return new(results, end.ExitCode == 0 ? "done" : Exit(end)) { Outputs = end.Outputs };
    }
}
