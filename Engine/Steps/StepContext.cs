using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Expressions;
using Weir.Shared.Builds;
using Weir.Shared.Changes;

namespace Weir.Engine.Steps;

/// <summary>What a step knows when it is prepared: the build so far. A pure value, rebuilt from the store at any time.</summary>
public sealed record StepContext
{
    /// <summary>The build's directory on the worker.</summary>
    public required string Directory { get; init; }
    public required IReadOnlyDictionary<string, string> BuilderEnv { get; init; }
    public required IReadOnlyList<SourceStampRecord> SourceStamps { get; init; }
    public required EvaluationContext Expressions { get; init; }

    /// <summary>Variables by which a command learns what its build was given.</summary>
    public IReadOnlyDictionary<string, string> Given { get; init; } = new Dictionary<string, string>();

    /// <summary>The environment of a command: the builder's, then the step's, expressions evaluated.</summary>
    /// <exception cref="ExpressionException">An expression cannot be evaluated.</exception>
    public CommandVariables Environment(IReadOnlyDictionary<string, string> own)
    {
        var all = new CommandVariables();
        foreach (var (name, value) in BuilderEnv.Concat(own))
            all.Set(name, value, Expressions);
        foreach (var (name, value) in Given)
            all.Give(name, value);
        return all;
    }

    /// <summary>The arguments of a command line: a shell text (its expressions travel in <paramref name="variables"/>) or a list.</summary>
    /// <exception cref="ExpressionException">An expression cannot be evaluated.</exception>
    public IReadOnlyList<string> CommandLine(string? shell, IReadOnlyList<string> arguments, CommandVariables variables)
    {
        if (shell is null)
            return [.. arguments.Select(a => Template.Parse(a).Text(Expressions))];
        var text = Template.Parse(shell).Shell(Expressions, 1);
        variables.Add(text);
        return ["/bin/sh", "-c", text.Text];
    }
}

/// <summary>What came of a step.</summary>
/// <param name="Results">Its result.</param>
/// <param name="StateText">In a few words: <c>exit code 2</c>.</param>
public sealed record StepOutcome(BuildResult Results, string StateText)
{
    /// <summary>Named outputs for <c>steps.NAME.outputs</c>.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; init; } = new Dictionary<string, string>();

    /// <summary>Properties it sets.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Properties { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>Numbers that it counted: <c>attempts</c>, <c>warnings-count</c>.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; init; } = new Dictionary<string, long>();
}
