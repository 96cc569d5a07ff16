using System.Text;
using System.Text.RegularExpressions;

namespace Weir.Engine.Changes;

/// <summary>
/// A pattern for names with slashes: <c>*</c> and <c>?</c> stay within a part, <c>**</c> goes over parts, <c>[a-z]</c> is one character, <c>{a,b}</c> one of several.
/// Matching takes linear time, whatever pattern and name are.
/// </summary>
internal sealed class Glob
{
    private readonly Regex? regex;
    private readonly string text;

    public Glob(string pattern)
    {
        text = pattern;
        if (pattern.AsSpan().IndexOfAny("*?[{") >= 0)
            regex = new Regex(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <summary>No pattern at all, but a name.</summary>
    public bool IsLiteral => regex is null;

    public bool Matches(string name) => regex?.IsMatch(name) ?? name == text;

    private static string Translate(string pattern)
    {
        var regex = new StringBuilder(@"\A");
        var braces = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            var close = c == '[' ? pattern.IndexOf(']', Math.Min(i + 2, pattern.Length)) : -1;
            if (c == '*' && i + 1 < pattern.Length && pattern[i + 1] == '*')
            {
                var wholeParts = i + 2 < pattern.Length && pattern[i + 2] == '/' && (i == 0 || pattern[i - 1] == '/');
                regex.Append(wholeParts ? "(?:.*/)?" : ".*");
                i += wholeParts ? 2 : 1;
            }
            else if (c == '*')
                regex.Append("[^/]*");
            else if (c == '?')
                regex.Append("[^/]");
            else if (close > 0)
            {
                regex.Append(Class(pattern[(i + 1)..close]));
                i = close;
            }
            else if (c == '{' && pattern.IndexOf('}', i) > 0)
            {
                braces++;
                regex.Append("(?:");
            }
            else if (c == '}' && braces > 0)
            {
                braces--;
                regex.Append(')');
            }
            else if (c == ',' && braces > 0)
                regex.Append('|');
            else
                regex.Append(Regex.Escape(c.ToString()));
        }
        return regex.Append(')', braces).Append(@"\z").ToString();
    }

    private static string Class(string inside)
    {
        var negated = inside[0] is '!' or '^';
        var characters = new StringBuilder(negated ? "[^/" : "[");
        var body = negated ? inside[1..] : inside;
        for (var i = 0; i < body.Length; i++)
        {
            if (i + 2 < body.Length && body[i + 1] == '-' && body[i] <= body[i + 2])
            {
                characters.Append(Escape(body[i])).Append('-').Append(Escape(body[i + 2]));
                i += 2;
            }
            else
                characters.Append(Escape(body[i]));
        }
        return characters.Append(']').ToString();
    }

    private static string Escape(char c) => FormattableString.Invariant($@"\u{(int)c:X4}");
}
