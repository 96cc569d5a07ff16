using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared;

namespace Weir.App.Server.Api;

/// <summary>Takes named values out of a JSON object, each of its type, and collects what is wrong: a value of another type, a name that is not known.</summary>
internal sealed class Arguments(JsonObject values)
{
    private const int LongestText = 100_000;
    private readonly HashSet<string> asked = [];
    private readonly List<FieldProblem> problems = [];

    /// <summary>What is wrong so far, with the names that nobody asked for.</summary>
    public IReadOnlyList<FieldProblem> Problems => [.. problems, .. values.Where(v => !asked.Contains(v.Key)).Select(v => new FieldProblem(v.Key, $"Not known here. Known: {string.Join(", ", asked)}."))];

    /// <param name="name">Its name.</param>
    /// <param name="required">It must be there.</param>
    /// <param name="longest">How many characters it may have.</param>
    /// <param name="mayBeBlank">There, and without a word, says something as well.</param>
    public string? Text(string name, bool required = false, int longest = LongestText, bool mayBeBlank = false)
    {
        var value = Take(name, required);
        if (value is null)
            return null;
        if (value.GetValueKind() != JsonValueKind.String)
            return Wrong<string>(name, "A text is expected.");
        var text = value.GetValue<string>();
        if (text.Length > longest)
            return Wrong<string>(name, $"At most {longest} characters.");
        if (text.Contains('\0', StringComparison.Ordinal))
            return Wrong<string>(name, "The text holds the character U+0000, which cannot be stored.");
        return required && !mayBeBlank && string.IsNullOrWhiteSpace(text) ? Wrong<string>(name, "It must not be empty.") : text;
    }

    public long? Number(string name, bool required = false)
    {
        var value = Take(name, required);
        if (value is null)
            return null;
        if (value is JsonValue number && number.TryGetValue<long>(out var whole))
            return whole;
        Wrong<string>(name, "A whole number is expected.");
        return null;
    }

    public bool? Boolean(string name) => Take(name, false) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<bool>(out var truth) => truth,
        _ => Wrong<bool?>(name, "true or false is expected."),
    };

    public IReadOnlyList<string> Texts(string name)
    {
        var value = Take(name, false);
        if (value is null)
            return [];
        if (value is JsonArray list && list.All(i => i?.GetValueKind() == JsonValueKind.String && !i.GetValue<string>().Contains('\0', StringComparison.Ordinal)))
            return [.. list.Select(i => i!.GetValue<string>())];
        problems.Add(new(name, "A list of texts is expected."));
        return [];
    }

    public JsonArray List(string name)
    {
        var value = Take(name, false);
        if (value is null or JsonArray)
            return value as JsonArray ?? [];
        problems.Add(new(name, "A list is expected."));
        return [];
    }

    public JsonObject Object(string name)
    {
        var value = Take(name, false);
        if (value is null or JsonObject)
            return value as JsonObject ?? [];
        problems.Add(new(name, "An object is expected."));
        return [];
    }

    public IReadOnlyDictionary<string, JsonElement> Values(string name) =>
        Object(name).ToDictionary(p => p.Key, p => p.Value is null ? JsonSerializer.SerializeToElement<object?>(null) : JsonSerializer.SerializeToElement(p.Value));

    /// <summary>The same values, of which nothing has been asked yet.</summary>
    public Arguments Again() => new(values);

    /// <summary>Whether this name means something here already.</summary>
    public bool IsAsked(string name) => asked.Contains(name);

    /// <summary>A value of whatever type.</summary>
    public JsonNode? Any(string name) => Take(name, false);

    /// <summary>Whether the name was given at all, even as null.</summary>
    public bool Has(string name) => values.ContainsKey(name);

    public void Wrong(string name, string message) => problems.Add(new(name, message));

    private JsonNode? Take(string name, bool required)
    {
        asked.Add(name);
        var value = values[name];
        if (value is null && required)
            problems.Add(new(name, "It is missing."));
        return value;
    }

    private T? Wrong<T>(string name, string message)
    {
        problems.Add(new(name, message));
        return default;
    }
}
