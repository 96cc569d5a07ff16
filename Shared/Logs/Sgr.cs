using System.Globalization;

namespace Weir.Shared.Logs;

/// <summary>The codes of "select graphic rendition", <c>ESC [ … m</c>. Unknown ones change nothing.</summary>
public static class Sgr
{
    private const int MaxCodes = 64;

    public static AnsiStyle Apply(AnsiStyle style, ReadOnlySpan<char> parameters)
    {
        // Private sequences (ESC [ ? … m, ESC [ > … m) are no colours.
        if (parameters.IndexOfAny("<=>?") >= 0)
            return style;
        Span<int> codes = stackalloc int[MaxCodes];
        var count = 0;
        // Colons separate what belongs to one code (38:2::r:g:b); read flat, the empty colour space of that form is dropped.
        foreach (var part in parameters.Split(';'))
        {
            var start = count;
            foreach (var sub in parameters[part].Split(':'))
            {
                if (count == MaxCodes)
                    break;
                codes[count++] = int.TryParse(parameters[part][sub], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;
            }
            if (count - start == 6 && codes[start] is 38 or 48 && codes[start + 1] == 2)
            {
                codes.Slice(start + 3, 3).CopyTo(codes[(start + 2)..]);
                count--;
            }
            else if (count - start > 1 && codes[start] == 4)
            {
                // 4:3 is a curly underline, 4:0 none.
                codes[start] = codes[start + 1] == 0 ? 24 : 4;
                count = start + 1;
            }
        }
        return Apply(style, codes[..count]);
    }

    private static AnsiStyle Apply(AnsiStyle style, ReadOnlySpan<int> codes)
    {
        for (var i = 0; i < codes.Length; i++)
        {
            var code = codes[i];
            if (code is 38 or 48)
            {
                var (colour, used) = Extended(codes[(i + 1)..]);
                i += used;
                if (colour is { } c)
                    style = code == 38 ? style with { Foreground = c } : style with { Background = c };
                continue;
            }
            style = code switch
            {
                0 => AnsiStyle.Plain with { Link = style.Link },
                1 => style with { Flags = style.Flags | AnsiFlags.Bold },
                2 or 8 => style with { Flags = style.Flags | AnsiFlags.Dim },
                3 => style with { Flags = style.Flags | AnsiFlags.Italic },
                4 or 21 => style with { Flags = style.Flags | AnsiFlags.Underline },
                7 => style with { Flags = style.Flags | AnsiFlags.Inverse },
                9 => style with { Flags = style.Flags | AnsiFlags.Strike },
                22 => style with { Flags = style.Flags & ~(AnsiFlags.Bold | AnsiFlags.Dim) },
                23 => style with { Flags = style.Flags & ~AnsiFlags.Italic },
                24 => style with { Flags = style.Flags & ~AnsiFlags.Underline },
                27 => style with { Flags = style.Flags & ~AnsiFlags.Inverse },
                28 => style with { Flags = style.Flags & ~AnsiFlags.Dim },
                29 => style with { Flags = style.Flags & ~AnsiFlags.Strike },
                >= 30 and <= 37 => style with { Foreground = code - 30 },
                39 => style with { Foreground = AnsiStyle.None },
                >= 40 and <= 47 => style with { Background = code - 40 },
                49 => style with { Background = AnsiStyle.None },
                >= 90 and <= 97 => style with { Foreground = code - 82 },
                >= 100 and <= 107 => style with { Background = code - 92 },
                _ => style,
            };
        }
        return style;
    }

    private static (int? Colour, int Used) Extended(ReadOnlySpan<int> codes) => codes switch
    {
        [5, var n, ..] => (Indexed(n), 2),
        [2, var r, var g, var b, ..] => (AnsiStyle.Rgb(Math.Min(r, 255), Math.Min(g, 255), Math.Min(b, 255)), 4),
        _ => (null, codes.Length),
    };

    private static int? Indexed(int n) => n switch
    {
        < 0 or > 255 => null,
        < 16 => n,
        < 232 => AnsiStyle.Rgb(Level((n - 16) / 36), Level((n - 16) / 6 % 6), Level((n - 16) % 6)),
        _ => AnsiStyle.Rgb(8 + (n - 232) * 10, 8 + (n - 232) * 10, 8 + (n - 232) * 10),
    };

    private static int Level(int step) => step == 0 ? 0 : 55 + step * 40;
}
