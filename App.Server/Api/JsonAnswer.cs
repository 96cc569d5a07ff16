using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace Weir.App.Server.Api;

/// <summary>An answer of JSON. A reading caller gets its version as an ETag, and nothing but "not modified" when that is the version it has.</summary>
internal sealed class JsonAnswer(Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK) : IResult
{
    private const int UsualBytes = 16 * 1024;

    /// <summary>How all of REST is written: characters as they are, not as escapes for HTML.</summary>
    public static JsonWriterOptions Written { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public string? Location { get; init; }
    public string ContentType { get; init; } = "application/json; charset=utf-8";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = new ArrayBufferWriter<byte>(UsualBytes);
        await using (var writer = new Utf8JsonWriter(body, Written))
            write(writer);
        var (request, response) = (httpContext.Request, httpContext.Response);
        response.StatusCode = status;
        if (Location is not null)
            response.Headers.Location = Location;
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        response.Headers.CacheControl = reads ? "private, no-cache" : "no-store";
        // One that has a version of its own (that of a thing, to be written back) says nothing of the bytes.
        if (reads && status == StatusCodes.Status200OK && response.Headers.ETag.Count == 0)
        {
            // Weak: the bytes on the wire differ by compression.
            var version = new EntityTagHeaderValue("\"" + Convert.ToHexStringLower(SHA256.HashData(body.WrittenSpan).AsSpan(0, 12)) + "\"", isWeak: true);
            response.Headers.ETag = version.ToString();
            response.Headers.Vary = "Authorization, Cookie";
            if (EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known) && known.Any(k => k.Equals(EntityTagHeaderValue.Any) || k.Compare(version, useStrongComparison: false)))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        response.ContentType = ContentType;
        response.ContentLength = body.WrittenCount;
        await response.BodyWriter.WriteAsync(body.WrittenMemory, httpContext.RequestAborted);
    }
}
