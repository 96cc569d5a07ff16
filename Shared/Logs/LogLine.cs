namespace Weir.Shared.Logs;

/// <summary>Where a line came from; the letters are Buildbot's.</summary>
public enum LogStream : byte
{
    Stdout = (byte)'o',
    Stderr = (byte)'e',

    /// <summary>Written by Weir itself: the command, its directory, its exit.</summary>
    Header = (byte)'h',
}

/// <summary>How a line ended.</summary>
public enum LineEnd : byte
{
    /// <summary>With a newline, which is not part of <see cref="LogLine.Bytes"/>.</summary>
    Newline = 0,

    /// <summary>The stream ended without one.</summary>
    EndOfStream = 1,

    /// <summary>The line was longer than the limit; it goes on in the next line of the same stream.</summary>
    Cut = 2,
}

/// <summary>One line of a log: bytes as they came, in whatever encoding.</summary>
/// <param name="Number">Its number in the log, from 0.</param>
/// <param name="At">Milliseconds after the command's start, by the worker's monotonic clock.</param>
/// <param name="Stream">Where it came from.</param>
/// <param name="End">How it ended.</param>
/// <param name="Bytes">The bytes of the line without the newline.</param>
public readonly record struct LogLine(long Number, long At, LogStream Stream, LineEnd End, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The text: UTF-8, what is not becomes U+FFFD.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Bytes.Span);
}
