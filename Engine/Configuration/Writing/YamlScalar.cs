using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;

namespace Weir.Engine.Configuration.Writing;

/// <summary>Writes single values of JSON as YAML that every reader of YAML takes for the same: quotes where they are needed, and nowhere else.</summary>
internal static class YamlScalar
{
    private const string Indicators = "-?:,[]{}#&*!|>'\"%@`";
    private const string FlowIndicators = ",[]{}";

    /// <param name="value">Null, a truth, a number or a text.</param>
    /// <param name="flow">Within brackets or braces, where more has to be quoted.</param>
    public static string Write(JsonNode? value, bool flow) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => Number(value),
        _ => Text(value.GetValue<string>(), flow),
    };

    /// <summary>A key: a number or a word that would be something else as a value is a text here anyhow.</summary>
    public static string Key(string text, bool flow) => text.Length > 0 && text.All(char.IsAsciiDigit) ? text : Text(text, flow);

    /// <summary>Lines of text that can stand under <c>|</c> as they are; they end in one line end or in none.</summary>
    public static bool IsLiteral(string text) =>
        text.Contains('\n', StringComparison.Ordinal) && !text.EndsWith("\n\n", StringComparison.Ordinal) && text[0] is not (' ' or '\t' or '\n')
        && text.All(c => c is '\n' or '\t' || IsPlain(c)) && !text.Split('\n').Any(line => line.Length > 0 && string.IsNullOrWhiteSpace(line));

    private static string Text(string text, bool flow)
    {
        if (!text.All(IsPlain))
            return Escaped(text);
        return NeedsQuotes(text, flow) ? $"'{text.Replace("'", "''", StringComparison.Ordinal)}'" : text;
    }

    private static bool NeedsQuotes(string text, bool flow) =>
        text is "" or "~" or "null" or "Null" or "NULL" or "true" or "false" or "<<" or "=" || text[0] == ' ' || text[^1] is ' ' or ':'
        || (Indicators.Contains(text[0], StringComparison.Ordinal) && !(text[0] == '-' && text.Length > 1 && (char.IsAsciiLetterOrDigit(text[1]) || text[1] == '-')))
        || text.StartsWith("---", StringComparison.Ordinal) || text.StartsWith("...", StringComparison.Ordinal)
        || text.Contains(": ", StringComparison.Ordinal) || text.Contains(" #", StringComparison.Ordinal)
        || (flow && (text.AsSpan().ContainsAny(FlowIndicators) || text.Contains(':', StringComparison.Ordinal)))
        || JsonScalar.Ambiguity(text) is not null || JsonScalar.IsNumber(text);

    // Number and texts that JSON writes in another way than the format reads them: 1.0, 1e3.
    private static string Number(JsonNode value)
    {
        var written = value.ToJsonString();
        if (JsonScalar.IsNumber(written))
            return written;
        var plain = double.Parse(written, CultureInfo.InvariantCulture);
        return plain.ToString(Math.Abs(plain) < 1e15 ? "0.###############" : "R", CultureInfo.InvariantCulture);
    }

    // What is seen as itself, on one line. The rest (also what stands outside the basic plane) is escaped: readers differ.
    private static bool IsPlain(char c) => c is >= ' ' and <= '~' or >= '\u00a0' and <= '\ud7ff' or >= '\ue000' and <= '\ufffd' and not '\ufeff' && c is not ('\u2028' or '\u2029')
        && CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static string Escaped(string text)
    {
        var written = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            written.Append(rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                <= 0xFFFF and var c when IsPlain((char)c) => ((char)c).ToString(),
                <= 0xFFFF and var c => $"\\u{c:X4}",
                var c => $"\\U{c:X8}",
            });
        }
        return written.Append('"').ToString();
    }
}
