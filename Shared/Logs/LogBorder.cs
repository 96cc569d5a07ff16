using System.Buffers;
using System.Text;

namespace Weir.Shared.Logs;

/// <summary>
/// What a chunk must tell besides its lines, so that nobody has to read the chunks before it: the style that was on at its beginning, and the marks in it. Gathered where the chunk is made,
/// line by line; lines without escapes and markers cost a look at their first byte and one search.
/// </summary>
public sealed class LogBorder
{
    private readonly ArrayBufferWriter<byte> _marks = new();
    private AnsiStyle _before = AnsiStyle.Plain;
    private AnsiStyle _now = AnsiStyle.Plain;
    private int _markedLine;
    private long _markedAt;
    private int _line;
    private long _at;

    /// <summary>The next line of the chunk, so many milliseconds after the one before.</summary>
    public void Add(LogStream stream, long delta, ReadOnlySpan<byte> bytes)
    {
        _at += delta;
        _now = AnsiSequence.After(_now, bytes);
        var (first, second) = stream == LogStream.Header ? default : LogMarkers.Of(bytes);
        Mark(first);
        Mark(second);
        _line++;
    }

    /// <summary>The border of the chunk that ends here, empty if there is nothing to tell; the next chunk begins.</summary>
    public byte[] Take()
    {
        var border = _before == AnsiStyle.Plain && _marks.WrittenCount == 0 ? [] : (byte[])[.. Style(_before), .. _marks.WrittenSpan];
        _marks.ResetWrittenCount();
        (_before, _line, _at, _markedLine, _markedAt) = (_now, 0, 0, 0, 0);
        return border;
    }

    /// <summary>The style at the beginning of the chunk whose border this is.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static AnsiStyle StyleOf(ReadOnlySpan<byte> border) => border.IsEmpty ? AnsiStyle.Plain : Style(border, out _);

    /// <summary>The marks' part of a border, which the index of a log is made of; empty if there are none.</summary>
    /// <exception cref="FormatException">It is no border.</exception>
    public static ReadOnlySpan<byte> MarksOf(ReadOnlySpan<byte> border)
    {
        if (border.IsEmpty)
            return [];
        Style(border, out var n);
        return border[n..];
    }

    /// <summary>The marks of a chunk, from what <see cref="MarksOf"/> gave.</summary>
    /// <exception cref="FormatException">They are none.</exception>
    public static IReadOnlyList<LogMark> Marks(ReadOnlySpan<byte> marks, long firstLine, long firstAt)
    {
        var found = new List<LogMark>();
        var (line, at, n) = (firstLine, firstAt, 0);
        while (n < marks.Length)
        {
            line += (long)Varint.Read(marks, ref n);
            at += (long)Varint.Read(marks, ref n);
            if (n >= marks.Length)
                throw new FormatException("A mark of a log chunk does not end.");
            found.Add(new(line, at, (LogMarkKind)marks[n++]));
        }
        return found;
    }

    private void Mark(LogMarkKind kind)
    {
        if (kind == 0)
            return;
        Varint.Write(_marks, (ulong)(_line - _markedLine));
        Varint.Write(_marks, (ulong)(_at - _markedAt));
        _marks.Write([(byte)kind]);
        (_markedLine, _markedAt) = (_line, _at);
    }

    private static byte[] Style(AnsiStyle style)
    {
        var bytes = new ArrayBufferWriter<byte>(16);
        Varint.Write(bytes, (ulong)(style.Foreground + 1));
        Varint.Write(bytes, (ulong)(style.Background + 1));
        Varint.Write(bytes, (ulong)style.Flags);
        var link = Encoding.UTF8.GetBytes(style.Link ?? "");
        Varint.Write(bytes, (ulong)link.Length);
        bytes.Write(link);
        return bytes.WrittenSpan.ToArray();
    }

    private static AnsiStyle Style(ReadOnlySpan<byte> from, out int n)
    {
        n = 0;
        var foreground = (int)Varint.Read(from, ref n) - 1;
        var background = (int)Varint.Read(from, ref n) - 1;
        var flags = (AnsiFlags)Varint.Read(from, ref n);
        var length = (int)Math.Min(int.MaxValue, Varint.Read(from, ref n));
        if (length > from.Length - n)
            throw new FormatException("A link of a log chunk claims more bytes than there are.");
        var link = length == 0 ? null : Encoding.UTF8.GetString(from.Slice(n, length));
        n += length;
        return new(foreground, background, flags, link);
    }
}
