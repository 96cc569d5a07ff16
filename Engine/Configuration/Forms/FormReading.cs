using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Forms;

/// <summary>Reads what a form says as it is written in a configuration: only what is said, in the order of the format.</summary>
internal sealed class FormReading
{
    private readonly List<ThingProblem> problems = [];

    public IReadOnlyList<ThingProblem> Problems => problems;

    public JsonObject Map(Shape shape, IReadOnlyList<FormField> fields)
    {
        var map = new JsonObject();
        foreach (var field in fields)
        {
            var key = shape.Find(field.Key)!;
            if (Node(key.Kind!, field, key.Required) is { } node)
                map[key.Name] = node;
        }
        return map;
    }

    private JsonNode? Node(Kind kind, FormField field, bool required)
    {
        if (kind is ShapeKind { Shape: var shape })
            return field.IsSaid || required ? Map(shape, field.Fields) : null;
        if (ItemKinds.Of(kind) is not { } kinds)
            return FormScalars.Read(kind, field.Value);
        if (field.Items.Count == 0)
            return null;
        return kinds.Named ? Named(kinds, field) : new JsonArray([.. field.Items.Select(i => (JsonNode?)ListItem(kinds, i))]);
    }

    private JsonNode? ListItem(ItemKinds kinds, FormItem item)
    {
        var map = Map(kinds.Shape(item.Kind)!, item.Fields);
        return kinds.Short is { } key && map.Count == 1 && map[key] is JsonValue only ? only.DeepClone() : map;
    }

    private JsonObject? Named(ItemKinds kinds, FormField field)
    {
        var map = new JsonObject();
        foreach (var item in field.Items)
        {
            var name = item.Name?.Trim() ?? "";
            if (name.Length == 0 && !item.Fields.Any(f => f.IsSaid))
                continue; // an empty row
            var value = kinds.Shape(item.Kind) is { } shape ? Map(shape, item.Fields)
                : item.Fields[0].Value.Length == 0 ? JsonValue.Create("")
                : FormScalars.Read(kinds.Value!, item.Fields[0].Value);
            if (name.Length == 0)
                Complain(item.Path, "A name is missing here.");
            else if (!map.TryAdd(name, value))
                Complain(item.Path, $"The name \"{name}\" stands twice.");
        }
        return map.Count == 0 ? null : map;
    }

    private void Complain(string path, string message) => problems.Add(new(path, message, new("", 1, 1, path, message)));
}
