using System.Globalization;
using System.Text;
using Weir.Shared.Logs;

namespace Weir.App.Client.Logs;

/// <summary>A style as classes of <c>log.css</c>, and as inline colours where the palette has none.</summary>
internal static class AnsiCss
{
    public static string? Class(AnsiStyle style)
    {
        var (foreground, background) = Seen(style);
        var text = new StringBuilder();
        // On a painted ground the text takes the colour that reads best there; both as asked for is often unreadable.
        if (background is >= 0 and < 16)
            text.Append(CultureInfo.InvariantCulture, $"b{background} ");
        else if (background == Inverted)
            text.Append("inv ");
        else if (foreground is >= 0 and < 16 && !AnsiStyle.IsRgb(background))
            text.Append(CultureInfo.InvariantCulture, $"f{foreground} ");
        foreach (var (flag, name) in Names)
        {
            if (style.Flags.HasFlag(flag))
                text.Append(name).Append(' ');
        }
        return text.Length == 0 ? null : text.ToString(0, text.Length - 1);
    }

    public static string? Style(AnsiStyle style)
    {
        var (foreground, background) = Seen(style);
        if (AnsiStyle.IsRgb(background))
        {
            var (ground, text) = Legible.Ground(background);
            return $"background:{ground};color:{text}";
        }
        return AnsiStyle.IsRgb(foreground) && background == AnsiStyle.None ? $"color:{Legible.Text(foreground)}" : null;
    }

    private const int Inverted = -2;

    private static readonly (AnsiFlags Flag, string Name)[] Names =
        [(AnsiFlags.Bold, "bo"), (AnsiFlags.Dim, "di"), (AnsiFlags.Italic, "it"), (AnsiFlags.Underline, "un"), (AnsiFlags.Strike, "st")];

    private static (int Foreground, int Background) Seen(AnsiStyle style)
    {
        if (!style.Flags.HasFlag(AnsiFlags.Inverse))
            return (style.Foreground, style.Background);
        return (style.Background, style.Foreground == AnsiStyle.None ? Inverted : style.Foreground);
    }
}
