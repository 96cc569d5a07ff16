using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Format;

/// <summary>Values of properties: what a node is as JSON, and which unquoted texts are refused because not all readers of YAML agree on them.</summary>
internal static partial class JsonScalar
{
    private static readonly HashSet<string> Switches = new(["yes", "no", "on", "off", "y", "n"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Why this unquoted text is ambiguous; null if it is not.</summary>
    public static string? Ambiguity(string text)
    {
        if (Switches.Contains(text) || (text is not ("true" or "false") && bool.TryParse(text, out _)))
            return $"\"{text}\" is a switch for some readers of YAML and a text for others: write true or false, or quote it: '{text}'.";
        if (IsNumber(text))
            return null;
        return LooksLikeNumberOrTime().IsMatch(text) ? $"\"{text}\" is read differently by different readers of YAML: quote it if it is a text ('{text}'), or write it as a plain decimal number." : null;
    }

    public static JsonNode? Read(YamlNode node) => node.Kind switch
    {
        YamlKind.List => new JsonArray([.. node.Items.Select(Read)]),
        YamlKind.Map => new JsonObject(node.Entries.Select(e => KeyValuePair.Create(e.Key.Text, Read(e.Value)))),
        _ when !node.Plain => JsonValue.Create(node.Text),
        _ when node.IsNothing => null,
        _ when node.Text is "true" or "false" => JsonValue.Create(node.Text == "true"),
        _ when IsNumber(node.Text) => JsonNode.Parse(node.Text),
        _ => JsonValue.Create(node.Text),
    };

    public static JsonElement ReadElement(YamlNode node) => JsonSerializer.SerializeToElement(Read(node));

    public static bool IsNumber(string text) => Number().IsMatch(text) && text.Length <= 18 && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    // No exponent, no leading zeros, no trailing zeros behind the point: 1.10 may be a version.
    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    [GeneratedRegex(@"^([-+]?\.?[0-9][0-9_,.]*([eE][-+]?[0-9]+)?|0[xob][0-9a-fA-F_]+|[-+]?[0-9]+(:[0-9]{1,2})+(\.[0-9]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z", RegexOptions.NonBacktracking)]
    private static partial Regex LooksLikeNumberOrTime();
}
