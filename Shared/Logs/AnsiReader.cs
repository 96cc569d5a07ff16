using System.Text;

namespace Weir.Shared.Logs;

/// <summary>
/// Turns the lines of a terminal's output into styled text, one after the other. Colours, styles and links are kept, a line that was overwritten in place
/// (<c>\r</c>, backspace, erase) is shown in its last state, and everything else a terminal would obey is dropped. It never throws, and its memory is bounded.
/// </summary>
public sealed class AnsiReader
{
    /// <summary>A longer line is shown up to here; the rest is in the raw log.</summary>
    public const int MaxShown = 4096;

    private readonly int _most;
    private readonly char[] _text;
    private readonly AnsiStyle[] _styles;
    private AnsiStyle _style;
    private int _cursor;
    private int _length;

    /// <param name="style">What earlier lines left on.</param>
    /// <param name="most">How much of a line is shown.</param>
    public AnsiReader(AnsiStyle? style = null, int most = MaxShown)
    {
        _style = style ?? AnsiStyle.Plain;
        _most = most;
        _text = new char[most];
        _styles = new AnsiStyle[most];
    }

    /// <summary>The spans of one line; <paramref name="hidden"/> counts the signs beyond what is shown. The style at its end goes on in the next line.</summary>
    public IReadOnlyList<AnsiSpan> Read(string line, out int hidden)
    {
        _cursor = _length = 0;
        var widest = 0;
        for (var i = 0; i < line.Length;)
        {
            var c = line[i];
            switch (c)
            {
                case AnsiSequence.Escape:
                    i = AnsiSequence.Read(line, i + 1, ref _style, out var control);
                    Obey(control);
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
        hidden = Math.Max(0, widest - _most);
        return Spans();
    }

    private void Put(char c)
    {
        if (_cursor < _most)
        {
            for (; _length < _cursor; _length++)
                (_text[_length], _styles[_length]) = (' ', AnsiStyle.Plain);
            (_text[_cursor], _styles[_cursor]) = (c, _style);
            _length = Math.Max(_length, _cursor + 1);
        }
        _cursor++;
    }

    private void Obey(AnsiControl control)
    {
        switch (control.Final)
        {
            case 'K':
                Erase(control.Number ?? 0);
                break;
            case 'C':
                _cursor = Math.Min(_cursor + Math.Max(1, control.Number ?? 1), _most);
                break;
            case 'D':
                _cursor = Math.Max(0, _cursor - Math.Max(1, control.Number ?? 1));
                break;
            case 'G':
                _cursor = Math.Clamp((control.Number ?? 1) - 1, 0, _most);
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
}
