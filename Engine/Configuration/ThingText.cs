using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration;

/// <summary>Reads the value of one thing as YAML.</summary>
public static class ThingText
{
    /// <summary>The value, or what is wrong with the text.</summary>
    public static (JsonNode? Value, string? Problem) Read(string text)
    {
        var problems = new Problems();
        var root = YamlReader.Read(new("text", text), problems);
        return problems.Any ? (null, string.Join(' ', problems.All.Take(5))) : root is null ? (new JsonObject(), null) : (JsonScalar.Read(root), null);
    }
}
