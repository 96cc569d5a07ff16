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

    /// <summary>What the command wrote: all streams in order of arrival, without the lines that Weir itself added.</summary>
    public byte[] Output()
    {
        var lines = Lines();
        var output = new byte[lines.Where(IsOutput).Sum(l => l.Bytes.Length + (l.End == LineEnd.Newline ? 1 : 0))];
        var n = 0;
        foreach (var line in lines.Where(IsOutput))
        {
            line.Bytes.Span.CopyTo(output.AsSpan(n));
            n += line.Bytes.Length;
            if (line.End == LineEnd.Newline)
                output[n++] = (byte)'\n';
        }
        return output;
    }

    private static bool IsOutput(LogLine line) => line.Stream != LogStream.Header;
}
