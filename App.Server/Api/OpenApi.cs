using System.Globalization;
using System.Text.Json;

namespace Weir.App.Server.Api;

/// <summary>Writes the OpenAPI document from the routes: every address with its parameters, its answers and an example.</summary>
internal static class OpenApi
{
    // What the names in addresses stand for.
    private static readonly Dictionary<string, (string Description, string Example, bool IsNumber)> PathParameters = new()
    {
        ["id"] = ("The number of the thing.", "1", true),
        ["number"] = ("The number of the build within its builder.", "42", true),
        ["builder"] = ("The builder, by its number or its name.", "linux", false),
        ["worker"] = ("The worker, by its number or its name.", "w1", false),
        ["scheduler"] = ("The scheduler, by its number or its name.", "force", false),
        ["source"] = ("The change source, by its number or its name.", "lib", false),
        ["project"] = ("The project, by its number or its name.", "lib", false),
        ["codebase"] = ("The codebase, by its number or its name.", "lib", false),
        ["step"] = ("The step, by its number within the build or its name.", "compile", false),
        ["slug"] = ("The log, by its slug.", "stdio", false),
        ["dialect"] = ("The kind of sender.", "base", false),
        ["name"] = ("The name of the thing.", "lib", false),
        ["section"] = ("The key of the configuration that it stands under.", "builders", false),
    };

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<Described> all)
    {
        writer.WriteStartObject();
        writer.WriteString("openapi", "3.1.0");
        writer.WriteStartObject("info");
        writer.WriteString("title", "Weir");
        writer.WriteString("version", "2");
        writer.WriteString("description", "Buildbot's data API, version 2, with what only Weir has beside it. Lists are {\"builds\": [...], \"meta\": {...}}; one thing is a list of one. Times are seconds since the epoch, fields _ms milliseconds. Errors are problem details (RFC 9457); those of JSON-RPC are JSON-RPC errors.");
        writer.WriteEndObject();
        WriteSecurity(writer);
        writer.WriteStartObject("paths");
        foreach (var path in all.GroupBy(d => d.Path))
        {
            writer.WriteStartObject(path.Key);
            foreach (var described in path.DistinctBy(d => d.Method))
                WriteOperation(writer, described);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteStartObject("components");
        OpenApiParts.WriteParameters(writer);
        OpenApiParts.WriteSchemas(writer, [.. all.Select(d => d.Shows?.Resource).OfType<IResource>().DistinctBy(r => r.Singular)]);
        writer.WriteStartObject("securitySchemes");
        WriteScheme(writer, "token", "bearer");
        WriteScheme(writer, "password", "basic");
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteOperation(Utf8JsonWriter writer, Described described)
    {
        writer.WriteStartObject(described.Method.ToLowerInvariant());
        writer.WriteString("summary", described.Summary);
        writer.WriteStartArray("parameters");
        foreach (var name in described.Parameters)
            WritePathParameter(writer, name);
        if (described.Shows is { } shows)
            WriteQuery(writer, shows);
        if (described.TakesBody)
            OpenApiParts.WriteReference(writer, "#/components/parameters/Idempotency-Key");
        writer.WriteEndArray();
        if (described.TakesBody)
            OpenApiParts.WriteBody(writer, described);
        writer.WriteStartObject("responses");
        OpenApiParts.WriteAnswers(writer, described);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WritePathParameter(Utf8JsonWriter writer, string name)
    {
        var (description, example, isNumber) = PathParameters.GetValueOrDefault(name, ($"The {name.Replace('_', ' ')} of the address.", "x", false));
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("in", "path");
        writer.WriteBoolean("required", true);
        writer.WriteString("description", description);
        writer.WriteStartObject("schema");
        writer.WriteString("type", isNumber ? "integer" : "string");
        writer.WriteEndObject();
        if (isNumber)
            writer.WriteNumber("example", long.Parse(example, CultureInfo.InvariantCulture));
        else
            writer.WriteString("example", example);
        writer.WriteEndObject();
    }

    private static void WriteQuery(Utf8JsonWriter writer, Shows shows)
    {
        OpenApiParts.WriteReference(writer, "#/components/parameters/field");
        if (shows.Resource.Fields.Any(f => f.Name == "properties"))
            OpenApiParts.WriteReference(writer, "#/components/parameters/property");
        if (!shows.IsList)
            return;
        foreach (var name in new[] { "limit", "offset", "order" })
            OpenApiParts.WriteReference(writer, "#/components/parameters/" + name);
        if (shows.IsEndless)
            OpenApiParts.WriteReference(writer, "#/components/parameters/after");
        foreach (var field in shows.Resource.Fields.Where(f => f.CanBeCompared))
            OpenApiParts.WriteFilter(writer, field);
    }

    private static void WriteSecurity(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("security");
        foreach (var scheme in new[] { "token", "password" })
        {
            writer.WriteStartObject();
            writer.WriteStartArray(scheme);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteStartObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private static void WriteScheme(Utf8JsonWriter writer, string name, string scheme)
    {
        writer.WriteStartObject(name);
        writer.WriteString("type", "http");
        writer.WriteString("scheme", scheme);
        writer.WriteEndObject();
    }
}
