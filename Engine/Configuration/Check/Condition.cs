namespace Weir.Engine.Configuration.Check;

/// <summary>The text under <c>if</c>: an expression, with or without <c>${{ }}</c> around it.</summary>
internal static class Condition
{
    /// <summary>The expression's text, and where in the whole it starts.</summary>
    public static (string Text, int Offset) Unwrap(string text)
    {
        var start = text.Length - text.TrimStart().Length;
        var trimmed = text.Trim();
        return trimmed.StartsWith("${{", StringComparison.Ordinal) && trimmed.EndsWith("}}", StringComparison.Ordinal) && trimmed.Length >= 5
            ? (trimmed[3..^2], start + 3)
            : (text, 0);
    }
}
