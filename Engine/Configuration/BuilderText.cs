using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weir.Engine.Configuration;

/// <summary>Finds the lines of a part that define a builder, as they were written, comments included.</summary>
internal static class BuilderText
{
    /// <summary>Null if the part does not define it by its name (a matrix or a template may).</summary>
    public static string? Find(string part, string builder)
    {
        try
        {
            return Read(part, new Parser(new StringReader(part)), builder);
        }
        catch (YamlException)
        {
            return null;
        }
    }

    private static string? Read(string part, Parser parser, string builder)
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _) || !Enter(parser, "builders", out _) || !Enter(parser, builder, out var start))
            return null;
        var end = 0;
        var depth = 0;
        do
        {
            end = (int)parser.Current!.End.Index;
            // The end of a mapping in braces is told without the brace.
            if (parser.Current is MappingEnd && end < part.Length && part[end] == '}')
                end++;
            depth += parser.Current.NestingIncrease;
        }
        while (parser.MoveNext() && depth > 0);
        return Cut(part, start, end);
    }

    // Walks a mapping to the value of the key.
    private static bool Enter(Parser parser, string key, out Mark at)
    {
        at = Mark.Empty;
        if (!parser.TryConsume<MappingStart>(out _))
            return false;
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (parser.Accept<Scalar>(out var name) && name.Value == key)
            {
                at = name.Start;
                parser.MoveNext();
                return true;
            }
            parser.SkipThisAndNestedEvents();
            parser.SkipThisAndNestedEvents();
        }
        return false;
    }

    // An indented mapping ends where the next thing begins: what stands between (empty lines, comments of the next builder) is not its own.
    private static string Cut(string part, Mark start, int end)
    {
        var indent = (int)start.Column - 1;
        var lines = part[(int)start.Index..end].Split('\n').Select(l => l.TrimEnd()).ToList();
        while (lines.Count > 1 && (lines[^1].Length == 0 || lines[^1].TrimStart().StartsWith('#')))
            lines.RemoveAt(lines.Count - 1);
        return string.Join('\n', lines.Select(l => l[..Math.Min(indent, l.Length)].Trim().Length == 0 ? l[Math.Min(indent, l.Length)..] : l)) + "\n";
    }
}
