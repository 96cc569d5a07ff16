using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;

namespace Weir.Engine.Configuration.Forms;

/// <summary>
/// Values as texts of a form and back. A text stands as it is. What could be mistaken for another value, and what is no single text, stands as JSON: <c>"5"</c>, <c>["make", "-j4"]</c>.
/// Nothing in a field is nothing in the configuration; a text that is empty on purpose is <c>""</c>.
/// </summary>
internal static class FormScalars
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What a field shows of a value.</summary>
    public static string Show(Kind kind, JsonNode? node) => node switch
    {
        null => kind is JsonKind or EitherKind ? "null" : "",
        // A single one stands for a list of one.
        JsonValue value when kind is ListKind { AllowSingle: true, Item: ScalarKind } list && Lines(list.Item, [value.DeepClone()]) is { } line => line,
        JsonValue value when value.TryGetValue<string>(out var text) => Read(kind, text) is JsonValue read && read.TryGetValue<string>(out var same) && same == text ? text : value.ToJsonString(Json),
        _ when kind is ListKind { Item: ScalarKind } list && node is JsonArray items && Lines(list.Item, items) is { } lines => lines,
        _ => node.ToJsonString(Json),
    };

    /// <summary>The value that a field's text says; null: it says none.</summary>
    public static JsonNode? Read(Kind kind, string text)
    {
        text = text.ReplaceLineEndings("\n");
        if (kind is ListKind list)
            return ReadLines(list, text);
        if (text.Length == 0 || (kind is not (TextKind or EitherKind) && string.IsNullOrWhiteSpace(text)))
            return null;
        return kind switch
        {
            FlagKind => text is "true" or "false" ? JsonValue.Create(text == "true") : JsonValue.Create(text),
            NumberKind when int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            WordKind when text is "true" or "false" => JsonValue.Create(text == "true"),
            JsonKind or EitherKind { Other: ShapeKind } => Parsed(text) is { } any ? any.Node : JsonValue.Create(text),
            EitherKind when Parsed(text) is { Node: JsonArray or JsonObject } some => some.Node,
            TextKind or EitherKind when text[0] == '"' && Parsed(text) is { Node: JsonValue quoted } => quoted,
            TextKind or EitherKind => JsonValue.Create(text),
            _ => JsonValue.Create(text.Trim()),
        };
    }

    // Null: they cannot stand as lines.
    private static string? Lines(Kind item, JsonArray items)
    {
        var lines = items.Select(i => Show(item, i)).ToList();
        return lines.Exists(l => l.Length == 0 || l.Contains('\n', StringComparison.Ordinal) || l != l.Trim()) || (lines is [['[', ..], ..] && Parsed(string.Join('\n', lines)) is { Node: JsonArray })
            ? null : string.Join('\n', lines);
    }

    private static JsonNode? ReadLines(ListKind list, string text)
    {
        if (text.TrimStart() is ['[', ..] && Parsed(text) is { Node: JsonArray array })
            return array;
        var items = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(l => Read(list.Item, l)).ToArray();
        return items.Length == 0 ? null : new JsonArray(items);
    }

    private sealed record Any(JsonNode? Node);

    private static Any? Parsed(string text)
    {
        try
        {
            return new(JsonNode.Parse(text, documentOptions: new() { MaxDepth = 32 }));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
