using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace Weir.Cli.Output;

/// <summary>How wide texts are on a terminal, and how a table is made to fit it.</summary>
internal static class Widths
{
    public const int Gap = 2;
    private const int Least = 8;

    /// <summary>In columns: some letters take two, some none.</summary>
    public static int Of(string text) => Ascii.IsValid(text) ? text.Length : new Segment(text).CellCount();

    /// <summary>The text, or as much as fits with an ellipsis behind it.</summary>
    public static string Cut(string text, int width)
    {
        if (Of(text) <= width)
            return text;
        var kept = new StringBuilder();
        var taken = 0;
        for (var elements = StringInfo.GetTextElementEnumerator(text); elements.MoveNext();)
        {
            var element = elements.GetTextElement();
            if (taken + Of(element) > width - 1)
                break;
            kept.Append(element);
            taken += Of(element);
        }
        return kept.Append('…').ToString();
    }

    /// <summary>Widths with which the columns fit: those that may shrink give way evenly, the widest first, down to eight letters, then all the others do; on a very narrow terminal once more, down to four.</summary>
    public static int[] Fit(int[] natural, bool[] shrinks, int width)
    {
        var widths = natural.ToArray();
        var excess = widths.Sum() + Gap * (widths.Length - 1) - width;
        foreach (var (may, least) in new[] { (true, Least), (false, Least), (true, Least / 2), (false, Least / 2) })
        {
            for (; excess > 0; excess--)
            {
                var widest = Enumerable.Range(0, widths.Length).Where(i => shrinks[i] == may && widths[i] > least).OrderByDescending(i => widths[i]).ThenByDescending(i => i).FirstOrDefault(-1);
                if (widest < 0)
                    break;
                widths[widest]--;
            }
        }
        return widths;
    }
}
