using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weir.Engine.Configuration.Writing;

/// <summary>Writes a tree of JSON as YAML, always in the same way: what is read back is equal.</summary>
internal static class YamlWriter
{
    private const int Step = 2;
    private const int Widest = 100;

    /// <summary>What stands behind a key and its colon: <c> 20m</c>, or lines of their own that are indented deeper than the key. Without a line end at its end.</summary>
    public static string AfterKey(JsonNode? value, int indent)
    {
        if (Inline(value) is { } inline)
            return " " + inline;
        if (IsLiteral(value, out var text))
            return " " + Literal(text, indent + Step);
        var written = new StringBuilder();
        foreach (var line in Lines(value!, indent + Step))
            written.Append('\n').Append(line);
        return written.ToString();
    }

    /// <summary>What stands behind the hyphen of a list's item and its space; <paramref name="indent"/> is where it begins.</summary>
    public static string AfterHyphen(JsonNode? value, int indent)
    {
        if (Inline(value) is { } inline)
            return inline;
        if (IsLiteral(value, out var text))
            return Literal(text, indent);
        return string.Join('\n', Lines(value!, indent))[indent..];
    }

    /// <summary>A whole entry, with its indentation and without a line end.</summary>
    public static string Entry(string key, JsonNode? value, int indent) => new string(' ', indent) + YamlScalar.Key(key, flow: false) + ":" + AfterKey(value, indent);

    /// <summary>A whole item, with its indentation and without a line end.</summary>
    public static string Item(JsonNode? value, int indent) => new string(' ', indent) + "- " + AfterHyphen(value, indent + Step);

    /// <summary>Within brackets or braces, on one line.</summary>
    public static string Flow(JsonNode? value) => value switch
    {
        JsonObject { Count: 0 } => "{}",
        JsonArray { Count: 0 } => "[]",
        JsonObject map => $"{{ {string.Join(", ", map.Select(e => $"{YamlScalar.Key(e.Key, flow: true)}: {Flow(e.Value)}"))} }}",
        JsonArray list => $"[{string.Join(", ", list.Select(Flow))}]",
        _ => YamlScalar.Write(value, flow: true),
    };

    /// <summary>A whole document: a map.</summary>
    public static string Document(JsonObject root)
    {
        var written = new StringBuilder();
        foreach (var (key, value) in root)
        {
            if (written.Length > 0 && value is JsonObject or JsonArray)
                written.Append('\n');
            written.Append(Entry(key, value, 0)).Append('\n');
        }
        return written.ToString();
    }

    // What stands on the line of its key: single values, empty collections, short lists of single values.
    private static string? Inline(JsonNode? value) => value switch
    {
        JsonObject map => map.Count == 0 ? "{}" : null,
        JsonArray { Count: 0 } => "[]",
        JsonArray list => list.All(i => i is null or JsonValue) && Flow(list) is { Length: <= Widest } flow ? flow : null,
        _ => IsLiteral(value, out _) ? null : YamlScalar.Write(value, flow: false),
    };

    private static IEnumerable<string> Lines(JsonNode value, int indent) => value is JsonObject map
        ? map.Select(e => Entry(e.Key, e.Value, indent))
        : value.AsArray().Select(i => Item(i, indent));

    private static bool IsLiteral(JsonNode? value, out string text)
    {
        text = value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : "";
        return text.Length > 0 && YamlScalar.IsLiteral(text);
    }

    private static string Literal(string text, int indent)
    {
        var lines = text.TrimEnd('\n').Split('\n').Select(line => line.Length == 0 ? "" : new string(' ', indent) + line);
        return (text.EndsWith('\n') ? "|\n" : "|-\n") + string.Join('\n', lines);
    }
}
