using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Commands.Following;
using Weir.Worker.Keeper;

namespace Weir.Worker.Commands;

/// <summary>
/// One program from its start to its end, on the command's thread: reads both streams, sees to the time-outs, stops reading when too much is unacknowledged,
/// and ends the whole tree when it must.
/// </summary>
internal sealed class ProcessRun(CommandSession session, Capture? capture, Capture? errors, FollowedFiles? followed) : IDisposable
{
    // Children that outlive the command and hold its output may finish their sentence, then they go.
    private static readonly TimeSpan LeftOverPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StuckPatience = TimeSpan.FromSeconds(5);

    private readonly Pipe _output = new();
    private readonly Pipe _error = new();
    private readonly OutputStream _outputLines = new(LogStream.Stdout, session.Log.Output, session.Masker, capture);
    private readonly OutputStream _errorLines = new(LogStream.Stderr, session.Log.Output, session.Masker, errors);
    private readonly Lock _gate = new();
    private ProcessExit? _exit;
    private long _exitAt;
    private TreeEnding? _ending;
    private (EndKind Kind, string Reason)? _stopped;

    public ProcessEnd Run(ProgramToRun program, string header)
    {
        try
        {
            Crash.At("keeper.process.before-start");
            var process = session.Reaper.Start(program, _output.Writing, _error.Writing, Exited);
            Crash.At("keeper.process.after-start");
            session.Tree.Add(process);
            session.Log.Started(process);
            Crash.At("keeper.started.after-write");
        }
        finally
        {
            session.Log.Header(header);
        }
        _output.CloseWriting();
        _error.CloseWriting();
        session.Deadlines.Output();
        while (!Over())
        {
            WatchTime();
            Wait();
            if (session.Log.Due <= TimeSpan.Zero)
                session.Log.Flush();
        }
        _outputLines.End();
        _errorLines.End();
        followed?.End();
        var exit = Exit ?? new(null, null);
        return new(_stopped?.Kind ?? EndKind.Exited, exit.Code, exit.Signal, _stopped?.Reason);
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private ProcessExit? Exit
    {
        get
        {
            lock (_gate)
                return _exit;
        }
    }

    private bool OutputOpen => _output.Open || _error.Open;

    private void Exited(ProcessExit exit)
    {
        lock (_gate)
        {
            _exit = exit;
            _exitAt = session.Time.GetTimestamp();
        }
        session.Waker.Wake();
    }

    private bool Over()
    {
        if (Exit is null)
            return false;
        if (_ending is null)
            return !OutputOpen;
        if (_ending.Hopeless)
            CloseOutput("Some processes do not end although they were killed; not waiting for them any longer.");
        else if (_ending.StuckFor > StuckPatience && OutputOpen)
            CloseOutput("Something that cannot be found still holds the output; not waiting for it any longer.");
        return !OutputOpen && (_ending.Gone || _ending.Hopeless);
    }

    private void CloseOutput(string why)
    {
        session.Log.Header(why);
        _output.CloseReading();
        _error.CloseReading();
    }

    // Whoever stops first gives the reason; left-over children are no reason of their own, the command has ended well or ill before.
    private void WatchTime()
    {
        if (_stopped is null && Exit is null && Cause() is { } cause)
        {
            _stopped = cause;
            session.Log.Header(cause.Reason + $" Ending it: {session.FirstSignal.Name}, after {Durations.InWords(session.Grace)} KILL.");
            _ending = new(session);
        }
        else if (_ending is null && Exit is not null && OutputOpen && session.Time.GetElapsedTime(_exitAt) >= LeftOverPatience)
        {
            var processes = session.Tree.Find(session.Alone);
            session.Log.Header($"The command has ended, but processes that it left behind hold its output ({string.Join(", ", processes)}). Ending them.");
            _ending = new(session);
        }
        _ending?.Step();
    }

    private (EndKind Kind, string Reason)? Cause() =>
        session.StopReason is { } reason ? (EndKind.Interrupted, reason) : session.Deadlines.Expired;

    private unsafe void Wait()
    {
        // What is in the pipes at the end is read in any case: it is not much.
        var reading = Exit is not null || !session.JournalFull;
        if (reading)
        {
            session.Deadlines.GoOn();
            if (followed?.Look() == true)
                session.Deadlines.Output();
        }
        else
        {
            session.Log.Flush();
            session.Deadlines.Stand();
        }
        var entries = stackalloc Libc.PollEntry[3];
        entries[0] = new() { Handle = session.Waker.Reading, Events = Libc.PollIn };
        entries[1] = new() { Handle = reading ? _output.Reading : -1, Events = Libc.PollIn };
        entries[2] = new() { Handle = reading ? _error.Reading : -1, Events = Libc.PollIn };
        if (Libc.Poll(entries, 3, Patience(reading)) <= 0)
            return;
        if (entries[0].Happened != 0)
            _ = session.Waker.Read(stackalloc byte[64]);
        if (entries[1].Happened != 0)
            Take(_output, _outputLines);
        if (entries[2].Happened != 0)
            Take(_error, _errorLines);
    }

    private int Patience(bool reading)
    {
        var left = Shorter(session.Log.Due, _ending?.Next);
        if (reading)
            left = Shorter(left, followed?.Next);
        if (_stopped is null && Exit is null)
            left = Shorter(left, session.Deadlines.Next);
        if (_ending is null && Exit is not null)
            left = Shorter(left, LeftOverPatience - session.Time.GetElapsedTime(_exitAt));
        return left is { } time ? (int)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 0, int.MaxValue) : -1;
    }

    private static TimeSpan? Shorter(TimeSpan? a, TimeSpan? b) => a is null || b < a ? b : a;

    private void Take(Pipe pipe, OutputStream lines)
    {
        var count = pipe.Read(lines.Room);
        if (count == 0)
        {
            pipe.CloseReading();
            return;
        }
        session.Deadlines.Output();
        lines.Took(count);
    }
}
