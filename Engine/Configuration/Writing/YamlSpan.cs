using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weir.Engine.Configuration.Writing;

internal enum SpanKind
{
    Scalar,
    List,
    Map,
    Alias,
}

/// <summary>An entry of a map as it is written: where its key stands, and its value.</summary>
internal sealed record SpanEntry(string Key, int KeyStart, int KeyEnd, YamlSpan Value);

/// <summary>Where in a text a value of YAML is written, from its first character to behind its last. Positions are indexes of the text.</summary>
internal sealed class YamlSpan
{
    public required SpanKind Kind { get; init; }

    /// <summary>In brackets or braces.</summary>
    public bool IsFlow { get; init; }
    public required int Start { get; init; }
    public int End { get; private set; }
    public List<SpanEntry> Entries { get; } = [];
    public List<YamlSpan> Items { get; } = [];

    /// <summary>The spans of a document that can be read; null if it is empty.</summary>
    public static YamlSpan? Read(string text)
    {
        var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        parser.Consume<StreamStart>();
        return parser.TryConsume<DocumentStart>(out _) ? Read(parser, text) : null;
    }

    public SpanEntry? Find(string key) => Entries.Find(e => e.Key == key);

    private static YamlSpan Read(Parser parser, string text)
    {
        var begin = parser.Current!;
        parser.MoveNext();
        switch (begin)
        {
            case SequenceStart list:
                var items = new YamlSpan { Kind = SpanKind.List, IsFlow = list.Style == SequenceStyle.Flow, Start = (int)begin.Start.Index };
                while (!parser.Accept<SequenceEnd>(out _))
                    items.Items.Add(Read(parser, text));
                items.Close(parser, text, ']', items.Items.LastOrDefault());
                return items;
            case MappingStart map:
                var entries = new YamlSpan { Kind = SpanKind.Map, IsFlow = map.Style == MappingStyle.Flow, Start = (int)begin.Start.Index };
                while (!parser.Accept<MappingEnd>(out _))
                {
                    var name = (parser.Current as Scalar)?.Value ?? "";
                    var key = Read(parser, text);
                    entries.Entries.Add(new(name, key.Start, key.End, Read(parser, text)));
                }
                entries.Close(parser, text, '}', entries.Entries.LastOrDefault()?.Value);
                return entries;
            default:
                var end = Math.Min((int)begin.End.Index, text.Length);
                while (end > begin.Start.Index && char.IsWhiteSpace(text[end - 1]))
                    end--;
                return new() { Kind = begin is AnchorAlias ? SpanKind.Alias : SpanKind.Scalar, Start = (int)begin.Start.Index, End = end };
        }
    }

    // The parser tells the end of a block only where the next thing begins, and that of brackets sometimes without the bracket.
    private void Close(Parser parser, string text, char bracket, YamlSpan? last)
    {
        var end = parser.Current!;
        parser.MoveNext();
        End = IsFlow ? (int)end.Start.Index + (text.AsSpan((int)end.Start.Index).StartsWith([bracket]) ? 1 : 0) : Math.Max(last?.End ?? 0, Start);
    }
}
