using System.Text;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Commands.Masking;

namespace Weir.Worker.Commands;

/// <summary>The logs of a command and its file: the output, what Weir says itself, and files that are followed. Used by one thread. Nothing is written in which a secret stands.</summary>
internal sealed class CommandLog
{
    /// <summary>The name of a command's own log.</summary>
    public const string Name = "stdio";

    private readonly FrameFile _file;
    private readonly TimeProvider _time;
    private readonly Action _grew;
    private readonly Masker? _masker;
    private readonly long _began;
    private readonly List<LogLines> _logs = [];
    private bool _started;
    private bool _ending;

    public CommandLog(FrameFile file, TimeProvider time, Action grew, Masker? masker = null)
    {
        _file = file;
        _time = time;
        _grew = grew;
        _masker = masker;
        _began = time.GetTimestamp();
        Output = Open(Name);
    }

    /// <summary>What the command prints, and what Weir says of it.</summary>
    public LogLines Output { get; }

    /// <summary>Milliseconds since the command began.</summary>
    public long Now => (long)_time.GetElapsedTime(_began).TotalMilliseconds;

    /// <summary>How long what is collected may still wait; null if there is nothing.</summary>
    public TimeSpan? Due
    {
        get
        {
            TimeSpan? first = null;
            foreach (var log in _logs)
                first = log.Due is { } due && (first is null || due < first) ? due : first;
            return first;
        }
    }

    /// <summary>One more log of this command.</summary>
    public LogLines Open(string name)
    {
        var log = new LogLines(name, this);
        _logs.Add(log);
        return log;
    }

    /// <summary>The file's first frame; written once. Told with what follows it: lines of our own, or the end.</summary>
    public void Started(int process)
    {
        if (_started)
            return;
        _started = true;
        _file.Append(new StartedFrame(_time.GetUtcNow().ToUnixTimeMilliseconds(), process));
    }

    /// <summary>A line, or several, of our own.</summary>
    public void Header(string text)
    {
        Started(0);
        foreach (var line in Masked(text).Split('\n'))
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            Output.Line(LogStream.Header, LineEnd.Newline, bytes.AsSpan(0, Math.Min(bytes.Length, WorkerProtocol.MaxLine)), Now);
        }
    }

    public void Flush()
    {
        foreach (var log in _logs)
            log.Flush();
    }

    /// <summary>
    /// The last frame. What is written here is told by who says that the command is over: a short command is one message, and one transaction of the engine. It is told before it is safe on disk
    /// (by <see cref="FrameFile.Sync"/>): who is told stores it himself, and when he and this machine go down in the same moment, the machine's boot says that its fate is not known.
    /// </summary>
    public void Ended(EndedFrame end)
    {
        Started(0);
        _ending = true;
        Flush();
        Crash.At("keeper.ended.before-write");
        Write(Fitting(end with { Reason = end.Reason is { } reason ? Masked(reason) : null, Outputs = end.Outputs.ToDictionary(o => o.Key, o => Masked(o.Value)) }));
        Crash.At("keeper.ended.after-write");
    }

    public void Write(Frame frame)
    {
        _file.Append(frame);
        if (!_ending)
            _grew();
    }

    private string Masked(string text) => _masker?.Mask(text) ?? text;

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
