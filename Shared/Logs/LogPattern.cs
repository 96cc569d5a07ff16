using System.Text.RegularExpressions;

namespace Weir.Shared.Logs;

/// <summary>A text or a regular expression to look for. Its work grows with the text that is searched and with nothing else, whatever the expression.</summary>
public sealed class LogPattern
{
    /// <summary>Longer ones are refused.</summary>
    public const int MaxLength = 500;

    private static readonly TimeSpan MostForALine = TimeSpan.FromSeconds(2);

    private readonly string? _text;
    private readonly StringComparison _comparison;
    private readonly Regex? _regex;

    private LogPattern(string? text, StringComparison comparison, Regex? regex) => (_text, _comparison, _regex) = (text, comparison, regex);

    /// <summary>The pattern, or null and what is wrong with it, in a sentence.</summary>
    public static LogPattern? TryCreate(string text, bool isRegex, bool matchCase, out string? problem)
    {
        problem = text.Length == 0 ? "What is looked for is missing."
            : text.Length > MaxLength ? $"At most {MaxLength} signs are looked for."
            : text.AsSpan().IndexOfAny('\n', '\r') >= 0 && !isRegex ? "A hit lies in one line; the text has a line break." : null;
        if (problem is not null)
            return null;
        if (!isRegex)
            return new(text, matchCase ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase, null);
        try
        {
            var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (matchCase ? RegexOptions.None : RegexOptions.IgnoreCase);
            return new(null, default, new Regex(text, options, MostForALine));
        }
        catch (RegexParseException e)
        {
            problem = $"Not a regular expression: {e.Message}";
        }
        catch (NotSupportedException)
        {
            problem = "Look-around, back references and atomic groups are not understood here, and the expression must not be too large: a search must end.";
        }
        return null;
    }

    /// <summary>False if no line of the text can hold a hit; true if one may.</summary>
    public bool MayBeIn(ReadOnlySpan<char> lines) => _text is null || lines.Contains(_text, _comparison);

    /// <summary>Adds the hits of a line; an empty one is none.</summary>
    public void Find(ReadOnlySpan<char> line, List<(int Column, int Length)> hits)
    {
        if (_regex is not null)
        {
            foreach (var match in _regex.EnumerateMatches(line))
            {
                if (match.Length > 0)
                    hits.Add((match.Index, match.Length));
            }
            return;
        }
        for (var at = 0; line[at..].IndexOf(_text, _comparison) is >= 0 and var next;)
        {
            hits.Add((at + next, _text!.Length));
            at += next + _text.Length;
        }
    }
}
