namespace Weir.Shared.Logs;

/// <summary>How a piece of a line looks. Colours: <see cref="None"/>, 0 to 15 of the palette, or <see cref="Rgb"/>.</summary>
public readonly record struct AnsiStyle(int Foreground, int Background, AnsiFlags Flags, string? Link)
{
    public const int None = -1;
    private const int TrueColour = 1 << 24;

    public static AnsiStyle Plain { get; } = new(None, None, 0, null);

    public static int Rgb(int red, int green, int blue) => TrueColour | (red & 255) << 16 | (green & 255) << 8 | blue & 255;

    public static bool IsRgb(int colour) => colour >= TrueColour;
}

/// <summary>What SGR codes switch on and off besides colour.</summary>
[Flags]
public enum AnsiFlags
{
    Bold = 1,
    Dim = 2,
    Italic = 4,
    Underline = 8,
    Inverse = 16,
    Strike = 32,
}
