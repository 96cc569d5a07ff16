using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Forms;

/// <summary>What is to stand in a form: a thing as it is written, or fields as they were posted.</summary>
internal abstract class FormSource
{
    /// <summary>The text of a single field.</summary>
    public abstract string Text(Kind kind);

    public abstract FormSource Child(string key);

    /// <summary>The items of a list, or of a map (then with their names).</summary>
    public abstract IEnumerable<(string? Name, string? Kind, FormSource Source)> Items(ItemKinds kinds);
}

/// <summary>A thing as it is written.</summary>
internal sealed class WrittenSource(JsonNode? node, bool isThere = true) : FormSource
{
    public override string Text(Kind kind) => isThere ? FormScalars.Show(kind, node) : "";

    public override FormSource Child(string key) => node is JsonObject map && map.TryGetPropertyValue(key, out var value) ? new WrittenSource(value) : new WrittenSource(null, isThere: false);

    public override IEnumerable<(string? Name, string? Kind, FormSource Source)> Items(ItemKinds kinds) => node switch
    {
        JsonObject map when kinds.Named => map.Select(e => ((string?)e.Key, (string?)null, (FormSource)new WrittenSource(e.Value))),
        JsonArray list => list.Select(i => Item(kinds, i)),
        null => [],
        _ => [Item(kinds, node)], // a single one stands for a list of one
    };

    private static (string?, string?, FormSource) Item(ItemKinds kinds, JsonNode? item) =>
        (null, kinds.KindOf(item), new WrittenSource(kinds.Short is { } key && item is JsonValue ? new JsonObject { [key] = item.DeepClone() } : item));
}

/// <summary>Fields as they were posted, after what a button does to a list.</summary>
internal sealed class PostedSource(IReadOnlyDictionary<string, string> fields, string prefix, FormOperation? operation) : FormSource
{
    public override string Text(Kind kind) => fields.GetValueOrDefault(prefix, "").ReplaceLineEndings("\n");

    public override FormSource Child(string key) => new PostedSource(fields, prefix.Length == 0 ? key : $"{prefix}.{key}", operation);

    public override IEnumerable<(string? Name, string? Kind, FormSource Source)> Items(ItemKinds kinds)
    {
        var items = new List<(string? Name, string? Kind, FormSource Source)>();
        for (var i = 0; fields.TryGetValue(FormItem.Mark(At(i)), out var kind); i++)
            items.Add((kinds.Named ? fields.GetValueOrDefault(FormItem.NameOf(At(i)), "") : null, kinds.Kinds.Contains(kind) ? kind : kinds.Kinds is [] ? null : kinds.Kinds[0], new PostedSource(fields, At(i), operation)));
        if (operation?.List == prefix)
            operation.Apply(items, kinds);
        return items;
    }

    private string At(int index) => string.Create(CultureInfo.InvariantCulture, $"{prefix}[{index}]");
}
