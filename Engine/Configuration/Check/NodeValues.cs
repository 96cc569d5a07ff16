using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Check;

/// <summary>Reads values of a map that has been checked. What is absent, or was complained about, gives the default: the binding goes on, so that all complaints come at once.</summary>
internal static class NodeValues
{
    public static string? Text(this YamlNode map, string key) => map[key] is { Kind: YamlKind.Scalar, IsNothing: false } node ? node.Text : null;

    /// <summary>The texts of a list, or of a single value that stands for one.</summary>
    public static IReadOnlyList<string> Texts(this YamlNode map, string key) => [.. map.TextNodes(key).Select(n => n.Node.Text)];

    /// <summary>The same with their nodes and paths.</summary>
    public static IEnumerable<(YamlNode Node, string Path)> TextNodes(this YamlNode map, string key)
    {
        if (map[key] is not { } node)
            return [];
        return node.Kind == YamlKind.Scalar
            ? node.IsNothing ? [] : [(node, key)]
            : node.Items.Select((item, i) => (item, FormattableString.Invariant($"{key}[{i}]"))).Where(n => n.item.Kind == YamlKind.Scalar);
    }

    public static bool Flag(this YamlNode map, string key, bool otherwise) => map.Text(key) switch
    {
        "true" => true,
        "false" => false,
        _ => otherwise,
    };

    public static int Number(this YamlNode map, string key, int otherwise) => map[key] is { } node && NumberKind.TryRead(node, out var number) ? number : otherwise;

    public static int? Number(this YamlNode map, string key) => map[key] is { } node && NumberKind.TryRead(node, out var number) ? number : null;

    /// <summary>Null: <c>never</c>.</summary>
    public static TimeSpan? Span(this YamlNode map, string key, TimeSpan? otherwise) => map.Text(key) is { } text && DurationKind.TryRead(text, out var span) ? span : otherwise;

    public static Uri? Url(this YamlNode map, string key) => map.Text(key) is { } text ? UrlKind.TryRead(text) : null;

    /// <summary>The entries of a map of names; none if it is absent or no map.</summary>
    public static IReadOnlyList<YamlEntry> Map(this YamlNode map, string key) => map[key]?.Entries ?? [];

    public static IReadOnlyDictionary<string, System.Text.Json.JsonElement> Values(this YamlNode map, string key) => map.Map(key).ToDictionary(e => e.Key.Text, e => JsonScalar.ReadElement(e.Value));

    public static IReadOnlyDictionary<string, string> Variables(this YamlNode map, string key) =>
        map.Map(key).Where(e => e.Value.Kind == YamlKind.Scalar).ToDictionary(e => e.Key.Text, e => e.Value.Text);
}
