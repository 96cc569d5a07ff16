using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;

namespace Weir.Engine.Configuration.Things;

/// <summary>A list of one may be written as that one. Where a new value says the same as what stands, the way in which it stands is kept, so that a form changes no lines that nobody has touched.</summary>
internal static class SameWriting
{
    public static JsonNode Keep(string section, JsonNode? standing, JsonNode value) => Keep((ConfigurationFormat.Root.Find(section)?.Kind as MapKind)?.Value, standing, value)!;

    private static JsonNode? Keep(Kind? kind, JsonNode? standing, JsonNode? value) => (kind, standing, value) switch
    {
        (ListKind { AllowSingle: true }, JsonValue one, JsonArray { Count: 1 } list) when JsonNode.DeepEquals(one, list[0]) => one.DeepClone(),
        (ListKind { AllowSingle: true }, JsonArray { Count: 1 } list, JsonValue one) when JsonNode.DeepEquals(one, list[0]) => list.DeepClone(),
        (ListKind list, JsonArray before, JsonArray now) => new JsonArray([.. now.Select((item, i) => Keep(list.Item, i < before.Count ? before[i] : null, item?.DeepClone()))]),
        (MapKind map, JsonObject before, JsonObject now) => Each(now, before, _ => map.Value),
        (ShapeKind shape, JsonObject before, JsonObject now) => Each(now, before, key => shape.Shape.Find(key)?.Kind),
        (TypedKind typed, JsonObject before, JsonObject now) => now["type"] is JsonValue type && typed.Shapes.GetValueOrDefault(type.ToString()) is { } shape ? Each(now, before, key => shape.Find(key)?.Kind) : value,
        (StepKind step, JsonObject before, JsonObject now) => step.Shapes.FirstOrDefault(s => now.ContainsKey(s.Key)).Value is { } shape ? Each(now, before, key => shape.Find(key)?.Kind) : value,
        _ => value,
    };

    private static JsonObject Each(JsonObject now, JsonObject before, Func<string, Kind?> kindOf) =>
        new(now.Select(entry => KeyValuePair.Create(entry.Key, Keep(kindOf(entry.Key), before[entry.Key], entry.Value?.DeepClone()))));
}
