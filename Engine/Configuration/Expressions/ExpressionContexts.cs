namespace Weir.Engine.Configuration.Expressions;

/// <summary>The contexts that exist, and what to say of others.</summary>
public static class ExpressionContexts
{
    /// <summary>Those that a step's texts may use.</summary>
    public static IReadOnlyList<string> OfSteps { get; } = ["properties", "sourceStamps", "changes", "build", "builder", "buildset", "worker", "steps"];

    /// <summary>Those that a builder's <c>env</c> may use: as a step's, but before any step has run.</summary>
    public static IReadOnlyList<string> OfBuilders { get; } = [.. OfSteps.Where(c => c != "steps")];

    /// <summary>Where a value reaches a command as an environment variable: a secret may stand there, alone in its <c>${{ }}</c>.</summary>
    public static IReadOnlyList<string> OfStepVariables { get; } = [.. OfSteps, Secrets];

    /// <summary>The same for a builder's <c>env</c>.</summary>
    public static IReadOnlyList<string> OfBuilderVariables { get; } = [.. OfBuilders, Secrets];

    /// <summary>The context of secrets. It is never evaluated on a master: a command holds references, and gets the values when it is sent.</summary>
    public const string Secrets = "secrets";
    private static readonly string[] OfMatrices = ["matrix"];

    /// <summary>Why this context may not stand here; null if it may.</summary>
    public static string? Refusal(string context, IReadOnlyList<string> allowed)
    {
        if (allowed.Contains(context))
            return null;
        if (context == Secrets)
            return "A secret cannot stand here, where its value could be seen or stored. Put it under \"env\" (of the step or the builder) or into a shell text of \"run\": there it travels as an environment variable.";
        if (OfMatrices.Contains(context))
            return "The context \"matrix\" has values in builders with a \"matrix\" only, as matrix.AXIS.";
        var those = $"Here there are {string.Join(", ", allowed)}.";
        return OfSteps.Contains(context)
            ? $"The context \"{context}\" has no value in this place. {those}"
            : $"There is no context \"{context}\".{Suggestion.DidYouMean(context, allowed)} {those} (A text stands in single quotes.)";
    }
}
