using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Forms;

/// <summary>Forms of all sections that are maps by name, made of the table of keys.</summary>
internal sealed class ThingForms : IThingForms
{
    private static readonly Dictionary<string, Kind> Kinds = ConfigurationFormat.Root.Available.Where(k => k.Kind is MapKind { Value: ShapeKind or TypedKind } && Check.Sections.Names.Contains(k.Name)).ToDictionary(k => k.Name, k => ((MapKind)k.Kind!).Value);

    public IReadOnlyList<FormSection> Sections { get; } = [.. ConfigurationFormat.Root.Available.Where(k => Kinds.ContainsKey(k.Name)).Select(k => Kinds[k.Name] switch
    {
        TypedKind typed => new FormSection(k.Name, typed.Name, k.Description, [.. typed.Shapes.Keys]),
        var kind => new FormSection(k.Name, ((ShapeKind)kind).Shape.Name, ((ShapeKind)kind).Shape.Description, []),
    })];

    public ThingForm Of(string section, JsonElement? value, string? type = null)
    {
        var node = value is { } written ? JsonNode.Parse(written.GetRawText()) : null;
        return Build(section, node?["type"]?.GetValue<string>() ?? type, new WrittenSource(node, node is not null), []);
    }

    public ThingForm Posted(string section, IReadOnlyDictionary<string, string> fields, string? operation = null, IReadOnlyList<ThingProblem>? problems = null)
    {
        var type = operation?.StartsWith("type ", StringComparison.Ordinal) == true ? operation["type ".Length..] : fields.GetValueOrDefault(ThingForm.TypeField);
        return Build(section, type, new PostedSource(fields, "", FormOperation.Read(operation)), problems ?? []);
    }

    public (JsonElement Value, IReadOnlyList<ThingProblem> Problems) Read(ThingForm form)
    {
        var reading = new FormReading();
        var (shape, type) = ShapeOf(form.Section.Key, form.Type);
        var map = reading.Map(shape, form.Fields);
        if (type is not null)
            map.Insert(0, "type", type);
        return (JsonSerializer.SerializeToElement(map), reading.Problems);
    }

    private ThingForm Build(string section, string? wanted, FormSource source, IReadOnlyList<ThingProblem> problems)
    {
        var (shape, type) = ShapeOf(section, wanted);
        var builder = new FormBuilder(problems);
        var fields = builder.Fields(shape, source);
        return new() { Section = Sections.First(s => s.Key == section), Type = type, Description = shape.Description, Fields = fields, Problems = builder.Unplaced };
    }

    // A type that there is not becomes the first that there is.
    private static (Shape Shape, string? Type) ShapeOf(string section, string? type) => Kinds.GetValueOrDefault(section) switch
    {
        TypedKind typed when type is not null && typed.Shapes.TryGetValue(type, out var shape) => (shape, type),
        TypedKind typed => (typed.Shapes.First().Value, typed.Shapes.First().Key),
        ShapeKind only => (only.Shape, null),
        _ => throw new ArgumentException($"There is no section \"{section}\" that forms know.", nameof(section)),
    };
}
