using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Writing;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Sources;

/// <summary>All parts of a configuration as one text: read back, it is the same configuration. Anchors are written out, comments are left behind.</summary>
internal static class ConfigurationExport
{
    public static string Of(IReadOnlyList<ConfigurationPart> parts)
    {
        var whole = new JsonObject { ["weir"] = 1 };
        foreach (var root in parts.Select(p => YamlReader.Read(p, new())).OfType<YamlNode>())
        {
            foreach (var entry in root.Entries.Where(e => e.Key.Text != "weir" && !e.Key.Text.StartsWith("x-", StringComparison.Ordinal)))
                Add(whole, entry.Key.Text, JsonScalar.Read(entry.Value));
        }
        return YamlWriter.Document(whole);
    }

    private static void Add(JsonObject whole, string key, JsonNode? value)
    {
        if (Sections.Names.Contains(key) && whole[key] is JsonObject things && value is JsonObject more)
        {
            foreach (var (name, thing) in more)
                things[name] = thing?.DeepClone();
        }
        else if (value is not null)
        {
            whole[key] = value;
        }
    }
}
