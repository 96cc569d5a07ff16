using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Expressions;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Steps;

/// <summary>Runs one command, and when it fails the same once more, as often as the step says. Each attempt is a command of its own; the last one counts.</summary>
internal sealed class RunStep(RunStepConfiguration step) : StepWork
{
    public override string Doing => "running";

    public override IReadOnlyList<string> Logs => [.. step.Logs.Keys, .. step.Warnings is null ? [] : new[] { WarningRule.Log }];

    public override CommandSpec? Next(StepContext context, IReadOnlyList<EndedFrame> ended)
    {
        if (ended.Count > 0 && (ended.Count > step.Retries || Judge(ended[^1]).Results is not (BuildResult.Failure or BuildResult.Exception)))
            return null;
        var env = context.Environment(step.Env);
        var arguments = context.CommandLine(step.Shell, step.Arguments, env);
        return new RunSpec
        {
            Directory = context.Directory,
            Arguments = arguments,
            Workdir = Text(step.Workdir, context),
            Env = env.Values,
            SecretEnv = env.Secrets,
            TimeoutMs = Milliseconds(step.Timeout),
            MaxTimeMs = Milliseconds(step.MaxTime),
            KillGraceMs = Grace(step),
            InterruptSignal = step.InterruptSignal,
            Logs = [.. step.Logs.Select(l => new FollowedLog(l.Key, Text(l.Value, context)))],
            Warnings = step.Warnings is { } rule ? new(rule.Pattern, rule.Suppress) : null,
            Heading = ended.Count == 0 ? null : $"Attempt {ended.Count + 1} of {step.Retries + 1}; the one before: {Judge(ended[^1]).StateText}.",
            DelayMs = ended.Count == 0 ? 0 : (long)step.RetryDelay.TotalMilliseconds,
        };
    }

    public override StepOutcome Outcome(StepContext context, IReadOnlyList<EndedFrame> ended)
    {
        var outcome = Judge(ended[^1]);
        var statistics = new Dictionary<string, long>();
        var properties = new Dictionary<string, JsonNode?>();
        if (step.Retries > 0)
            statistics["attempts"] = ended.Count;
        if (ended[^1].Warnings is { } warnings)
        {
            statistics[WarningConfiguration.TotalProperty] = warnings;
            properties[WarningConfiguration.TotalProperty] = Total(context) + warnings;
        }
        return outcome with
        {
            StateText = ended.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"{outcome.StateText} (attempt {ended.Count} of {step.Retries + 1})") : outcome.StateText,
            Outputs = ended[^1].Outputs,
            Properties = properties,
            Statistics = statistics,
        };
    }

    private StepOutcome Judge(EndedFrame end)
    {
        if (Unusual(end) is { } unusual)
            return unusual;
        var results = end.ExitCode switch
        {
            { } code when step.ExitCodes.TryGetValue(code, out var named) => named,
            0 => BuildResult.Success,
            _ => BuildResult.Failure,
        };
        var text = end.ExitCode == 0 ? "done" : Exit(end);
        return end.Warnings is { } warnings and > 0 && results is BuildResult.Success or BuildResult.Warnings ? WithWarnings(results, text, warnings) : new(results, text);
    }

    private StepOutcome WithWarnings(BuildResult results, string text, long warnings)
    {
        var count = string.Create(CultureInfo.InvariantCulture, $"{warnings} {(warnings == 1 ? "warning" : "warnings")}");
        if (step.Warnings?.Max is { } max && warnings > max)
            return new(BuildResult.Failure, string.Create(CultureInfo.InvariantCulture, $"{count}, at most {max} are allowed"));
        return new(BuildResult.Warnings, results == BuildResult.Warnings ? $"{text}, {count}" : count);
    }

    private static long Total(StepContext context) =>
        context.Expressions.Contexts.GetValueOrDefault("properties")?[WarningConfiguration.TotalProperty] is JsonValue value && value.TryGetValue<long>(out var before) ? before : 0;

    private static string Text(string template, StepContext context) => Template.Parse(template).Text(context.Expressions);
}
