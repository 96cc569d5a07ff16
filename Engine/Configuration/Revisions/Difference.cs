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
        var diff = new Differ().CreateLineDiffs(old, current, ignoreWhitespace: false);
        foreach (var hunk in Hunks(diff.DiffBlocks))
            Write(text, diff, hunk);
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

    private static void Write(StringBuilder text, DiffResult diff, List<DiffBlock> hunk)
    {
        var (first, last) = (hunk[0], hunk[^1]);
        var lead = Math.Min(Context, Math.Min(first.DeleteStartA, first.InsertStartB));
        var (startA, startB) = (first.DeleteStartA - lead, first.InsertStartB - lead);
        var endA = Math.Min(diff.PiecesOld.Length, last.DeleteStartA + last.DeleteCountA + Context);
        var endB = last.InsertStartB + last.InsertCountB + (endA - last.DeleteStartA - last.DeleteCountA);
        text.Append(CultureInfo.InvariantCulture, $"@@ -{Span(startA, endA)} +{Span(startB, endB)} @@\n");
        var at = startA;
        foreach (var block in hunk)
        {
            Lines(' ', diff.PiecesOld, at, block.DeleteStartA);
            Lines('-', diff.PiecesOld, block.DeleteStartA, block.DeleteStartA + block.DeleteCountA);
            Lines('+', diff.PiecesNew, block.InsertStartB, block.InsertStartB + block.InsertCountB);
            at = block.DeleteStartA + block.DeleteCountA;
        }
        Lines(' ', diff.PiecesOld, at, endA);

        // As patch reads it: lines count from 1, and an empty span stands behind the line before it.
        static string Span(int start, int end) => string.Create(CultureInfo.InvariantCulture, $"{(end > start ? start + 1 : start)},{end - start}");

        void Lines(char mark, string[] pieces, int from, int to)
        {
            for (var i = from; i < to; i++)
                text.Append(mark).Append(pieces[i]).Append('\n');
        }
    }
}
