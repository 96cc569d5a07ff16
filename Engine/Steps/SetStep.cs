using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Expressions;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Steps;

/// <summary>Sets properties: from expressions, or from what commands print (one after the other, the last newline taken off).</summary>
internal sealed class SetStep(SetStepConfiguration step) : StepWork
{
    private readonly PropertyAssignment[] commands = [.. step.Assignments.Where(a => a.FromCommand)];

    public override string Doing => "setting properties";

    public override CommandSpec? Next(StepContext context, IReadOnlyList<EndedFrame> ended)
    {
        if (ended.Count >= commands.Length || (ended.Count > 0 && !EndedWell(ended[^1])))
            return null;
        var next = commands[ended.Count];
        var env = context.Environment(new Dictionary<string, string>());
        var arguments = context.CommandLine(next.Shell, next.Arguments, env);
        return new RunSpec { Directory = context.Directory, Arguments = arguments, Capture = true, Env = env.Values, SecretEnv = env.Secrets, TimeoutMs = Milliseconds(step.Timeout), MaxTimeMs = Milliseconds(step.MaxTime), KillGraceMs = Grace(step), InterruptSignal = step.InterruptSignal };
    }

    public override StepOutcome Outcome(StepContext context, IReadOnlyList<EndedFrame> ended)
    {
        if (ended.Count > 0 && !EndedWell(ended[^1]))
            return Unusual(ended[^1]) ?? new(BuildResult.Failure, $"{commands[ended.Count - 1].Name}: {Exit(ended[^1])}");
        var values = new Dictionary<string, JsonNode?>();
        foreach (var assignment in step.Assignments)
        {
            values[assignment.Name] = assignment.FromCommand
                ? ended[Array.IndexOf(commands, assignment)].Output?.TrimEnd('\n', '\r') ?? ""
                : Template.Parse(assignment.Value ?? "").Value(context.Expressions);
        }
        return new(BuildResult.Success, "set " + string.Join(", ", values.Keys))
        {
            Properties = values,
            Outputs = values.ToDictionary(v => v.Key, v => v.Value?.ToString() ?? ""),
        };
    }
}
