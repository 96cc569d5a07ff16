using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weir.App.Server.Api;

/// <summary>The parts of which the OpenAPI document's operations are made: parameters, schemas, bodies, answers.</summary>
internal static class OpenApiParts
{
    private const long SomeTime = 1790000000;

    private static readonly (string Name, string In, string Type, string Description, JsonNode Example)[] Parameters =
    [
        ("limit", "query", "integer", "How many items at most: up to 1,000 of lists without end, up to 10,000 of others. Without it, as many as are possible.", 200),
        ("offset", "query", "integer", "How many items are passed over: up to 10,000 of lists without end. Further on, use after.", 0),
        ("after", "query", "string", "The key given as meta.next by the page before, with the same order and filters; as fast at any depth.", "1234"),
        ("order", "query", "string", "A field, with - before it for descending; may be given several times. Without it, lists without end are newest first.", "-buildid"),
        ("field", "query", "string", "A field that is wanted; may be given several times. Without it, all are.", "name"),
        ("property", "query", "string", "A property that is wanted in properties; may be given several times; * for all.", "owner"),
        ("Idempotency-Key", "header", "string", "A text of the caller's choice: what is sent again under the same key within a week is not done again, and has the same answer.", "deploy-2026-11-25"),
    ];

    public static void WriteParameters(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("parameters");
        foreach (var (name, place, type, description, example) in Parameters)
        {
            writer.WriteStartObject(name);
            WriteParameter(writer, name, place, type, description, example);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    public static void WriteFilter(Utf8JsonWriter writer, FieldInfo field)
    {
        var comparisons = field.Kind switch
        {
            FieldKind.Truth => $"{field.Name}__ne",
            FieldKind.Texts => $"only as {field.Name}__contains",
            FieldKind.Text => $"{field.Name}__ne, __lt, __le, __gt, __ge, __contains",
            _ => $"{field.Name}__ne, __lt, __le, __gt, __ge",
        };
        writer.WriteStartObject();
        WriteParameter(writer, field.Kind == FieldKind.Texts ? field.Name + "__contains" : field.Name, "query", Type(field.Kind), $"{field.Description} Several values mean one of them. Also {comparisons}.", Example(field));
        writer.WriteEndObject();
    }

    public static void WriteSchemas(Utf8JsonWriter writer, IReadOnlyList<IResource> resources)
    {
        writer.WriteStartObject("schemas");
        foreach (var resource in resources)
        {
            writer.WriteStartObject(resource.Singular);
            writer.WriteString("type", "object");
            writer.WriteStartObject("properties");
            foreach (var field in resource.Fields)
            {
                writer.WriteStartObject(field.Name);
                if (field.Kind != FieldKind.Json)
                    writer.WriteString("type", field.Kind == FieldKind.Texts ? "array" : Type(field.Kind));
                writer.WriteString("description", field.Description);
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        Problem().WriteAs(writer, "problem");
        writer.WriteEndObject();
    }

    public static void WriteBody(Utf8JsonWriter writer, Described described)
    {
        var example = described switch
        {
            { Methods: [var method, ..] } => new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = new JsonObject() },
            { Path: "/api/v2/changes" } => new JsonObject { ["author"] = "Ada <ada@example.org>", ["branch"] = "main", ["revision"] = "abc", ["comments"] = "Mend it", ["codebase"] = "lib" },
            { Path: "/api/v2/workers" } => new JsonObject { ["name"] = "w1" },
            _ => new JsonObject(),
        };
        var schema = new JsonObject { ["type"] = "object" };
        if (described.Methods.Count > 0)
            schema["properties"] = new JsonObject { ["method"] = new JsonObject { ["enum"] = Rest.Array(described.Methods) } };
        new JsonObject
        {
            ["required"] = described.Methods.Count > 0,
            ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schema, ["example"] = example } },
        }.WriteAs(writer, "requestBody");
    }

    public static void WriteAnswers(Utf8JsonWriter writer, Described described)
    {
        var content = described.Shows is not { } shows ? null : new JsonObject
        {
            ["application/json"] = new JsonObject
            {
                ["schema"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        [shows.Resource.Collection] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = "#/components/schemas/" + shows.Resource.Singular } },
                        ["meta"] = new JsonObject { ["type"] = "object" },
                    },
                },
                ["example"] = new JsonObject
                {
                    [shows.Resource.Collection] = new JsonArray(new JsonObject(shows.Resource.Fields.Where(f => f.CanBeCompared).Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Example(f))))),
                    ["meta"] = shows.IsList ? new JsonObject { ["total"] = 1 } : [],
                },
            },
        };
        var good = new JsonObject { ["description"] = described.TakesBody ? "It is done." : "What was asked for." };
        if (content is not null)
            good["content"] = content;
        good.WriteAs(writer, "200");
        foreach (var (status, why) in Refusals(described))
            new JsonObject { ["description"] = why, ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/problem" } } } }.WriteAs(writer, status);
    }

    public static void WriteReference(Utf8JsonWriter writer, string to)
    {
        writer.WriteStartObject();
        writer.WriteString("$ref", to);
        writer.WriteEndObject();
    }

    private static IEnumerable<(string, string)> Refusals(Described described)
    {
        if (described.Shows is not null || described.TakesBody)
            yield return ("400", "The request is wrong; errors names the fields and what was expected of each.");
        yield return ("401", "This needs somebody who is signed in.");
        if (described.Path.Contains('{', StringComparison.Ordinal))
            yield return ("404", "There is no such thing.");
        if (!described.TakesBody)
            yield break;
        yield return ("403", "The caller may not do this.");
        yield return ("409", "It cannot be done now; the sentence says why.");
        yield return ("413", "The body is larger than is accepted.");
        yield return ("415", "The body is of another type than is expected.");
        yield return ("422", "The idempotency key was used for another request.");
    }

    private static void WriteParameter(Utf8JsonWriter writer, string name, string place, string type, string description, JsonNode example)
    {
        writer.WriteString("name", name);
        writer.WriteString("in", place);
        writer.WriteString("description", description);
        writer.WriteStartObject("schema");
        writer.WriteString("type", type);
        writer.WriteEndObject();
        writer.WritePropertyName("example");
        example.WriteTo(writer);
    }

    private static string Type(FieldKind kind) => kind switch
    {
        FieldKind.Truth => "boolean",
        FieldKind.Number or FieldKind.Seconds or FieldKind.Milliseconds => "integer",
        _ => "string",
    };

    private static JsonNode Example(FieldInfo field) => field.Kind switch
    {
        FieldKind.Truth => true,
        FieldKind.Seconds => SomeTime,
        FieldKind.Milliseconds => SomeTime * 1000,
        FieldKind.Number => field.Name == "results" ? 0 : 1,
        _ => field.Name switch { "branch" => "main", "revision" => "abc", "state_string" => "success", _ => "lib" },
    };

    private static JsonObject Problem() => new()
    {
        ["type"] = "object",
        ["description"] = "RFC 9457.",
        ["properties"] = new JsonObject
        {
            ["title"] = new JsonObject { ["type"] = "string" },
            ["status"] = new JsonObject { ["type"] = "integer" },
            ["detail"] = new JsonObject { ["type"] = "string" },
            ["errors"] = new JsonObject { ["type"] = "object", ["description"] = "Field → what is wrong with it." },
        },
    };

    private static void WriteAs(this JsonObject value, Utf8JsonWriter writer, string name)
    {
        writer.WritePropertyName(name);
        value.WriteTo(writer);
    }
}
