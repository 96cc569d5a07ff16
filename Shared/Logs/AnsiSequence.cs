using System.Globalization;

namespace Weir.Shared.Logs;

/// <summary>Reads the sequences that begin with an escape, for those who show a line and for those who only want to know the style that it leaves on.</summary>
public static class AnsiSequence
{
    public const char Escape = '\x1b';

    // A longer one is none.
    private const int Longest = 4096;

    /// <summary>
    /// Obeys a colour or a link, and tells any other control sequence; <paramref name="at"/> is behind the escape. Answers where the text goes on.
    /// What does not end is dropped without its text.
    /// </summary>
    public static int Read(ReadOnlySpan<char> line, int at, ref AnsiStyle style, out AnsiControl control)
    {
        control = default;
        if (at >= line.Length)
            return at;
        return line[at] switch
        {
            '[' => Control(line, at + 1, ref style, out control),
            ']' => Command(line, at + 1, isLink: true, ref style),
            'P' or 'X' or '^' or '_' => Command(line, at + 1, isLink: false, ref style),
            _ => Plain(line, at),
        };
    }

    /// <summary>The style that a line leaves on, whatever it shows.</summary>
    public static AnsiStyle After(AnsiStyle style, ReadOnlySpan<byte> line)
    {
        if (!line.Contains((byte)Escape))
            return style;
        var text = System.Text.Encoding.UTF8.GetString(line).AsSpan();
        for (var i = 0; text[i..].IndexOf(Escape) is >= 0 and var next;)
            i = Math.Min(text.Length, Read(text, i + next + 1, ref style, out _));
        return style;
    }

    private static int Plain(ReadOnlySpan<char> line, int at)
    {
        while (at < line.Length && line[at] is >= ' ' and <= '/')
            at++;
        return Math.Min(line.Length, at + 1);
    }

    private static int Control(ReadOnlySpan<char> line, int at, ref AnsiStyle style, out AnsiControl control)
    {
        control = default;
        var end = at;
        while (end < line.Length && line[end] is >= ' ' and <= '?')
            end++;
        if (end >= line.Length || line[end] is < '@' or > '~')
            return end;
        if (end - at <= Longest)
        {
            var parameters = line[at..end];
            if (line[end] == 'm')
                style = Sgr.Apply(style, parameters);
            else
                control = new(line[end], int.TryParse(parameters, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null);
        }
        return end + 1;
    }

    /// <summary>A command up to its terminator (bell or ESC \). One that does not end is no command: only its introducer is dropped.</summary>
    private static int Command(ReadOnlySpan<char> line, int at, bool isLink, ref AnsiStyle style)
    {
        var limit = Math.Min(line.Length, at + Longest);
        for (var end = at; end < limit; end++)
        {
            var terminator = line[end] == '\a' ? 1 : line[end] == Escape && end + 1 < line.Length && line[end + 1] == '\\' ? 2 : 0;
            if (terminator == 0)
                continue;
            if (isLink && line[at..end].StartsWith("8;"))
                style = Link(style, line[(at + 2)..end]);
            return end + terminator;
        }
        return at;
    }

    private static AnsiStyle Link(AnsiStyle style, ReadOnlySpan<char> body)
    {
        var semicolon = body.IndexOf(';');
        var address = semicolon < 0 ? "" : body[(semicolon + 1)..].ToString();
        var isWeb = Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
        return style with { Link = isWeb ? uri!.AbsoluteUri : null };
    }
}

/// <summary>A control sequence that is no colour: its final sign (0: there was none) and its number, if it has one.</summary>
public readonly record struct AnsiControl(char Final, int? Number);
