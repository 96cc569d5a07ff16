using System.Collections.Specialized;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Web;

namespace Weir.Engine.Changes.Hooks;

/// <summary>A place in a forge's JSON. What is absent, or is not of the kind that is asked for, is nothing: a forge may add and leave out what it likes.</summary>
internal readonly struct Payload(JsonElement element)
{
    private static readonly UTF8Encoding Strict = new(false, true);
    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    public Payload this[string name] => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? new(member) : default;

    public bool IsThere => element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>A text, or a number as it was written; null if it is neither.</summary>
    public string? Text => element.ValueKind switch
    {
        JsonValueKind.String => Plain(element),
        JsonValueKind.Number => element.GetRawText(),
        _ => null,
    };

    public bool? Flag => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    public long? Number => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) ? number : null;

    public IReadOnlyList<Payload> Items => element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().Select(e => new Payload(e))] : [];

    public IReadOnlyList<string> Texts => [.. Items.Select(i => i.Text).OfType<string>().Where(t => t.Length > 0)];

    /// <summary>ISO 8601, or milliseconds since 1970.</summary>
    public DateTimeOffset? Time => Number is { } ms and > 0 and < 253402300800000 ? DateTimeOffset.FromUnixTimeMilliseconds(ms)
        : Text is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>Reads a body: JSON, or a form whose field <c>payload</c> is JSON. What is wrong with it is said in words.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static Payload Read(string contentType, byte[] body)
    {
        try
        {
            var text = Strict.GetString(body);
            if (contentType.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
                text = Form(text)["payload"] ?? throw new FormatException("the form has no field \"payload\"");
            using var document = JsonDocument.Parse(text, JsonOptions);
            var root = document.RootElement.Clone();
            return root.ValueKind == JsonValueKind.Object ? new(root) : throw new FormatException("a JSON object was expected");
        }
        catch (DecoderFallbackException)
        {
            throw new FormatException("not UTF-8");
        }
        catch (JsonException e)
        {
            throw new FormatException(FormattableString.Invariant($"not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}"));
        }
    }

    private static NameValueCollection Form(string text) => HttpUtility.ParseQueryString(text);

    private static string Plain(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD"; // half a surrogate pair
        }
    }
}
