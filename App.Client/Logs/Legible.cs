using System.Collections.Concurrent;
using System.Globalization;

namespace Weir.App.Client.Logs;

/// <summary>Moves any colour towards black or white until it can be read on our background: at least 4.5 to 1 in light and in dark.</summary>
internal static class Legible
{
    public const double Enough = 4.5;
    private const int Light = 0xffffff;
    private const int Dark = 0x14171a;

    // A log may paint a rainbow; what is remembered has an end.
    private const int Remembered = 4096;
    private static readonly ConcurrentDictionary<int, string> Known = new();

    /// <summary>The colour as CSS, one for each theme.</summary>
    public static string Text(int rgb)
    {
        rgb &= 0xffffff;
        if (Known.TryGetValue(rgb, out var known))
            return known;
        var css = $"light-dark({Css(Towards(rgb, 0x000000, Light))},{Css(Towards(rgb, 0xffffff, Dark))})";
        if (Known.Count < Remembered)
            Known.TryAdd(rgb, css);
        return css;
    }

    /// <summary>A background as it is, and black or white on it, whichever reads better.</summary>
    public static (string Background, string Text) Ground(int rgb)
    {
        rgb &= 0xffffff;
        return (Css(rgb), Contrast(rgb, 0) >= Contrast(rgb, 0xffffff) ? "#000" : "#fff");
    }

    public static double Contrast(int a, int b)
    {
        var (x, y) = (Luminance(a), Luminance(b));
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);
    }

    private static int Towards(int rgb, int end, int ground)
    {
        for (var step = 0; step < 20; step++)
        {
            var mixed = Mix(rgb, end, step / 20.0);
            if (Contrast(mixed, ground) >= Enough)
                return mixed;
        }
        return end;
    }

    private static int Mix(int a, int b, double part)
    {
        int Channel(int shift) => (int)Math.Round((a >> shift & 255) * (1 - part) + (b >> shift & 255) * part);
        return Channel(16) << 16 | Channel(8) << 8 | Channel(0);
    }

    private static double Luminance(int rgb)
    {
        static double Linear(int channel)
        {
            var c = channel / 255.0;
            return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * Linear(rgb >> 16 & 255) + 0.7152 * Linear(rgb >> 8 & 255) + 0.0722 * Linear(rgb & 255);
    }

    private static string Css(int rgb) => "#" + rgb.ToString("x6", CultureInfo.InvariantCulture);
}
