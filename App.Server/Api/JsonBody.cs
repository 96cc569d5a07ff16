using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weir.App.Server.Api;

/// <summary>Reads a body that must be one JSON object. Size was limited before; then comes the content type, then the shape; each says what is wrong.</summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>The object, or the answer that refuses the request.</summary>
    public static async Task<(JsonObject? Body, IResult? Refusal)> Read(HttpRequest request, bool mayBeEmpty, CancellationToken cancellation)
    {
        if (mayBeEmpty && request.ContentLength is null or 0 && request.ContentType is null)
            return ([], null);
        if (!request.HasJsonContentType())
            return (null, Problems.Answer(StatusCodes.Status415UnsupportedMediaType, $"The content type application/json is expected, not {request.ContentType ?? "none"}."));
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, Strict, cancellation);
            if (!IsText(document.RootElement))
                return (null, Problems.Answer(StatusCodes.Status400BadRequest, "The body holds half of a surrogate pair, or bytes that are not UTF-8."));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (JsonObject.Create(document.RootElement.Clone()), null)
                : (null, Problems.Answer(StatusCodes.Status400BadRequest, $"The body must be a JSON object, not {document.RootElement.ValueKind.ToString().ToLowerInvariant()}."));
        }
        catch (JsonException e)
        {
            return (null, Problems.Answer(StatusCodes.Status400BadRequest, $"The body is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."));
        }
    }

    /// <summary>Whatever JSON the body is; null with the reason if it is none.</summary>
    public static async Task<(JsonNode? Body, string? Problem)> ReadAny(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, Strict, cancellation);
            if (!IsText(document.RootElement))
                return (null, "half of a surrogate pair, or bytes that are not UTF-8");
            var root = document.RootElement.Clone();
            return (root.ValueKind switch { JsonValueKind.Object => JsonObject.Create(root), JsonValueKind.Array => JsonArray.Create(root), JsonValueKind.Null => JsonValue.Create("null"), _ => JsonValue.Create(root) }, null);
        }
        catch (JsonException e)
        {
            return (null, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        }
    }

    // JSON may escape half of a surrogate pair; the reader finds out only when the text is asked for.
    private static bool IsText(JsonElement element)
    {
        try
        {
            return element.ValueKind switch
            {
                JsonValueKind.Object => element.EnumerateObject().All(p => p.Name is not null && IsText(p.Value)),
                JsonValueKind.Array => element.EnumerateArray().All(IsText),
                JsonValueKind.String => element.GetString() is not null,
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
