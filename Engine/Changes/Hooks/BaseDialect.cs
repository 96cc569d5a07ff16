using System.Collections.Specialized;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Web;
using Weir.Shared.Changes;

namespace Weir.Engine.Changes.Hooks;

/// <summary>Reads a webhook of the dialect <c>base</c>: one change as a form or as a JSON object. Pure; what is wrong is said in words.</summary>
internal static class BaseDialect
{
    private static readonly UTF8Encoding Strict = new(false, true);
    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>The change, or what is wrong.</summary>
    public static (NewChange? Change, string? Problem) Read(string contentType, byte[] body)
    {
        try
        {
            var text = Strict.GetString(body);
            return contentType.Split(';')[0].Trim().ToLowerInvariant() switch
            {
                "application/json" or "text/json" => (FromJson(text), null),
                "application/x-www-form-urlencoded" or "" => (FromForm(HttpUtility.ParseQueryString(text)), null),
                var other => (null, $"a form or JSON was expected, not {ChangeText.Fit(other, 100)}"),
            };
        }
        catch (DecoderFallbackException)
        {
            return (null, "not UTF-8");
        }
        catch (JsonException e)
        {
            return (null, $"not JSON: {Where(e)}");
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
    }

    private static NewChange FromForm(NameValueCollection form) => Make(
        name => form[name],
        files: form["files"] is { Length: > 0 } files ? Parse("files", files) : null,
        properties: form["properties"] is { Length: > 0 } properties ? Parse("properties", properties) : null);

    private static NewChange FromJson(string text)
    {
        using var document = JsonDocument.Parse(text, JsonOptions);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new FormatException("a JSON object was expected");
        var root = document.RootElement.Clone();
        return Make(name => Text(root, name), Member(root, "files"), Member(root, "properties"));
    }

    private static NewChange Make(Func<string, string?> field, JsonElement? files, JsonElement? properties) => new()
    {
        Author = field("author") ?? field("who") ?? "",
        Committer = field("committer"),
        Comments = field("comments") ?? "",
        Files = Files(files),
        Revision = field("revision"),
        Branch = field("branch"),
        Category = field("category"),
        Codebase = field("codebase"),
        Project = field("project"),
        Repository = field("repository"),
        RevisionLink = field("revlink"),
        Properties = Properties(properties),
        When = When(field("when")),
    };

    private static JsonElement? Member(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? Parse(name, Plain(value, name)) : value;
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => Plain(value, name),
        JsonValueKind.Number => value.GetRawText(),
        _ => throw new FormatException($"{name}: a text was expected"),
    } : null;

    private static string Plain(JsonElement value, string name)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new FormatException($"{name}: half a surrogate pair");
        }
    }

    private static JsonElement Parse(string name, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, JsonOptions);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new FormatException($"{name}: not JSON: {Where(e)}");
        }
    }

    private static IReadOnlyList<string> Files(JsonElement? files)
    {
        if (files is null)
            return [];
        if (files.Value.ValueKind != JsonValueKind.Array || files.Value.EnumerateArray().Any(f => f.ValueKind != JsonValueKind.String))
            throw new FormatException("files: a list of texts was expected");
        return [.. files.Value.EnumerateArray().Select(f => Plain(f, "files"))];
    }

    private static IReadOnlyDictionary<string, JsonElement> Properties(JsonElement? properties)
    {
        if (properties is null)
            return new Dictionary<string, JsonElement>();
        if (properties.Value.ValueKind != JsonValueKind.Object)
            throw new FormatException("properties: an object was expected");
        return properties.Value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
    }

    private static DateTimeOffset? When(string? seconds)
    {
        if (string.IsNullOrWhiteSpace(seconds))
            return null;
        if (!double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !(value is >= 0 and < 253402300800))
            throw new FormatException("when: seconds since 1970 were expected");
        return DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Round(value * 1000));
    }

    private static string Where(JsonException e) => FormattableString.Invariant($"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
}
