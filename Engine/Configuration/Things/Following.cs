using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;

namespace Weir.Engine.Configuration.Things;

/// <summary>What refers to a thing by its name says the new one. Where names are referred to the format knows; names in texts of expressions it does not, and of these the check complains.</summary>
internal sealed class Following(string section, string name, string newName)
{
    /// <summary>A thing of a section with the new name in it; null: it does not refer to it.</summary>
    public JsonNode? In(string its, JsonNode? value) =>
        value is not null && (ConfigurationFormat.Root.Find(its)?.Kind as MapKind)?.Value is { } kind && Of(kind, value) is var followed && !JsonNode.DeepEquals(followed, value) ? followed : null;

    private JsonNode? Of(Kind? kind, JsonNode? value) => (kind, value) switch
    {
        (ShapeKind shape, JsonObject map) => Keys(shape.Shape, map),
        (TypedKind typed, JsonObject map) => map["type"] is JsonValue type && typed.Shapes.GetValueOrDefault(type.ToString()) is { } shape ? Keys(shape, map) : map.DeepClone(),
        (StepKind step, JsonObject map) => step.Shapes.FirstOrDefault(s => map.ContainsKey(s.Key)).Value is { } shape ? Keys(shape, map) : map.DeepClone(),
        (MapKind entries, JsonObject map) => new JsonObject(map.Select(e => KeyValuePair.Create(e.Key, Of(entries.Value, e.Value)))),
        (ListKind list, JsonArray items) => new JsonArray([.. items.Select(i => Of(list.Item, i))]),
        (EitherKind either, JsonObject or JsonArray) => Of(either.Other, value),
        _ => value?.DeepClone(),
    };

    private JsonObject Keys(Shape shape, JsonObject map) =>
        new(map.Select(e => KeyValuePair.Create(e.Key, shape.Find(e.Key) is { } key ? key.RefersTo(section) ? Names(e.Value, key.Kind is MapKind) : Of(key.Kind, e.Value) : e.Value?.DeepClone())));

    // A name, a list of them, a map by name, or maps that have one.
    private JsonNode? Names(JsonNode? value, bool byName) => value switch
    {
        JsonValue text when IsOld(text) => newName,
        JsonArray list => new JsonArray([.. list.Select(i => Names(i, byName))]),
        JsonObject map when byName => new JsonObject(map.Select(e => KeyValuePair.Create(e.Key == name ? newName : e.Key, e.Value?.DeepClone()))),
        JsonObject map => new JsonObject(map.Select(e => KeyValuePair.Create(e.Key, e.Key == "name" && IsOld(e.Value) ? newName : e.Value?.DeepClone()))),
        _ => value?.DeepClone(),
    };

    private bool IsOld(JsonNode? node) => node?.GetValueKind() == System.Text.Json.JsonValueKind.String && node.GetValue<string>() == name;
}
