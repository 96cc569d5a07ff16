using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;

namespace Weir.Engine.Configuration;

/// <summary>The format of the configuration as JSON Schema, with a description for every key: editors complete from it.</summary>
public static class ConfigurationSchema
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema's text.</summary>
    public static string Json { get; } = Write().ToJsonString(Options);

    private static JsonObject Write()
    {
        var schema = ConfigurationFormat.Root.Schema();
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "Configuration of Weir");
        schema["properties"]!["weir"] = new JsonObject { ["const"] = 1, ["description"] = "The version of this format." };
        schema["patternProperties"] = new JsonObject { ["^x-"] = true };
        return schema;
    }
}
