namespace Weir.Engine.Configuration.Expressions;

/// <summary>The contexts that exist, and what to say of others.</summary>
public static class ExpressionContexts
{
    /// <summary>Those that a step's texts may use.</summary>
    public static IReadOnlyList<string> OfSteps { get; } = ["properties", "sourceStamps", "changes", "build", "builder", "buildset", "worker", "steps"];

    /// <summary>Those that a builder's <c>env</c> may use: as a step's, but before any step has run.</summary>
    public static IReadOnlyList<string> OfBuilders { get; } = [.. OfSteps.Where(c => c != "steps")];

    private static readonly string[] Later = ["secrets", "matrix"];

    /// <summary>Why this context may not stand here; null if it may.</summary>
    public static string? Refusal(string context, IReadOnlyList<string> allowed)
    {
        if (allowed.Contains(context))
            return null;
        if (Later.Contains(context))
            return $"The context \"{context}\" is not yet available.";
        var those = $"Here there are {string.Join(", ", allowed)}.";
        return OfSteps.Contains(context)
            ? $"The context \"{context}\" has no value in this place. {those}"
            : $"There is no context \"{context}\".{Suggestion.DidYouMean(context, allowed)} {those} (A text stands in single quotes.)";
    }
}
