using Weir.Shared.Logs;

namespace Weir.Engine.Logs;

/// <summary>A row of <c>log_chunks</c>, to be unpacked.</summary>
internal sealed record LogChunkRow
{
    public int Seq { get; init; }
    public long FirstLine { get; init; }
    public long FirstAt { get; init; }
    public byte[] Content { get; init; } = [];

    public IReadOnlyList<LogLine> Lines() => LogChunk.Unpack(Content, FirstLine, FirstAt);

    /// <summary>The style that is on at the chunk's first line.</summary>
    public AnsiStyle Style() => LogBorder.StyleOf(LogChunk.Border(Content));

    /// <summary>Puts what the command wrote into the buffer (all streams in order of arrival, without the lines that Weir itself added), and answers how much that is.</summary>
    public int Output(Span<byte> buffer)
    {
        var plain = buffer[..LogChunk.Decompress(Content, buffer)];
        var to = 0;
        // A line is never longer than it was with what stands before it, so everything moves to the front of the same buffer.
        foreach (var line in new LogChunkLines(plain, FirstAt))
        {
            if (line.Stream == LogStream.Header)
                continue;
            plain.Slice(line.From, line.Length).CopyTo(plain[to..]);
            to += line.Length;
            if (line.End == LineEnd.Newline)
                plain[to++] = (byte)'\n';
        }
        return to;
    }

    /// <summary>Puts the lines from a number on into the buffer, each as one line of text, whatever it is and however it ended, on request behind the letter of its stream; answers their bytes and their number.</summary>
    public (int Bytes, int Lines) Text(Span<byte> buffer, long from, bool withStreams = false)
    {
        var plain = buffer[..LogChunk.Decompress(Content, buffer)];
        var (to, number, count) = (0, FirstLine, 0);
        foreach (var line in new LogChunkLines(plain, FirstAt))
        {
            if (number++ < from)
                continue;
            if (withStreams)
                plain[to++] = (byte)line.Stream;
            plain.Slice(line.From, line.Length).CopyTo(plain[to..]);
            to += line.Length;
            plain[to++] = (byte)'\n';
            count++;
        }
        return (to, count);
    }
}
