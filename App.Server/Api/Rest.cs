using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared.Builds;

namespace Weir.App.Server.Api;

/// <summary>Small things that every file of this folder uses.</summary>
internal static class Rest
{
    public static IResult Json(JsonNode? body, int status = StatusCodes.Status200OK, string? location = null) => new JsonAnswer(writer =>
    {
        if (body is null)
            writer.WriteNullValue();
        else
            body.WriteTo(writer);
    }, status) { Location = location };

    /// <summary>Buildbot's times: whole seconds since the epoch.</summary>
    public static JsonNode? Seconds(DateTimeOffset? at) => at?.ToUnixTimeSeconds();

    /// <summary>The same in milliseconds.</summary>
    public static JsonNode? Milliseconds(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();

    public static JsonArray Array(IEnumerable<string> words) => [.. words.Select(w => (JsonNode)w)];

    /// <summary>Whether an address names this number.</summary>
    public static bool IsNumber(string given, long id) => long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number == id;

    /// <summary>Buildbot's form of properties: a list of one object; 404 if there is nothing that could have them.</summary>
    public static IResult Properties(IReadOnlyList<PropertyRecord>? properties, string what) => properties is null ? Problems.NotFound(what) : new JsonAnswer(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("properties");
        JsonValues.WriteProperties(writer, properties);
        writer.WriteEndArray();
        writer.WriteStartObject("meta");
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>Text of JSON as JSON; text that is none stays text.</summary>
    public static JsonNode? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return json;
        }
    }
}
