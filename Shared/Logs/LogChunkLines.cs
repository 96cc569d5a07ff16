namespace Weir.Shared.Logs;

/// <summary>Walks over the lines of an unpacked chunk without making anything of them.</summary>
public ref struct LogChunkLines(ReadOnlySpan<byte> plain, long firstAt)
{
    private readonly ReadOnlySpan<byte> _plain = plain;
    private int _next;
    private long _at = firstAt;

    /// <summary>The line that the walk stands at.</summary>
    public LogChunkLine Current { get; private set; }

    public readonly LogChunkLines GetEnumerator() => this;

    /// <exception cref="FormatException">The chunk is broken here.</exception>
    public bool MoveNext()
    {
        var n = _next;
        if (n >= _plain.Length)
            return false;
        if (_plain.Length - n < 4)
            throw new FormatException("A log chunk ends in the middle of a line.");
        var stream = (LogStream)_plain[n++];
        var end = (LineEnd)_plain[n++];
        _at += (long)Varint.Read(_plain, ref n);
        var length = (int)Math.Min(int.MaxValue, Varint.Read(_plain, ref n));
        if (length > _plain.Length - n)
            throw new FormatException("A line of a log chunk claims more bytes than there are.");
        Current = new(_at, stream, end, n, length);
        _next = n + length;
        return true;
    }
}

/// <summary>A line of an unpacked chunk: when, from where, how it ended, and where its bytes lie.</summary>
public readonly record struct LogChunkLine(long At, LogStream Stream, LineEnd End, int From, int Length);
