using System.Globalization;
using System.Text.RegularExpressions;

namespace Weir.App.Client.Configuration;

/// <summary>One line of a text in a difference: its number, from 1, and the part of it that differs (from, to; empty where the whole line does, or nothing).</summary>
public sealed record DifferenceLine(int Number, string Text, int From = 0, int To = 0);

/// <summary>A row of a side-by-side difference: a line that stays (both sides), one that goes, one that comes, or one in the place of another. A row with a heading has no lines.</summary>
public sealed record DifferenceRow(string? Heading, DifferenceLine? Before, DifferenceLine? After, bool IsSame = false);

/// <summary>Reads a unified difference as rows of two columns.</summary>
public static partial class DifferenceRows
{
    /// <summary>What stands behind the last line of a text that ends without a line's end, where that has changed or the line has.</summary>
    public const string NoEnd = " (no newline at end of file)";

    public static IReadOnlyList<DifferenceRow> Of(string unified)
    {
        var rows = new List<DifferenceRow>();
        var (gone, come) = (new List<DifferenceLine>(), new List<DifferenceLine>());
        var (before, after) = (1, 1);
        List<DifferenceLine>? ended = null;
        var lines = unified.TrimEnd('\n').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            // A line that goes can begin with two hyphens itself, but is not followed by another file's name and a hunk.
            if (Begins(i, "--- ") && Begins(i + 1, "+++ ") && (i + 2 >= lines.Length || Begins(i + 2, "@@")))
            {
                Pair();
                rows.Add(new(line, null, null));
                if (lines[++i][4..] != line[4..])
                    rows.Add(new(lines[i], null, null));
                continue;
            }
            if (Begins(i, "@@"))
            {
                Pair();
                if (Hunk().Match(line) is { Success: true } hunk)
                    (before, after) = (Number(hunk.Groups[1]), Number(hunk.Groups[2]));
                rows.Add(new(line, null, null));
                continue;
            }
            switch (line)
            {
                case ['-', ..]:
                    gone.Add(new(before++, line[1..]));
                    ended = gone;
                    break;
                case ['+', ..]:
                    come.Add(new(after++, line[1..]));
                    ended = come;
                    break;
                // Of the line before it, which is the last of its text; of one that stays it tells nothing.
                case ['\\', ..]:
                    if (ended is [.., var last])
                        ended[^1] = last with { Text = last.Text + NoEnd };
                    break;
                default:
                    Pair();
                    ended = null;
                    var text = line.Length > 0 ? line[1..] : "";
                    rows.Add(new(null, new(before++, text), new(after++, text), IsSame: true));
                    break;
            }
        }
        Pair();
        return rows;

        bool Begins(int i, string with) => i < lines.Length && lines[i].StartsWith(with, StringComparison.Ordinal);

        void Pair()
        {
            for (var i = 0; i < Math.Max(gone.Count, come.Count); i++)
                rows.Add(i < gone.Count && i < come.Count ? Marked(gone[i], come[i]) : new(null, i < gone.Count ? gone[i] : null, i < come.Count ? come[i] : null));
            gone.Clear();
            come.Clear();
        }
    }

    /// <summary>What two lines begin and end with alike is not marked, if that is a good part of them.</summary>
    private static DifferenceRow Marked(DifferenceLine before, DifferenceLine after)
    {
        var (a, b) = (before.Text, after.Text);
        var shorter = Math.Min(a.Length, b.Length);
        var (start, end) = (0, 0);
        while (start < shorter && a[start] == b[start])
            start++;
        while (end < shorter - start && a[^(end + 1)] == b[^(end + 1)])
            end++;
        // Not between the halves of a character.
        if (start > 0 && char.IsHighSurrogate(a[start - 1]))
            start--;
        if (end > 0 && char.IsLowSurrogate(a[^end]))
            end--;
        return (start + end) * 3 < Math.Max(a.Length, b.Length) ? new(null, before, after) : new(null, before with { From = start, To = a.Length - end }, after with { From = start, To = b.Length - end });
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^@@ -(\d{1,9})(?:,\d+)? \+(\d{1,9})(?:,\d+)? @@", RegexOptions.NonBacktracking)]
    private static partial Regex Hunk();
}
