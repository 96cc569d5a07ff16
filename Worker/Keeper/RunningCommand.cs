using System.Text.Json;
using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;
using Weir.Worker.Commands;
using Weir.Worker.Commands.Checkouts;
using Weir.Worker.Directories;
using Weir.Worker.Journal;

namespace Weir.Worker.Keeper;

/// <summary>A command inside the keeper, from its order to its last frame, on a thread of its own.</summary>
internal sealed partial class RunningCommand : IDisposable
{
    // Within it the engine has stored nearly every end; then the file is gone, and the disk need not hear of it.
    private static readonly TimeSpan SettlesAfter = TimeSpan.FromMilliseconds(200);

    private readonly KeeperSetting _setting;
    private readonly FrameFile _file;
    private readonly CommandSession? _session;
    private readonly Action<RunningCommand> _changed;
    private readonly ILogger _logger;
    private readonly string? _unreadable;
    private int _over;
    private string? _givenUp;

    private RunningCommand(long id, FrameFile file, KeeperSetting setting, Func<bool> alone, Action<RunningCommand> changed, IReadOnlyDictionary<string, string> secrets, ILogger logger)
    {
        Id = id;
        _file = file;
        _setting = setting;
        _changed = changed;
        _logger = logger;
        try
        {
            _session = new(AcceptedOrder.Read(setting.Work.Order(id)), setting, file, alone, () => changed(this), secrets);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or IOException or CannotStartException or BadPathException)
        {
            _unreadable = e is JsonException or NotSupportedException ? $"The keeper (version {Program.Version}) cannot read the order: {e.Message}" : e.Message;
        }
    }

    public long Id { get; }
    public long Length => _file.Length;

    /// <summary>Its last frame is written, or it was given up.</summary>
    public bool Over => Volatile.Read(ref _over) == 1;

    /// <summary>Why it could not be brought to an end.</summary>
    public string? GivenUp => Volatile.Read(ref _givenUp);

    /// <summary>Begins a command that has not begun before: the existence of its file says whether.</summary>
    /// <exception cref="IOException">It has begun before, or its file cannot be made.</exception>
    public static RunningCommand Begin(long id, KeeperSetting setting, Func<bool> alone, Action<RunningCommand> changed, IReadOnlyDictionary<string, string> secrets, ILogger logger)
    {
        Crash.At("keeper.begin.before-create");
        var file = FrameFile.Create(setting.Work.Frames(id));
        Crash.At("keeper.begin.after-create");
        return new(id, file, setting, alone, changed, secrets, logger);
    }

    public void Start() => _setting.Threads.Run(Live);

    public void Stop(string reason, bool hurry) => _session?.Stop(reason, hurry);

    public void Acknowledged(long position) => _session?.Acknowledged(position);

    public void Dispose() => (_session as IDisposable ?? _file).Dispose();

    private void Live()
    {
        LogBegun(Id);
        var log = _session?.Log ?? new CommandLog(_file, _setting.Time, () => _changed(this));
        try
        {
            var end = _session is null ? CannotStart(_unreadable ?? "") : Run(_session);
            if (end.Kind == EndKind.CouldNotStart)
                log.Header($"Could not start: {end.Reason}");
            end = end with { DurationMs = log.Now };
            if (end.Kind != EndKind.CouldNotStart)
                log.Header($"{new ProcessEnd(end.Kind, end.ExitCode, end.Signal, null)} after {Durations.InWords(TimeSpan.FromMilliseconds(end.DurationMs))}");
            log.Ended(end);
            Volatile.Write(ref _over, 1);
            LogEnded(Id, end.Kind, end.ExitCode, end.Signal);
        }
        catch (Exception e)
        {
            // A full disk, most likely. Nothing more can be written, so the processes must not go on unseen.
            LogGivenUp(Id, e);
            _session?.Tree.Signal(Libc.SignalKill, _session.Alone);
            Volatile.Write(ref _givenUp, $"The keeper could not go on with it: {e.Message}");
            Volatile.Write(ref _over, 1);
        }
        _changed(this);
        _ = Settle();
    }

    // Behind the news: whoever waits for the end does not wait for the disk.
    private async Task Settle()
    {
        try
        {
            Crash.At("keeper.settle.before");
            await Task.Delay(SettlesAfter, _setting.Time);
            if (File.Exists(_setting.Work.Frames(Id)))
                _file.Sync();
            Crash.At("keeper.settle.after");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotSettled(Id, e.Message);
        }
        Dispose();
    }

    private static EndedFrame Run(CommandSession session)
    {
        if (session.StopReason is { } reason)
            return new() { Kind = EndKind.Interrupted, Reason = reason };
        if (session.MissingSecret is { } missing)
            return CannotStart($"The order came without the value of the secret {missing}.");
        try
        {
            var shared = new SharedUses(session.Spec, session.Id, session.Work, session.Time);
            shared.Begin(session.Log);
            var end = session.Spec switch
            {
                RunSpec run => RunProcess.Run(run, session),
                CheckoutSpec checkout => Checkout.Run(checkout, session),
                var other => CannotStart($"This worker does not know what {other.GetType().Name} is."),
            };
            Crash.At("keeper.shared.end.before");
            shared.End(end, session.Log);
            return end;
        }
        catch (Exception e) when (e is CannotStartException or BadPathException)
        {
            return CannotStart(e.Message);
        }
        catch (Exception e) when (e is UnauthorizedAccessException)
        {
            return CannotStart($"The work directory does not allow it: {e.Message}");
        }
    }

    private static EndedFrame CannotStart(string reason) => new() { Kind = EndKind.CouldNotStart, Reason = reason };

    [LoggerMessage(LogLevel.Information, "Command {Command} begins.")]
    private partial void LogBegun(long command);

    [LoggerMessage(LogLevel.Information, "Command {Command} is over: {Kind}, exit code {ExitCode}, signal {Signal}.")]
    private partial void LogEnded(long command, EndKind kind, int? exitCode, int? signal);

    [LoggerMessage(LogLevel.Warning, "The file of command {Command} is whole, but may not be safe on disk: {Reason}")]
    private partial void LogNotSettled(long command, string reason);

    [LoggerMessage(LogLevel.Error, "Command {Command} is given up.")]
    private partial void LogGivenUp(long command, Exception e);
}
