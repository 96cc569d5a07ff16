using System.Buffers;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;

namespace Weir.Worker.Commands;

/// <summary>Collects the lines of one log of a command, times them, and appends them as chunks to the command's file. Used by one thread; allocates per chunk, never per line.</summary>
internal sealed class LogLines(string name, CommandLog command)
{
    // A first line is wanted at once, a thousandth can wait for its neighbours.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan Beginning = TimeSpan.FromMilliseconds(500);

    private readonly ArrayBufferWriter<byte> _plain = new();
    private readonly LogBorder _border = new();
    private int _lines;
    private int _bytes;
    private long _firstAt;
    private long _lastAt;
    private long _due;

    /// <summary>Sees each line of output too.</summary>
    public WarningCounter? Warnings { get; set; }

    /// <summary>Milliseconds since the command began.</summary>
    public long Now => command.Now;

    /// <summary>How long what is collected may still wait; null if there is nothing.</summary>
    public TimeSpan? Due => _lines == 0 ? null : TimeSpan.FromMilliseconds(_due - Now);

    /// <summary>One line at a time that <see cref="Now"/> gave.</summary>
    public void Line(LogStream stream, LineEnd end, ReadOnlySpan<byte> bytes, long at)
    {
        if (_lines >= LogChunk.MaxLines || _plain.WrittenCount + bytes.Length > LogChunk.MaxBytes)
            Flush();
        if (_lines == 0)
        {
            _firstAt = _lastAt = at;
            _due = at + (long)(at < Beginning.TotalMilliseconds ? FirstDelay : Delay).TotalMilliseconds;
        }
        LogChunk.Append(_plain, stream, end, at - _lastAt, bytes);
        _border.Add(stream, at - _lastAt, bytes);
        _lines++;
        _lastAt = at;
        if (stream == LogStream.Header)
            return;
        _bytes += bytes.Length + (end == LineEnd.Newline ? 1 : 0);
        Warnings?.See(bytes, at);
    }

    public void Flush()
    {
        if (_lines == 0)
            return;
        var content = LogChunk.Compress(_plain.WrittenSpan, _border.Take());
        Crash.At("keeper.lines.before-write");
        command.Write(new LinesFrame(name, _lines, _bytes, _firstAt, _lastAt, content));
        Crash.At("keeper.lines.after-write");
        _plain.ResetWrittenCount();
        _lines = _bytes = 0;
    }
}
