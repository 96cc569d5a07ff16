using Weir.Shared.Logs;
using Weir.Shared.Protocol;

namespace Weir.Worker.Tests.Support;

/// <summary>A command in the fake engine's store.</summary>
public sealed class StoredCommand
{
    private readonly TaskCompletionSource<EndedFrame> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LogLine> _lines = [];
    private readonly Dictionary<string, List<LogLine>> _others = [];

    public required long Id { get; init; }
    public long Epoch { get; set; }
    public required CommandSpec Spec { get; init; }
    public Dictionary<string, string> Secrets { get; init; } = [];
    public Guid? Instance { get; set; }
    public string? Boot { get; set; }
    public bool Known { get; set; }
    public long Applied { get; set; }
    public long Expected { get; set; }
    public EndedFrame? Ended { get; private set; }
    public StartedFrame? Began { get; private set; }
    public int Frames { get; private set; }
    public long OutputBytes { get; private set; }

    /// <summary>Keep the lines; off for very long outputs.</summary>
    public bool Keep { get; set; } = true;
    public Action<LogLine>? OnLine { get; set; }

    public Task<EndedFrame> End() => _end.Task.WaitAsync(TimeSpan.FromSeconds(60));
    public Task Started() => _started.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public IReadOnlyList<LogLine> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>A log beside stdio as one text.</summary>
    public string Log(string name)
    {
        lock (_lines)
            return string.Concat(_others.GetValueOrDefault(name, []).Select(l => System.Text.Encoding.UTF8.GetString(l.Bytes.Span) + (l.End == LineEnd.Newline ? "\n" : "")));
    }

    /// <summary>The headers as one text.</summary>
    public string Headers => string.Join('\n', Lines.Where(l => l.Stream == LogStream.Header).Select(l => l.Text));

    /// <summary>Exactly what the command wrote to a stream.</summary>
    public byte[] Bytes(LogStream stream)
    {
        using var all = new MemoryStream();
        foreach (var line in Lines.Where(l => l.Stream == stream))
        {
            all.Write(line.Bytes.Span);
            if (line.End == LineEnd.Newline)
                all.WriteByte((byte)'\n');
        }
        return all.ToArray();
    }

    public string Text(LogStream stream = LogStream.Stdout) => System.Text.Encoding.UTF8.GetString(Bytes(stream));

    public void End(EndedFrame end)
    {
        Ended = end;
        _end.TrySetResult(end);
    }

    public void Apply(byte[] bytes, List<string> complaints)
    {
        foreach (var frame in FrameCodec.DecodeAll(bytes))
        {
            Frames++;
            if (Ended is not null)
                complaints.Add($"Command {Id}: a frame after the end.");
            switch (frame)
            {
                case StartedFrame started when Began is null && Frames == 1:
                    Began = started;
                    _started.TrySetResult();
                    break;
                case LinesFrame lines when Began is not null:
                    Take(lines, complaints);
                    break;
                case EndedFrame ended when Began is not null || ended.Kind == EndKind.Lost:
                    End(ended);
                    break;
                default:
                    complaints.Add($"Command {Id}: frame {Frames} is {frame}.");
                    break;
            }
        }
        Applied += bytes.Length;
    }

    private void Take(LinesFrame frame, List<string> complaints)
    {
        var lines = LogChunk.Unpack(frame.Content.Span, 0, frame.FirstAt);
        var count = lines.Sum(l => l.Stream == LogStream.Header ? 0 : l.Bytes.Length + (l.End == LineEnd.Newline ? 1 : 0));
        if (lines.Count != frame.LineCount || count != frame.ByteCount || lines.Count == 0 || lines[^1].At != frame.LastAt)
            complaints.Add($"Command {Id}: a frame says {frame.LineCount} lines, {frame.ByteCount} bytes until {frame.LastAt}; it holds {lines.Count}, {count}.");
        if (frame.Log != "stdio")
        {
            lock (_lines)
            {
                if (!_others.TryGetValue(frame.Log, out var other))
                    _others[frame.Log] = other = [];
                other.AddRange(lines);
            }
            return;
        }
        OutputBytes += count;
        lock (_lines)
        {
            if (Keep)
                _lines.AddRange(lines);
        }
        if (OnLine is { } hear)
        {
            foreach (var line in lines)
                hear(line);
        }
    }
}
