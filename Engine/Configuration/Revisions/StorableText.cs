using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>A refused text may be anything; the store takes neither NUL nor half a surrogate pair, and need not keep what nobody can read.</summary>
internal static class StorableText
{
    private const int LongestRefused = 256 * 1024;

    /// <summary>The text with what cannot be stored replaced.</summary>
    public static string Of(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsSurrogate(text[i]))
                return string.Concat(text.EnumerateRunes().Select(r => r.Value == 0 ? "\u2400" : r.ToString()));
        }
        return text;
    }

    /// <summary>The same, and cut where it is too long to be kept as an attempt.</summary>
    public static string OfRefused(string text) =>
        Of(text.Length > LongestRefused ? string.Concat(text.AsSpan(0, LongestRefused), "\n… (cut: too long to be kept as a refused text)\n") : text);

    public static ConfigurationPart OfRefused(ConfigurationPart part) => part with { Name = OfRefused(part.Name), Text = OfRefused(part.Text) };

    public static ConfigurationProblem Of(ConfigurationProblem problem) => problem with { Part = OfRefused(problem.Part), Path = OfRefused(problem.Path), Message = OfRefused(problem.Message) };
}
