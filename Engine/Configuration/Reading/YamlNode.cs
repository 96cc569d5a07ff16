using System.Globalization;

namespace Weir.Engine.Configuration.Reading;

internal enum YamlKind
{
    Scalar,
    List,
    Map,
}

/// <summary>An entry of a map: its key with its own position, and its value.</summary>
internal sealed record YamlEntry(YamlNode Key, YamlNode Value);

/// <summary>A node of a part with its position. Aliases share the node that they name.</summary>
internal sealed class YamlNode
{
    private readonly List<YamlEntry> entries = [];
    private readonly Dictionary<string, YamlEntry> byKey = [];

    public required SourceText Source { get; init; }
    public required YamlKind Kind { get; init; }
    public required int Line { get; init; }
    public required int Column { get; init; }

    /// <summary>A scalar's text.</summary>
    public string Text { get; init; } = "";

    /// <summary>Written without quotes, so it may also be a number, true, false or nothing.</summary>
    public bool Plain { get; init; }

    /// <summary>Where and how a scalar is written, for positions within it.</summary>
    public ScalarWriting Writing { get; init; }
    public int EndLine { get; init; }
    public int EndColumn { get; init; }
    public List<YamlNode> Items { get; } = [];

    /// <summary>A map's entries in the order of writing; see <see cref="Add"/>.</summary>
    public IReadOnlyList<YamlEntry> Entries => entries;

    /// <summary>Nodes in all, with what aliases stand for.</summary>
    public int Size { get; set; } = 1;
    public int Height { get; set; } = 1;

    public bool IsNothing => Kind == YamlKind.Scalar && Plain && Text is "" or "~" or "null" or "Null" or "NULL";
    public string Place => string.Create(CultureInfo.InvariantCulture, $"{Source.Part}:{Line}:{Column}");

    /// <summary>The value under a key; null if there is no such key or this is no map.</summary>
    public YamlNode? this[string key] => Find(key)?.Value;

    public YamlEntry? Find(string key) => byKey.GetValueOrDefault(key);

    /// <summary>False when the key is there already.</summary>
    public bool Add(YamlEntry entry)
    {
        if (!byKey.TryAdd(entry.Key.Text, entry))
            return false;
        entries.Add(entry);
        return true;
    }

    /// <summary>Line and column of a character of this scalar's text. Where the writing makes this uncertain (folded or escaped text), the start of the scalar.</summary>
    public (int Line, int Column) PositionAt(int offset)
    {
        switch (Writing)
        {
            case ScalarWriting.Plain when EndLine == Line:
                return (Line, Column + offset);
            case ScalarWriting.Quoted when EndLine == Line && EndColumn - Column - 2 == Text.Length:
                return (Line, Column + 1 + offset);
            case ScalarWriting.Literal:
                var before = Text.AsSpan(0, Math.Min(offset, Text.Length));
                var line = Line + 1 + before.Count('\n');
                var inLine = before.Length - (before.LastIndexOf('\n') + 1);
                var end = Text.IndexOf('\n', offset - inLine);
                var content = Text[(offset - inLine)..(end < 0 ? Text.Length : end)];
                var written = Source.Line(line);
                return written.EndsWith(content, StringComparison.Ordinal) ? (line, written.Length - content.Length + inLine + 1) : (Line, Column);
            default:
                return (Line, Column);
        }
    }

    /// <summary>What stands here, for "expected …, not …".</summary>
    public string Describe() => Kind switch
    {
        YamlKind.List => "a list",
        YamlKind.Map => "a map",
        _ when IsNothing => "nothing",
        _ => $"\"{Shorten(Text)}\"",
    };

    private static string Shorten(string text)
    {
        var line = text.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0 ? text[..end] + "…" : text;
        return line.Length <= 60 ? line : string.Concat(line.AsSpan(0, 60), "…");
    }
}

internal enum ScalarWriting
{
    Plain,
    Quoted,
    Literal,
    Folded,
}
