using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Weir.Engine.Configuration.Expressions;

/// <summary>The functions that need more than a line.</summary>
internal static class Functions
{
    public static Value Contains(Evaluator evaluator, IReadOnlyList<Value> arguments, int offset)
    {
        var (where, what) = (arguments[0], arguments[1]);
        if (where.Kind == ValueKind.List)
            return Value.Of(where.Items.Any(i => { evaluator.Step(offset); return Values.AreEqual(Value.Of(i), what); }));
        if (!where.IsPlain || !what.IsPlain)
            return Value.Of(false);
        var (text, part) = (Values.ToText(where), Values.ToText(what));
        // Searching compares each place with the whole part at worst.
        if ((long)text.Length * part.Length > Limits.SearchProduct)
            throw evaluator.TooLong(offset);
        return Value.Of(text.Contains(part, StringComparison.OrdinalIgnoreCase));
    }

    public static Value Join(Evaluator evaluator, IReadOnlyList<Value> arguments, int offset)
    {
        if (arguments[0].Kind == ValueKind.Map)
            return Value.Of("");
        if (arguments[0].Kind != ValueKind.List)
            return Value.Of(Values.ToText(arguments[0]));
        var separator = arguments.Count > 1 && arguments[1].IsPlain ? Values.ToText(arguments[1]) : ",";
        var joined = new StringBuilder();
        for (var i = 0; i < arguments[0].Items.Count; i++)
        {
            evaluator.Step(offset);
            joined.Append(i > 0 ? separator : "").Append(Values.ToText(Value.Of(arguments[0].Items[i])));
            evaluator.CheckLength(joined.Length, offset);
        }
        return evaluator.Text(joined.ToString(), offset);
    }

    /// <summary><c>{0}</c> stands for the first value; braces are written twice.</summary>
    public static Value Format(Evaluator evaluator, IReadOnlyList<Value> arguments, int offset)
    {
        var pattern = Values.ToText(arguments[0]);
        var text = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            evaluator.CheckLength(text.Length, offset);
            var c = pattern[i];
            if (c is not ('{' or '}'))
            {
                text.Append(c);
            }
            else if (i + 1 < pattern.Length && pattern[i + 1] == c)
            {
                text.Append(c);
                i++;
            }
            else
            {
                var end = c == '{' ? pattern.IndexOf('}', i) : -1;
                if (end < 0 || !int.TryParse(pattern.AsSpan(i + 1, end - i - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                    throw new ExpressionException("The first argument of format(…) has a lone brace: write {0}, {1}, … for values, and {{ or }} for a brace.", offset);
                if (index + 1 >= arguments.Count)
                    throw new ExpressionException($"format(…) has no value for {{{index}}}: it was given {arguments.Count - 1}.", offset);
                text.Append(Values.ToText(arguments[index + 1]));
                i = end;
            }
        }
        return evaluator.Text(text.ToString(), offset);
    }

    public static Value FromJson(Evaluator evaluator, IReadOnlyList<Value> arguments, int offset)
    {
        var text = Values.ToText(arguments[0]);
        evaluator.CheckLength(text.Length, offset);
        try
        {
            // A big document is a big number of nodes: it costs as many steps as it has characters in tens.
            evaluator.Step(offset, 1 + (text.Length / 10));
            return Value.Of(JsonNode.Parse(text, null, new JsonDocumentOptions { MaxDepth = Limits.JsonDepth, AllowDuplicateProperties = false }));
        }
        catch (JsonException e)
        {
            throw new ExpressionException($"fromJSON(…) was given no JSON: {e.Message}", offset);
        }
    }

    public static Value Matches(Evaluator evaluator, IReadOnlyList<Value> arguments, int offset)
    {
        var regex = Pattern(Values.ToText(arguments[1]), offset);
        try
        {
            return Value.Of(regex.IsMatch(Values.ToText(arguments[0])));
        }
        catch (RegexMatchTimeoutException)
        {
            throw evaluator.TooLong(offset);
        }
    }

    /// <summary>A regular expression whose matching takes time in proportion to the text; what this cannot do (looking around, going back) is refused.</summary>
    public static Regex Pattern(string pattern, int offset)
    {
        if (pattern.Length > Limits.PatternLength)
            throw new ExpressionException($"A pattern may have at most {Limits.PatternLength} characters.", offset);
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Limits.Time);
        }
        catch (NotSupportedException)
        {
            throw new ExpressionException($"The pattern \"{pattern}\" uses what cannot be matched in bounded time: look-arounds, back-references, atomic groups or very large counts.", offset);
        }
        catch (ArgumentException e)
        {
            throw new ExpressionException($"The pattern \"{pattern}\" is not a regular expression: {Reason(e)}", offset);
        }
    }

    private static string Reason(ArgumentException e) => e.Message.IndexOf(" at offset ", StringComparison.Ordinal) is var at and >= 0 ? e.Message[(at + 1)..] : e.Message;
}
