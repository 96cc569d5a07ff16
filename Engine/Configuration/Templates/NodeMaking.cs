using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Templates;

/// <summary>Makes nodes of others. What is untouched is shared, and every node keeps the place where it was written.</summary>
internal static class NodeMaking
{
    /// <summary>A map at the place of another.</summary>
    public static YamlNode Map(YamlNode at, IEnumerable<YamlEntry> entries)
    {
        var map = new YamlNode { Source = at.Source, Kind = YamlKind.Map, Line = at.Line, Column = at.Column };
        foreach (var entry in entries.Where(map.Add))
            Contain(map, entry.Value);
        return map;
    }

    /// <summary>A list at the place of another.</summary>
    public static YamlNode List(YamlNode at, IEnumerable<YamlNode> items)
    {
        var list = new YamlNode { Source = at.Source, Kind = YamlKind.List, Line = at.Line, Column = at.Column };
        foreach (var item in items)
        {
            list.Items.Add(item);
            Contain(list, item);
        }
        return list;
    }

    /// <summary>A text at the place of another. Where in it something stands is not told: it is not what was written.</summary>
    public static YamlNode Scalar(YamlNode at, string text, bool plain) =>
        new() { Source = at.Source, Kind = YamlKind.Scalar, Line = at.Line, Column = at.Column, EndLine = at.EndLine, EndColumn = at.EndColumn, Text = text, Plain = plain, Writing = ScalarWriting.Folded };

    /// <summary>Maps key by key, as deep as both are maps; of anything else the upper one counts as a whole.</summary>
    public static YamlNode Merge(YamlNode below, YamlNode above) => below.Kind != YamlKind.Map || above.Kind != YamlKind.Map ? above
        : Map(above, [.. below.Entries.Select(e => above.Find(e.Key.Text) is { } over ? new YamlEntry(over.Key, Merge(e.Value, over.Value)) : e), .. above.Entries.Where(e => below.Find(e.Key.Text) is null)]);

    /// <summary>The same without some keys.</summary>
    public static YamlNode Without(YamlNode map, params string[] keys) => map.Entries.Any(e => keys.Contains(e.Key.Text)) ? Map(map, map.Entries.Where(e => !keys.Contains(e.Key.Text))) : map;

    private static void Contain(YamlNode parent, YamlNode child)
    {
        parent.Size += child.Size;
        parent.Height = Math.Max(parent.Height, child.Height + 1);
    }
}
