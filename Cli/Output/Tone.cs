using Spectre.Console;

namespace Weir.Cli.Output;

/// <summary>How a word looks on a terminal that has colours.</summary>
internal enum Tone
{
    Plain,
    Dim,
    Bold,
    Good,
    Warning,
    Bad,
    Running,
}

/// <summary>The styles of tones. Never is a colour the only sign: the word says the same.</summary>
internal static class Tones
{
    public static Style Style(this Tone tone) => tone switch
    {
        Tone.Dim => new(decoration: Decoration.Dim),
        Tone.Bold => new(decoration: Decoration.Bold),
        Tone.Good => new(Color.Green),
        Tone.Warning => new(Color.Yellow),
        Tone.Bad => new(Color.Red, decoration: Decoration.Bold),
        Tone.Running => new(Color.Blue),
        _ => Spectre.Console.Style.Plain,
    };

    public static Tone OfResult(int? results) => results switch
    {
        0 => Tone.Good,
        1 => Tone.Warning,
        2 or 4 => Tone.Bad,
        null => Tone.Running,
        _ => Tone.Dim,
    };
}
