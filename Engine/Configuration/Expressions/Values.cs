using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weir.Engine.Configuration.Expressions;

/// <summary>How values become one another and how they compare: the coercions of GitHub's expression language.</summary>
internal static class Values
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    /// <summary>The value as JSON of its own, not shared with any context.</summary>
    public static JsonNode? ToJson(Value value) => value.Kind switch
    {
        ValueKind.Null => null,
        ValueKind.Boolean => JsonValue.Create(value.Number != 0),
        ValueKind.Number => double.IsFinite(value.Number) ? JsonNode.Parse(value.Text) : null,
        ValueKind.Text => JsonValue.Create(value.Text),
        ValueKind.List => new JsonArray([.. value.Items.Select(i => i?.DeepClone())]),
        _ => value.Node!.DeepClone(),
    };

    /// <summary>The value within a text: nothing for null, compact JSON for lists and maps.</summary>
    public static string ToText(Value value) => value.Kind switch
    {
        ValueKind.Null => "",
        ValueKind.Boolean => value.Number != 0 ? "true" : "false",
        ValueKind.Number or ValueKind.Text => value.Text,
        _ => ToJsonText(value, indented: false),
    };

    public static string ToJsonText(Value value, bool indented) => ToJson(value)?.ToJsonString(indented ? Indented : Compact) ?? "null";

    public static double ToNumber(Value value) => value.Kind switch
    {
        ValueKind.Null => 0,
        ValueKind.Boolean or ValueKind.Number => value.Number,
        ValueKind.Text => value.Text.Trim() is var text && text.Length == 0 ? 0 : TryNumber(text, out var number) ? number : double.NaN,
        _ => double.NaN,
    };

    public static bool AreEqual(Value a, Value b)
    {
        if (a.Kind != b.Kind)
            return ToNumber(a) == ToNumber(b);
        return a.Kind switch
        {
            ValueKind.Null => true,
            ValueKind.Boolean or ValueKind.Number => a.Number == b.Number,
            ValueKind.Text => a.Text.Equals(b.Text, StringComparison.OrdinalIgnoreCase),
            _ => a.Node is not null && ReferenceEquals(a.Node, b.Node),
        };
    }

    /// <summary>Below zero, zero, above zero; null where the two have no order.</summary>
    public static int? Compare(Value a, Value b)
    {
        if (a.Kind == ValueKind.Text && b.Kind == ValueKind.Text)
            return string.Compare(a.Text, b.Text, StringComparison.OrdinalIgnoreCase);
        var (x, y) = (ToNumber(a), ToNumber(b));
        return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
    }

    /// <summary>Decimal with fraction and exponent, or hexadecimal <c>0x1f</c>, or octal <c>0o17</c>.</summary>
    public static bool TryNumber(string text, out double number)
    {
        number = 0;
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            var ok = long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex);
            number = hex;
            return ok && hex >= 0;
        }
        if (text.StartsWith("0o", StringComparison.Ordinal) && text.Length is > 2 and < 20 && text.AsSpan(2).IndexOfAnyExceptInRange('0', '7') < 0)
        {
            number = text.Skip(2).Aggregate(0.0, (sum, digit) => (sum * 8) + (digit - '0'));
            return true;
        }
        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
    }

    /// <summary>Whole numbers keep all their digits (an id beyond 2⁵³ is not rounded); others are written as short as they can be read back.</summary>
    public static Value FromJsonNumber(string json)
    {
        var number = double.Parse(json, NumberStyles.Float, CultureInfo.InvariantCulture);
        var whole = json.AsSpan(json[0] == '-' ? 1 : 0).IndexOfAnyExceptInRange('0', '9') < 0;
        return Value.Numeric(number, whole ? json : NumberText(number));
    }

    public static string NumberText(double number) =>
        Math.Abs(number) < 1e15 && number == Math.Truncate(number) ? ((long)number).ToString(CultureInfo.InvariantCulture) : number.ToString(CultureInfo.InvariantCulture);

    public static string JsonText(JsonValue value)
    {
        try
        {
            return value.TryGetValue<string>(out var text) ? text : value.Deserialize<string>() ?? "";
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD"; // half a surrogate pair, which is no text
        }
    }
}
