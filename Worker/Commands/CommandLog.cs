using System.Buffers;
using System.Text;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;

namespace Weir.Worker.Commands;

/// <summary>Collects the lines of a command, times them, and appends them as chunks to its file. Used by one thread; allocates per chunk, never per line.</summary>
internal sealed class CommandLog(FrameFile file, TimeProvider time, Action grew)
{
    /// <summary>The name of a command's log.</summary>
    public const string Name = "stdio";

    // A first line is wanted at once, a thousandth can wait for its neighbours.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan Beginning = TimeSpan.FromMilliseconds(500);

    private readonly long _began = time.GetTimestamp();
    private readonly ArrayBufferWriter<byte> _plain = new(LogChunk.MaxBytes + WorkerProtocol.MaxLine + 1024);
    private readonly LogBorder _border = new();
    private int _lines;
    private int _bytes;
    private long _firstAt;
    private long _lastAt;
    private long _due;
    private bool _started;

    /// <summary>Milliseconds since the command began.</summary>
    public long Now => (long)time.GetElapsedTime(_began).TotalMilliseconds;

    /// <summary>How long what is collected may still wait; null if there is nothing.</summary>
    public TimeSpan? Due => _lines == 0 ? null : TimeSpan.FromMilliseconds(_due - Now);

    /// <summary>The file's first frame; written once.</summary>
    public void Started(int process)
    {
        if (_started)
            return;
        _started = true;
        Write(new StartedFrame(time.GetUtcNow().ToUnixTimeMilliseconds(), process));
    }

    /// <summary>One line of output at a time that <see cref="Now"/> gave.</summary>
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
        if (stream != LogStream.Header)
            _bytes += bytes.Length + (end == LineEnd.Newline ? 1 : 0);
    }

    /// <summary>A line, or several, of our own.</summary>
    public void Header(string text)
    {
        Started(0);
        foreach (var line in text.Split('\n'))
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            Line(LogStream.Header, LineEnd.Newline, bytes.AsSpan(0, Math.Min(bytes.Length, WorkerProtocol.MaxLine)), Now);
        }
    }

    public void Flush()
    {
        if (_lines == 0)
            return;
        var content = LogChunk.Compress(_plain.WrittenSpan, _border.Take());
        Crash.At("keeper.lines.before-write");
        Write(new LinesFrame(Name, _lines, _bytes, _firstAt, _lastAt, content));
        Crash.At("keeper.lines.after-write");
        _plain.ResetWrittenCount();
        _lines = _bytes = 0;
    }

    /// <summary>The last frame, safe on disk when this returns.</summary>
    public void Ended(EndedFrame end)
    {
        Started(0);
        Flush();
        Crash.At("keeper.ended.before-write");
        Write(Fitting(end));
        Crash.At("keeper.ended.after-write");
        file.Sync();
        Crash.At("keeper.ended.after-sync");
    }

    private void Write(Frame frame)
    {
        file.Append(frame);
        grew();
    }

    // Strange bytes grow when they are written as JSON; the frame must fit into a piece all the same.
    private static EndedFrame Fitting(EndedFrame end)
    {
        while (FrameCodec.Encode(end).Length > WorkerProtocol.MaxPiece)
        {
            end = end.Output is { Length: > 16 } output
                ? end with { Output = output[..(output.Length / 2)] }
                : end with { Outputs = end.Outputs.Take(end.Outputs.Count / 2).ToDictionary() };
        }
        return end;
    }
}
