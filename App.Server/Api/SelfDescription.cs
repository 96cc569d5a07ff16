using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;

namespace Weir.App.Server.Api;

/// <summary>What the interface says of itself: the list of collections at its root, Buildbot's <c>application.spec</c>, and the OpenAPI document; all read from the routes themselves.</summary>
internal static partial class SelfDescription
{
    public static void MapSelfDescription(this RouteGroupBuilder api)
    {
        api.MapMethods("", Routes.Reading, (EndpointDataSource routes) => new JsonAnswer(writer => WriteRoots(writer, Described.All(routes)))).Reads(0, "The collections there are");
        api.MapMethods("/application.spec", Routes.Reading, (EndpointDataSource routes) => new JsonAnswer(writer => WriteSpecification(writer, Described.All(routes)))).Reads(0, "All resources with their fields, in the form of Buildbot's specification");
        api.MapMethods("/openapi.json", Routes.Reading, (EndpointDataSource routes) => new JsonAnswer(writer => OpenApi.Write(writer, Described.All(routes)))).Reads(0, "This document");
    }

    private static void WriteRoots(Utf8JsonWriter writer, IReadOnlyList<Described> all)
    {
        var roots = all.Where(d => d.Shows is { IsList: true } && d.Path.Count(c => c == '/') == 3).Select(d => d.Path[(d.Path.LastIndexOf('/') + 1)..]).Distinct().ToList();
        writer.WriteStartObject();
        writer.WriteStartArray("rootlinks");
        foreach (var root in roots)
        {
            writer.WriteStartObject();
            writer.WriteString("name", root);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        WriteTotal(writer, roots.Count);
        writer.WriteEndObject();
    }

    private static void WriteSpecification(Utf8JsonWriter writer, IReadOnlyList<Described> all)
    {
        var shown = all.Where(d => d.Shows is not null).ToList();
        writer.WriteStartObject();
        writer.WriteStartArray("specs");
        foreach (var described in shown)
        {
            var resource = described.Shows!.Resource;
            writer.WriteStartObject();
            writer.WriteString("path", Parameter().Replace(described.Path["/api/v2/".Length..], m => m.Groups["name"].Value is "id" or "number" ? "n:" + m.Groups["name"].Value : "i:" + m.Groups["name"].Value));
            writer.WriteString("type", resource.Singular);
            writer.WriteString("plural", resource.Collection);
            writer.WriteStartObject("type_spec");
            writer.WriteString("type", resource.Singular);
            writer.WriteStartArray("fields");
            foreach (var field in resource.Fields)
            {
                writer.WriteStartObject();
                writer.WriteString("name", field.Name);
                writer.WriteString("type", Type(field.Kind));
                writer.WriteStartObject("type_spec");
                writer.WriteString("name", Type(field.Kind));
                writer.WriteEndObject();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        WriteTotal(writer, shown.Count);
        writer.WriteEndObject();
    }

    private static void WriteTotal(Utf8JsonWriter writer, int total)
    {
        writer.WriteStartObject("meta");
        writer.WriteNumber("total", total);
        writer.WriteEndObject();
    }

    private static string Type(FieldKind kind) => kind switch
    {
        FieldKind.Number or FieldKind.Milliseconds => "integer",
        FieldKind.Text => "string",
        FieldKind.Texts => "list",
        FieldKind.Truth => "boolean",
        FieldKind.Seconds => "datetime",
        _ => "jsonobject",
    };

    [GeneratedRegex(@"\{(?<name>\w+)\}")]
    private static partial Regex Parameter();
}

/// <summary>One endpoint as documents describe it.</summary>
internal sealed partial record Described(string Method, string Path, string Summary, Shows? Shows, IReadOnlyList<string> Methods, bool TakesBody)
{
    private static readonly string[] Documented = ["/api/", "/badges/", "/change_hook/", "/hooks/", "/healthz", "/readyz", "/metrics"];

    /// <summary>Every endpoint that programs may use, in the order of its addresses.</summary>
    public static IReadOnlyList<Described> All(EndpointDataSource routes) =>
    [
        .. routes.Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>()?.ExcludeFromDescription != true && e.Metadata.GetMetadata<Microsoft.AspNetCore.SignalR.HubMetadata>() is null)
            .Select(e => (Endpoint: e, Path: "/" + Constraint().Replace(e.RoutePattern.RawText ?? "", "{$1}").Trim('/')))
            .Where(e => Documented.Any(d => (e.Path + "/").StartsWith(d, StringComparison.Ordinal)))
            .SelectMany(e => (e.Endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [HttpMethods.Get]).Where(m => m is "GET" or "POST" or "PUT" or "DELETE").Select(m => new Described(
                m,
                e.Path,
                e.Endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary ?? "",
                m == "GET" ? e.Endpoint.Metadata.GetMetadata<Shows>() : null,
                e.Endpoint.Metadata.GetMetadata<DecidesByMethod>()?.Methods ?? [],
                m != "GET")))
            .OrderBy(d => d.Path, StringComparer.Ordinal).ThenBy(d => d.Method, StringComparer.Ordinal),
    ];

    /// <summary>The names in the address that stand for something.</summary>
    public IEnumerable<string> Parameters => Named().Matches(Path).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"\{\*{0,2}(\w+)(?::[^}]*)?\??\}")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Named();
}
