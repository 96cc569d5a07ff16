using System.Text.Json.Nodes;
using Weir.Shared.Builds;

namespace Weir.Engine.Configuration.Expressions;

/// <summary>What an expression is evaluated against: the contexts by name, and the result so far for <c>success()</c>, <c>failure()</c> and <c>cancelled()</c>.</summary>
public sealed record EvaluationContext
{
    public required IReadOnlyDictionary<string, JsonNode?> Contexts { get; init; }
    public BuildResult ResultSoFar { get; init; }

    /// <summary>Somebody wishes the build to stop.</summary>
    public bool Stopped { get; init; }

    internal bool Succeeded => !Stopped && ResultSoFar is BuildResult.Success or BuildResult.Warnings or BuildResult.Skipped;
    internal bool Failed => !Stopped && ResultSoFar is BuildResult.Failure or BuildResult.Exception;
    internal bool Cancelled => Stopped || ResultSoFar is BuildResult.Cancelled;
}
