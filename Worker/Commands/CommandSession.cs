using Weir.Shared.Protocol;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Commands;

/// <summary>What the parts of one running command share. Its own thread works with it; others may only ask it to stop or tell it what was acknowledged.</summary>
internal sealed class CommandSession : IDisposable
{
    /// <summary>Marks every process of a command, for whoever has to find them later.</summary>
    public const string MarkName = "WEIR_MARK";

    private readonly KeeperSetting _setting;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly Func<bool> _alone;
    private string? _stopReason;
    private bool _hurry;
    private long _acknowledged;

    public CommandSession(AcceptedOrder order, KeeperSetting setting, FrameFile file, Func<bool> alone, Action grew)
    {
        _setting = setting;
        _alone = alone;
        Id = order.Command;
        Spec = order.Spec;
        File = file;
        Log = new(file, setting.Time, grew);
        Deadlines = new(setting.Time, order.Spec.TimeoutMs, order.Spec.MaxTimeMs);
        var mark = Mark(setting.Instance, order.Command);
        Tree = new(Environment.ProcessId, $"{MarkName}={mark}");
        _environment = CommandEnvironment.Of(order, setting.Work, mark);
    }

    public long Id { get; }
    public CommandSpec Spec { get; }
    public FrameFile File { get; }
    public CommandLog Log { get; }
    public Deadlines Deadlines { get; }
    public ProcessTree Tree { get; }
    public WorkDirectory Work => _setting.Work;
    public TimeProvider Time => _setting.Time;
    public Reaper Reaper => _setting.Reaper;

    /// <summary>Wakes the command's thread.</summary>
    public Pipe Waker { get; } = new(forWaking: true);

    /// <summary>No other command runs in this keeper.</summary>
    public bool Alone => _alone();

    /// <summary>Why the command is to be stopped, if it is.</summary>
    public string? StopReason => Volatile.Read(ref _stopReason);

    /// <summary>From TERM to KILL.</summary>
    public TimeSpan Grace => Volatile.Read(ref _hurry) ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(Math.Clamp(Spec.KillGraceMs, 0, 3_600_000));

    /// <summary>More is on disk than may be unacknowledged: the output has to wait.</summary>
    public bool JournalFull => File.Length - Volatile.Read(ref _acknowledged) >= _setting.JournalLimit;

    /// <summary>The value of <see cref="MarkName"/>.</summary>
    public static string Mark(Guid instance, long command) => $"{instance:N}.{command}";

    /// <summary>The environment of the command's processes, with additions.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentWith(params ReadOnlySpan<(string Name, string Value)> more)
    {
        var all = new Dictionary<string, string>(_environment);
        foreach (var (name, value) in more)
            all[name] = value;
        return all;
    }

    /// <summary>Asks for the end of the command; <paramref name="hurry"/> when nobody cares for its result any more.</summary>
    public void Stop(string reason, bool hurry)
    {
        if (hurry)
            Volatile.Write(ref _hurry, true);
        Interlocked.CompareExchange(ref _stopReason, reason, null);
        Waker.Wake();
    }

    public void Acknowledged(long position)
    {
        if (position <= Volatile.Read(ref _acknowledged))
            return;
        Volatile.Write(ref _acknowledged, position);
        Waker.Wake();
    }

    /// <summary>Runs a program to its end, its output going to the log. The header lines come before its first line.</summary>
    /// <exception cref="CannotStartException">In words for the log; the header lines are written nevertheless.</exception>
    public ProcessEnd Run(ProgramToRun program, string header, Capture? capture = null)
    {
        using var run = new ProcessRun(this, capture);
        return run.Run(program, header);
    }

    public void Dispose()
    {
        Waker.Dispose();
        File.Dispose();
    }
}
