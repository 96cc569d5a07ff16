using System.Text;

namespace Weir.App.Client.Logs;

/// <summary>
/// Turns the lines of a terminal's output into styled text, one after the other. Colours, styles and links are kept, a line that was overwritten in place
/// (<c>\r</c>, backspace, erase) is shown in its last state, and everything else a terminal would obey is dropped. It never throws, and its memory is bounded.
/// </summary>
public sealed class AnsiReader
{
    /// <summary>A longer line is shown up to here; the rest is in the raw log.</summary>
    public const int MaxShown = 4096;
    private const int MaxSequence = 4096;
    private const char Escape = '\x1b';

    private readonly char[] _text = new char[MaxShown];
    private readonly AnsiStyle[] _styles = new AnsiStyle[MaxShown];
    private AnsiStyle _style = AnsiStyle.Plain;
    private int _cursor;
    private int _length;

    /// <summary>The spans of one line; <paramref name="hidden"/> counts the signs beyond <see cref="MaxShown"/>. The style at its end goes on in the next line.</summary>
    public IReadOnlyList<AnsiSpan> Read(string line, out int hidden)
    {
        _cursor = _length = 0;
        var widest = 0;
        for (var i = 0; i < line.Length;)
        {
            var c = line[i];
            switch (c)
            {
                case Escape:
                    i = Sequence(line, i + 1);
                    break;
                case '\r':
                    _cursor = 0;
                    i++;
                    break;
                case '\b':
                    _cursor = Math.Max(0, _cursor - 1);
                    i++;
                    break;
                case '\t' or >= ' ' and < '\x7f' or > '\x9f':
                    Put(c);
                    widest = Math.Max(widest, _cursor);
                    i++;
                    break;
                default:
                    i++;
                    break;
            }
        }
        hidden = Math.Max(0, widest - MaxShown);
        return Spans();
    }

    private void Put(char c)
    {
        if (_cursor < MaxShown)
        {
            for (; _length < _cursor; _length++)
                (_text[_length], _styles[_length]) = (' ', AnsiStyle.Plain);
            (_text[_cursor], _styles[_cursor]) = (c, _style);
            _length = Math.Max(_length, _cursor + 1);
        }
        _cursor++;
    }

    /// <summary>Obeys or drops the sequence whose first sign after the escape is at <paramref name="at"/>; answers where the text goes on.</summary>
    private int Sequence(string line, int at)
    {
        if (at >= line.Length)
            return at;
        return line[at] switch
        {
            '[' => Control(line, at + 1),
            ']' => Command(line, at + 1, isLink: true),
            'P' or 'X' or '^' or '_' => Command(line, at + 1, isLink: false),
            _ => Plain(line, at),
        };
    }

    private static int Plain(string line, int at)
    {
        while (at < line.Length && line[at] is >= ' ' and <= '/')
            at++;
        return Math.Min(line.Length, at + 1);
    }

    private int Control(string line, int at)
    {
        var end = at;
        while (end < line.Length && line[end] is >= ' ' and <= '?')
            end++;
        if (end >= line.Length)
            return end;
        if (line[end] is < '@' or > '~')
            return end;
        if (end - at <= MaxSequence)
            Obey(line[end], line.AsSpan(at, end - at));
        return end + 1;
    }

    private void Obey(char final, ReadOnlySpan<char> parameters)
    {
        switch (final)
        {
            case 'm':
                _style = Sgr.Apply(_style, parameters);
                break;
            case 'K':
                Erase(Number(parameters, 0));
                break;
            case 'C':
                _cursor = Math.Min(_cursor + Math.Max(1, Number(parameters, 1)), MaxShown);
                break;
            case 'D':
                _cursor = Math.Max(0, _cursor - Math.Max(1, Number(parameters, 1)));
                break;
            case 'G':
                _cursor = Math.Clamp(Number(parameters, 1) - 1, 0, MaxShown);
                break;
        }
    }

    private void Erase(int what)
    {
        if (what == 0)
        {
            _length = Math.Min(_length, _cursor);
            return;
        }
        for (var i = 0; i < Math.Min(_length, what == 2 ? _length : _cursor + 1); i++)
            (_text[i], _styles[i]) = (' ', AnsiStyle.Plain);
        if (what == 2)
            _length = Math.Min(_length, _cursor);
    }

    /// <summary>A command up to its terminator (bell or ESC \). One that does not end is no command: only its introducer is dropped.</summary>
    private int Command(string line, int at, bool isLink)
    {
        var limit = Math.Min(line.Length, at + MaxSequence);
        for (var end = at; end < limit; end++)
        {
            var terminator = line[end] == '\a' ? 1 : line[end] == Escape && end + 1 < line.Length && line[end + 1] == '\\' ? 2 : 0;
            if (terminator == 0)
                continue;
            if (isLink && line.AsSpan(at, end - at).StartsWith("8;"))
                Link(line.AsSpan(at + 2, end - at - 2));
            return end + terminator;
        }
        return at;
    }

    private void Link(ReadOnlySpan<char> body)
    {
        var semicolon = body.IndexOf(';');
        var address = semicolon < 0 ? "" : body[(semicolon + 1)..].ToString();
        var isWeb = Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
        _style = _style with { Link = isWeb ? uri!.AbsoluteUri : null };
    }

    private List<AnsiSpan> Spans()
    {
        var spans = new List<AnsiSpan>(1);
        for (var from = 0; from < _length;)
        {
            var to = from + 1;
            while (to < _length && _styles[to] == _styles[from])
                to++;
            spans.Add(new(Whole(_text.AsSpan(from, to - from)), _styles[from]));
            from = to;
        }
        return spans;
    }

    /// <summary>Half of a surrogate pair, left by overwriting or cutting, is no text.</summary>
    private static string Whole(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAnyInRange('\ud800', '\udfff') < 0)
            return text.ToString();
        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            whole.Append(rune);
        return whole.ToString();
    }

    private static int Number(ReadOnlySpan<char> text, int otherwise) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var n) ? n : otherwise;
}
