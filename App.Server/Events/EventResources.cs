using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Weir.App.Server.Events;

/// <summary>The seam to REST: the resource of an event is what REST itself answers at its address, so the two can never differ.</summary>
internal sealed class EventResources(EndpointDataSource endpoints, IServiceScopeFactory scopes)
{
    // Long texts are fetched by whoever wants them.
    private static readonly string[] LeftOut = ["parts", "difference", "problems"];

    private readonly Lazy<Dictionary<string, RouteEndpoint>> _one = new(() => Find(endpoints));

    /// <summary>Null if it is gone, or if the event names none.</summary>
    public async Task<JsonObject?> Read(EventSubject subject, CancellationToken cancellation)
    {
        if (subject is { Collection: "configuration" })
            return Short(await Ask("config/revisions", null, "?limit=1", cancellation));
        return subject.Id is { } id ? await Ask(subject.Collection, id, "", cancellation) : null;
    }

    private async Task<JsonObject?> Ask(string collection, long? id, string query, CancellationToken cancellation)
    {
        if (!_one.Value.TryGetValue(id is null ? collection : collection + "/", out var endpoint))
            return null;
        await using var scope = scopes.CreateAsyncScope();
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider, RequestAborted = cancellation };
        context.SetEndpoint(endpoint);
        context.Request.Method = HttpMethods.Get;
        context.Request.Scheme = "http";
        context.Request.Host = new("localhost");
        context.Request.Path = "/api/v2/" + collection + (id is { } known ? "/" + known.ToString(CultureInfo.InvariantCulture) : "");
        context.Request.QueryString = new(query);
        if (id is { } value && endpoint.RoutePattern.Parameters is [var parameter])
            context.Request.RouteValues[parameter.Name] = value.ToString(CultureInfo.InvariantCulture);
        context.Response.Body = body;
        await endpoint.RequestDelegate!(context);
        if (context.Response.StatusCode == StatusCodes.Status404NotFound)
            return null;
        if (context.Response.StatusCode != StatusCodes.Status200OK)
            throw new InvalidOperationException($"{context.Request.Path} answered {context.Response.StatusCode}.");
        var answer = JsonNode.Parse(body.ToArray())!.AsObject();
        var list = answer.FirstOrDefault(p => p.Key != "meta").Value as JsonArray;
        return list is [JsonObject resource, ..] && list.Remove(resource) ? resource : null;
    }

    /// <summary>The GET endpoints of collections (<c>builds</c>) and of one resource of each (<c>builds/</c>).</summary>
    private static Dictionary<string, RouteEndpoint> Find(EndpointDataSource endpoints)
    {
        var found = new Dictionary<string, RouteEndpoint>(StringComparer.Ordinal);
        foreach (var endpoint in endpoints.Endpoints.OfType<RouteEndpoint>())
        {
            var segments = endpoint.RoutePattern.PathSegments;
            if (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Get) != true || segments.Count < 3 || Literal(segments[0]) != "api" || Literal(segments[1]) != "v2")
                continue;
            var words = segments.Skip(2).Select(Literal).ToArray();
            if (words.All(w => w is not null))
                found.TryAdd(string.Join('/', words), endpoint);
            else if (words is [{ } collection, null] && segments[2 + 1].Parts is [RoutePatternParameterPart])
                found.TryAdd(collection + "/", endpoint);
        }
        return found;
    }

    private static string? Literal(RoutePatternPathSegment segment) => segment.Parts is [RoutePatternLiteralPart literal] ? literal.Content : null;

    private static JsonObject? Short(JsonObject? revision)
    {
        foreach (var name in LeftOut)
            revision?.Remove(name);
        return revision;
    }
}
