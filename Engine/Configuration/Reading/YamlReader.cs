using System.Globalization;
using Weir.Shared.Configuration;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weir.Engine.Configuration.Reading;

/// <summary>
/// Reads one part into positioned nodes. Depth and number of nodes are counted on the events, before anything is built from them, so that no document, however nested or
/// however often it repeats itself, costs more than its limits.
/// </summary>
internal sealed class YamlReader
{
    public const int MaxDepth = 64;
    public const int MaxNodes = 200_000;

    private readonly SourceText source;
    private readonly Problems problems;
    private readonly Parser parser;
    private readonly Dictionary<string, YamlNode?> anchors = [];
    private int nodes;

    private YamlReader(SourceText source, Problems problems)
    {
        this.source = source;
        this.problems = problems;
        parser = new(new Scanner(new StringReader(source.Text), skipComments: true));
    }

    private ParsingEvent Current => parser.Current!;

    /// <summary>The part's document; null when it is unreadable (then the problems say why) or empty.</summary>
    public static YamlNode? Read(ConfigurationPart part, Problems problems)
    {
        var source = new SourceText(part);
        problems.KnowPart(part.Name);
        if (source.Flaw() is { } flaw)
        {
            problems.Add(flaw);
            return null;
        }
        var reader = new YamlReader(source, problems);
        try
        {
            return reader.ReadDocument();
        }
        catch (RefusedException e)
        {
            problems.Add(e.Problem);
        }
        catch (YamlException e)
        {
            problems.Add(reader.Explain(e));
        }
#pragma warning disable CA1031 // The YAML library throws other types for some broken documents; whatever it is, the text cannot be read.
        catch (Exception e) when (e is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            problems.Add(reader.At(reader.parser.Current?.End ?? Mark.Empty, $"This is not YAML: {e.Message}"));
        }
        return null;
    }

    private YamlNode? ReadDocument()
    {
        Next();
        if (!Next() || Current is StreamEnd)
            return null;
        Next();
        var root = ReadNode(1);
        Next();
        if (Next() && Current is DocumentStart)
            throw Refuse(Current.Start, "A part is one document; a second one starts here.");
        return root;
    }

