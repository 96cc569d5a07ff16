using System.Globalization;
using System.Text;
using DiffPlex;
using DiffPlex.Model;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>The difference between two configurations as unified text, part by part.</summary>
internal static class Difference
{
    private const int Context = 3;
    private const int MostLines = 20_000;

    /// <summary>Empty when nothing differs.</summary>
    public static string Between(IReadOnlyList<ConfigurationPart> before, IReadOnlyList<ConfigurationPart> after)
    {
        var text = new StringBuilder();
        foreach (var name in after.Concat(before).Select(p => p.Name).Distinct())
        {
            var (old, current) = (before.FirstOrDefault(p => p.Name == name)?.Text, after.FirstOrDefault(p => p.Name == name)?.Text);
            if (old == current)
                continue;
            text.Append(CultureInfo.InvariantCulture, $"--- {(old is null ? "/dev/null" : name)}\n+++ {(current is null ? "/dev/null" : name)}\n");
            Write(text, old ?? "", current ?? "");
        }
        return text.ToString();
    }

    private static void Write(StringBuilder text, string old, string current)
    {
        var (oldLines, newLines) = (old.AsSpan().Count('\n') + 1, current.AsSpan().Count('\n') + 1);
        if (oldLines + newLines > MostLines)
        {
            // Two long texts that have little in common would take too long to compare.
            text.Append(CultureInfo.InvariantCulture, $"@@ {oldLines} lines became {newLines}; too many to compare @@\n");
            return;
        }
        // Most often a few lines of a long text are others: what both begin with and end with, as whole lines, needs no comparing; its lines count, and some are context.
        var (begins, ends) = Alike(old, current);
        var head = old.AsSpan(0, begins).Count('\n') - LinesOf(old.AsSpan(0, begins), Context, fromEnd: true, out var from);
        LinesOf(old.AsSpan(old.Length - ends), Context, fromEnd: false, out var behind);
        var diff = new Differ().CreateCustomDiffs(old[from..(old.Length - ends + behind)], current[from..(current.Length - ends + behind)], ignoreWhiteSpace: false, Lines);
        foreach (var hunk in Hunks(diff.DiffBlocks))
            Write(text, diff, hunk, head);
    }

    // Each with its end; the last one may have none, and then is another line than the same with one.
    private static string[] Lines(string text)
    {
        var lines = new List<string>();
        for (var from = 0; from < text.Length; from += lines[^1].Length)
            lines.Add(text[from..(text.IndexOf('\n', from) is var end and >= 0 ? end + 1 : text.Length)]);
        return [.. lines];
    }

    // So many characters of whole lines at the beginning, and at the end, are the same in both.
    private static (int Begins, int Ends) Alike(string old, string current)
    {
        var begins = old.AsSpan().CommonPrefixLength(current);
        begins = old.AsSpan(0, begins).LastIndexOf('\n') + 1;
        var (left, right) = (old.Length, current.Length);
        while (left > begins && right > begins && old[left - 1] == current[right - 1])
            (left, right) = (left - 1, right - 1);
        var line = old.AsSpan(left).IndexOf('\n');
        return (begins, line < 0 ? 0 : old.Length - left - line - 1);
    }

    // Of the first or last so many lines of a text that ends with a line's end: how many there are, and where they begin or end.
    private static int LinesOf(ReadOnlySpan<char> text, int most, bool fromEnd, out int at)
    {
        at = fromEnd ? text.Length : 0;
        var count = 0;
        for (; count < most && (fromEnd ? at > 0 : at < text.Length); count++)
        {
            if (fromEnd)
                at = text[..(at - 1)].LastIndexOf('\n') + 1;
            else
                at = text[at..].IndexOf('\n') is var end and >= 0 ? at + end + 1 : text.Length;
        }
        return count;
    }

    /// <summary>Blocks so near that their context touches make one hunk.</summary>
    private static List<List<DiffBlock>> Hunks(IList<DiffBlock> blocks)
    {
        var hunks = new List<List<DiffBlock>>();
        foreach (var block in blocks)
        {
            if (hunks.Count > 0 && hunks[^1][^1] is var last && block.DeleteStartA - (last.DeleteStartA + last.DeleteCountA) <= 2 * Context)
                hunks[^1].Add(block);
            else
                hunks.Add([block]);
        }
        return hunks;
    }

    private static void Write(StringBuilder text, DiffResult diff, List<DiffBlock> hunk, int head)
    {
        var (first, last) = (hunk[0], hunk[^1]);
        var lead = Math.Min(Context, Math.Min(first.DeleteStartA, first.InsertStartB));
        var (startA, startB) = (first.DeleteStartA - lead, first.InsertStartB - lead);
        var endA = Math.Min(diff.PiecesOld.Length, last.DeleteStartA + last.DeleteCountA + Context);
        var endB = last.InsertStartB + last.InsertCountB + (endA - last.DeleteStartA - last.DeleteCountA);
        text.Append(CultureInfo.InvariantCulture, $"@@ -{Span(head + startA, head + endA)} +{Span(head + startB, head + endB)} @@\n");
        var at = startA;
        foreach (var block in hunk)
        {
            Mark(' ', diff.PiecesOld, at, block.DeleteStartA);
            Mark('-', diff.PiecesOld, block.DeleteStartA, block.DeleteStartA + block.DeleteCountA);
            Mark('+', diff.PiecesNew, block.InsertStartB, block.InsertStartB + block.InsertCountB);
            at = block.DeleteStartA + block.DeleteCountA;
        }
        Mark(' ', diff.PiecesOld, at, endA);

        // As patch reads it: lines count from 1, and an empty span stands behind the line before it.
        static string Span(int start, int end) => string.Create(CultureInfo.InvariantCulture, $"{(end > start ? start + 1 : start)},{end - start}");

        void Mark(char mark, string[] lines, int from, int to)
        {
            foreach (var line in lines[from..to])
            {
                text.Append(mark).Append(line);
                if (!line.EndsWith('\n'))
                    text.Append("\n\\ No newline at end of file\n");
            }
        }
    }
}
