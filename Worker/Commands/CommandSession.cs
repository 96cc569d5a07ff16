using Weir.Shared.Protocol;
using Weir.Worker.Commands.Following;
using Weir.Worker.Commands.Masking;
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
    private readonly IReadOnlyDictionary<string, string> _secrets;
    private readonly Func<bool> _alone;
    private string? _stopReason;
    private bool _hurry;
    private long _acknowledged;

    public CommandSession(AcceptedOrder order, KeeperSetting setting, FrameFile file, Func<bool> alone, Action grew, IReadOnlyDictionary<string, string> secrets)
    {
        _secrets = secrets;
        Masker = Masker.For(secrets.Values);
        _setting = setting;
        _alone = alone;
        Id = order.Command;
        Spec = order.Spec;
        File = file;
        Log = new(file, setting.Time, grew, Masker);
        FirstSignal = Signal.Named(order.Spec.InterruptSignal);
        Deadlines = new(setting.Time, order.Spec.TimeoutMs, order.Spec.MaxTimeMs);
        var mark = Mark(setting.Instance, order.Command);
        Tree = new(Environment.ProcessId, $"{MarkName}={mark}");
        _environment = CommandEnvironment.Of(order, setting.Work, mark, secrets);
    }

    public long Id { get; }
    public CommandSpec Spec { get; }
    public FrameFile File { get; }

    /// <summary>Takes the command's secrets out of what is written; null if it has none.</summary>
    public Masker? Masker { get; }
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

    /// <summary>A secret that the order names and that did not come with it, if there is one.</summary>
    public string? MissingSecret => WorkerAbilities.SecretNames(Spec).FirstOrDefault(n => !_secrets.ContainsKey(n));

    /// <summary>Nobody cares for its result any more.</summary>
    public bool Hurries => Volatile.Read(ref _hurry);

    /// <summary>What its processes get first when it is ended early.</summary>
    public Signal FirstSignal { get; }

    /// <summary>From the first signal to KILL.</summary>
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

    /// <summary>The value of a secret that came with the order.</summary>
    public string Secret(string name) => _secrets[name];

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
    public ProcessEnd Run(ProgramToRun program, string header, Capture? capture = null, Capture? errors = null, FollowedFiles? followed = null)
    {
        using var run = new ProcessRun(this, capture, errors, followed);
        return run.Run(program, header);
    }

    /// <summary>Waits, unless the command is to end: then why.</summary>
    public (EndKind Kind, string Reason)? Pause(TimeSpan pause)
    {
        var began = Time.GetTimestamp();
        while (StopReason is null && Deadlines.Expired is null && pause - Time.GetElapsedTime(began) is { Ticks: > 0 } left)
        {
            Log.Flush();
            Deadlines.Output();
            WaitFor(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
        }
        return StopReason is { } reason ? (EndKind.Interrupted, reason) : Deadlines.Expired;
    }

    /// <summary>Waits a moment for the engine to store what is on disk.</summary>
    public void WaitForStore()
    {
        Log.Flush();
        WaitFor(TimeSpan.FromMilliseconds(200));
    }

    private unsafe void WaitFor(TimeSpan most)
    {
        var entry = new Libc.PollEntry { Handle = Waker.Reading, Events = Libc.PollIn };
        if (Libc.Poll(&entry, 1, (int)Math.Ceiling(most.TotalMilliseconds)) > 0)
            _ = Waker.Read(stackalloc byte[64]);
    }

    public void Dispose()
    {
        Waker.Dispose();
        File.Dispose();
    }
}
