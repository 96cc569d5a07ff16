using System.Globalization;
using System.Net;
using System.Text;

namespace Weir.App.Server.Badges;

/// <summary>The shapes a badge can have.</summary>
internal enum BadgeStyle
{
    Flat,
    FlatSquare,
    Plastic,
}

/// <summary>Draws a badge: a label on grey, a message on a colour, readable as text and by a screen reader. No font is measured; a fixed width of the text makes every viewer draw it alike.</summary>
internal static class BadgeSvg
{
    private const string LabelColour = "#474d52";
    private const int Padding = 6;

    public static string Draw(string label, string message, string colour, BadgeStyle style)
    {
        (label, message) = (Legal(label), Legal(message));
        var (left, right) = (label.Length == 0 ? 0 : Box(label), Box(message));
        var radius = style switch { BadgeStyle.FlatSquare => 0, BadgeStyle.Plastic => 4, _ => 3 };
        var spoken = Escape(label.Length == 0 ? message : $"{label}: {message}");
        var shine = style == BadgeStyle.FlatSquare ? "" : $"""<linearGradient id="s" x2="0" y2="1"><stop offset="0" stop-color="#fff" stop-opacity="{(style == BadgeStyle.Plastic ? ".35" : ".1")}"/><stop offset="1" stop-color="#000" stop-opacity=".1"/></linearGradient>""";
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" viewBox="0 0 {left + right} 20" role="img" aria-label="{spoken}">
            <title>{spoken}</title>
            <defs>{shine}<clipPath id="r"><rect width="{left + right}" height="20" rx="{radius}"/></clipPath></defs>
            <g clip-path="url(#r)"><rect width="{left}" height="20" fill="{LabelColour}"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/>{(shine.Length == 0 ? "" : $"<rect width=\"{left + right}\" height=\"20\" fill=\"url(#s)\"/>")}</g>
            <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" aria-hidden="true">{Text(label, 0, left)}{Text(message, left, right)}</g>
            </svg>

            """);
    }

    private static string Text(string text, int from, int box) => text.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
        $"""<text x="{from + box / 2.0}" y="14" textLength="{box - 2 * Padding}" lengthAdjust="spacingAndGlyphs">{Escape(text)}</text>""");

    private static int Box(string text) => (int)Math.Ceiling(text.EnumerateRunes().Sum(Width)) + 2 * Padding;

    // Verdana at 11 pixels, by groups that are about as wide.
    private static double Width(Rune rune) => rune.Value switch
    {
        'i' or 'j' or 'l' or '\'' or '|' => 3.2,
        ' ' or '.' or ',' or ':' or ';' or '!' or 'f' or 't' or 'I' => 4.2,
        'r' or '(' or ')' or '[' or ']' or '/' or '\\' or '-' or '"' => 4.9,
        'm' or '%' => 10.8,
        'w' or '+' or '=' or '~' or '<' or '>' or '#' or '_' => 8.8,
        'M' or 'W' or '@' => 10.5,
        >= '0' and <= '9' => 7,
        >= 'A' and <= 'Z' => 7.9,
        < 0x80 => 6.7,
        // East Asian writing and pictures fill a square.
        >= 0x1100 and (< 0x1200 or >= 0x2E80) => 11,
        _ => 7.2,
    };

    // What XML cannot hold, even escaped.
    private static string Legal(string text) => string.Concat(text.EnumerateRunes().Where(r => r.Value >= 0x20 && r.Value is not (0x7F or 0xFFFE or 0xFFFF or 0xFFFD)).Select(r => r.ToString()));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
