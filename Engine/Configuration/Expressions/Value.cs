using System.Text.Json.Nodes;

namespace Weir.Engine.Configuration.Expressions;

internal enum ValueKind
{
    Null,
    Boolean,
    Number,
    Text,
    List,
    Map,
}

/// <summary>A value during evaluation. Lists that <c>.*</c> made remember it: a name behind them asks each of their members.</summary>
internal sealed record Value
{
    private static readonly Value True = new() { Kind = ValueKind.Boolean, Number = 1 };
    private static readonly Value False = new() { Kind = ValueKind.Boolean };

    public static Value Null { get; } = new();

    public ValueKind Kind { get; private init; }
    public double Number { get; private init; }

    /// <summary>A text, or a number as it was written.</summary>
    public string Text { get; private init; } = "";
    public IReadOnlyList<JsonNode?> Items { get; private init; } = [];
    public JsonNode? Node { get; private init; }
    public bool Filtered { get; private init; }

    public static Value Of(bool value) => value ? True : False;

    public static Value Of(string value) => new() { Kind = ValueKind.Text, Text = value };

    public static Value Of(double value) => new() { Kind = ValueKind.Number, Number = value, Text = Values.NumberText(value) };

    public static Value Filter(IReadOnlyList<JsonNode?> items) => new() { Kind = ValueKind.List, Items = items, Filtered = true };

    public static Value Of(JsonNode? node) => node switch
    {
        null => Null,
        JsonArray array => new() { Kind = ValueKind.List, Items = [.. array], Node = array },
        JsonObject => new() { Kind = ValueKind.Map, Node = node },
        JsonValue value => Of(value),
        _ => Null,
    };

    private static Value Of(JsonValue value) => value.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.True => True,
        System.Text.Json.JsonValueKind.False => False,
        System.Text.Json.JsonValueKind.Number => Values.FromJsonNumber(value.ToJsonString()),
        System.Text.Json.JsonValueKind.String => Of(Values.JsonText(value)),
        _ => Null,
    };

    internal static Value Numeric(double number, string text) => new() { Kind = ValueKind.Number, Number = number, Text = text };

    /// <summary>Neither a list nor a map.</summary>
    public bool IsPlain => Kind is not (ValueKind.List or ValueKind.Map);

    public bool IsTrue => Kind switch
    {
        ValueKind.Null => false,
        ValueKind.Boolean or ValueKind.Number => Number != 0 && !double.IsNaN(Number),
        ValueKind.Text => Text.Length > 0,
        _ => true,
    };
}