    /// <summary>Reads the node at the current event; afterwards the current event is its last.</summary>
    private YamlNode ReadNode(int depth)
    {
        if (depth > MaxDepth)
            throw Refuse(Current.Start, $"Nested deeper than {MaxDepth} levels.");
        if (Current is AnchorAlias alias)
            return Resolve(alias, depth);
        Count(1, Current.Start);
        if (Current is not NodeEvent start)
            throw Refuse(Current.Start, "A value was expected here.");
        if (!start.Tag.IsEmpty)
            throw Refuse(start.Start, $"The tag {start.Tag} has no place here: remove it.");
        var name = start.Anchor.IsEmpty ? null : start.Anchor.Value;
        if (name is not null)
            anchors[name] = null;
        var node = start switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart => ReadList(depth),
            _ => ReadMap(depth),
        };
        if (name is not null)
            anchors[name] = node;
        return node;
    }

    private YamlNode Resolve(AnchorAlias alias, int depth)
    {
        var name = alias.Value.Value;
        if (!anchors.TryGetValue(name, out var node))
            throw Refuse(alias.Start, $"No anchor &{name} stands before this alias.{Suggestion.DidYouMean(name, anchors.Keys)}");
        if (node is null)
            throw Refuse(alias.Start, $"*{name} stands within its own anchor &{name}, so it would contain itself.");
        if (depth + node.Height - 1 > MaxDepth)
            throw Refuse(alias.Start, $"With what *{name} stands for this is nested deeper than {MaxDepth} levels.");
        Count(node.Size, alias.Start);
        return node;
    }

    private YamlNode ReadScalar(Scalar scalar)
    {
        for (var i = 0; i < scalar.Value.Length; i++)
        {
            if (scalar.Value[i] == '\0' || (char.IsSurrogate(scalar.Value[i]) && SourceText.FlawAt(scalar.Value, i) is not null))
                throw Refuse(scalar.Start, "This text holds a character that cannot be stored (NUL, or half a surrogate pair).");
        }
        return new()
        {
            Source = source,
            Kind = YamlKind.Scalar,
            Line = (int)scalar.Start.Line,
            Column = (int)scalar.Start.Column,
            EndLine = (int)scalar.End.Line,
            EndColumn = (int)scalar.End.Column,
            Text = scalar.Value,
            Plain = scalar.Style is ScalarStyle.Plain,
            Writing = scalar.Style switch
            {
                ScalarStyle.Plain => ScalarWriting.Plain,
                ScalarStyle.Literal => ScalarWriting.Literal,
                ScalarStyle.Folded => ScalarWriting.Folded,
                _ => ScalarWriting.Quoted,
            },
        };
    }

    private YamlNode ReadList(int depth)
    {
        var list = Begin(YamlKind.List);
        while (Next() && Current is not SequenceEnd)
        {
            var item = ReadNode(depth + 1);
            list.Items.Add(item);
            Contain(list, item);
        }
        return list;
    }

    private YamlNode ReadMap(int depth)
    {
        var map = Begin(YamlKind.Map);
        var merged = new List<(YamlNode Key, YamlNode Value)>();
        while (Next() && Current is not MappingEnd)
        {
            var key = ReadNode(depth + 1);
            if (key.Kind != YamlKind.Scalar)
                throw Refuse(key, "A key is a text, not a list or a map.");
            Next();
            var value = ReadNode(depth + 1);
            Contain(map, value);
            if (key is { Plain: true, Text: "<<" })
                merged.Add((key, value));
            else
                AddEntry(map, key, value);
        }
        foreach (var (key, value) in merged)
            Merge(map, key, value);
        return map;
    }

    private void AddEntry(YamlNode map, YamlNode key, YamlNode value)
    {
        if (key.Text.Any(c => CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Control))
            problems.Add(key, "", "This key holds a character that cannot be seen.");
        if (!map.Add(new(key, value)))
            problems.Add(key, "", $"The key \"{key.Text}\" stands twice in one map: here and at {map.Find(key.Text)!.Key.Place}.");
    }

    /// <summary>What <c>&lt;&lt;: *base</c> brings in: the keys that the map itself does not have, earlier bases first.</summary>
    private static void Merge(YamlNode map, YamlNode key, YamlNode value)
    {
        foreach (var from in value.Kind == YamlKind.List ? value.Items : [value])
        {
            if (from.Kind != YamlKind.Map)
                throw Refuse(key, "<< takes a map, or a list of maps.");
            foreach (var entry in from.Entries)
                map.Add(entry);
        }
    }

    private YamlNode Begin(YamlKind kind) => new() { Source = source, Kind = kind, Line = (int)Current.Start.Line, Column = (int)Current.Start.Column };

    private static void Contain(YamlNode parent, YamlNode child)
    {
        parent.Size += child.Size;
        parent.Height = Math.Max(parent.Height, child.Height + 1);
    }

    private void Count(int more, Mark at)
    {
        nodes += more;
        if (nodes > MaxNodes)
            throw Refuse(at, $"The part has more than {MaxNodes:N0} values, with what its aliases stand for.");
    }

    private bool Next() => parser.MoveNext();

    private ConfigurationProblem At(Mark mark, string message) => new(source.Part, Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column), "", message);

    private RefusedException Refuse(Mark mark, string message) => new(At(mark, message));

    private static RefusedException Refuse(YamlNode at, string message) => new(new(at.Source.Part, at.Line, at.Column, "", message));

    /// <summary>The library's words, with a hint where they are hard to understand, at the place that a person would look at.</summary>
    private ConfigurationProblem Explain(YamlException e)
    {
        var words = $"This is not YAML: {e.Message.TrimEnd('.').Replace(",  ", ", ", StringComparison.Ordinal)}.";
        if (words.Contains(" tab ", StringComparison.Ordinal))
        {
            // The library points at the start of the map in which the tab stands.
            var line = Enumerable.Range((int)e.Start.Line, 10_000).FirstOrDefault(n => source.Line(n).TrimStart(' ').StartsWith('\t'));
            if (line > 0)
                return new(source.Part, line, source.Line(line).IndexOf('\t', StringComparison.Ordinal) + 1, "", "This is not YAML: a tab in the indentation. Indentation is made of spaces.");
        }
        if (words.Contains("cannot start any token", StringComparison.Ordinal))
            words += " (A text that starts with a special character stands in quotes.)";
        return At(e.Start, words);
    }

    /// <summary>Ends the reading of a part at something that makes the rest meaningless.</summary>
    private sealed class RefusedException(ConfigurationProblem problem) : Exception
    {
        public ConfigurationProblem Problem { get; } = problem;
    }
}
