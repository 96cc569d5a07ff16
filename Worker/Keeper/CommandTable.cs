using Microsoft.Extensions.Logging;

namespace Weir.Worker.Keeper;

/// <summary>The commands that run in a keeper, and what was last told about each.</summary>
internal sealed partial class CommandTable(KeeperSetting setting, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, RunningCommand> _running = [];
    private Action<KeeperNews>? _tell;
    private bool _retired;

    /// <summary>Nothing runs.</summary>
    public bool Empty
    {
        get
        {
            lock (_gate)
                return _running.Count == 0;
        }
    }

    /// <summary>If nothing runs, nothing will: an order that comes behind this is left to the next keeper, which finds it accepted and not begun. False while something runs.</summary>
    public bool Retire()
    {
        lock (_gate)
            return _retired = _running.Count == 0;
    }

    /// <summary>From now on tell this one; first about all that runs.</summary>
    public void Tell(Action<KeeperNews> tell)
    {
        lock (_gate)
        {
            _tell = tell;
            foreach (var command in _running.Values)
                tell(News(command));
            tell(new() { Ready = true });
        }
    }

    /// <summary>Tell this one no more.</summary>
    public void Hush(Action<KeeperNews> tell)
    {
        lock (_gate)
        {
            if (_tell == tell)
                _tell = null;
        }
    }

    public void Obey(KeeperOrder order)
    {
        lock (_gate)
        {
            if (_retired)
                return;
            var command = _running.GetValueOrDefault(order.Command);
            switch (order.Do)
            {
                case KeeperVerb.Start when command is null:
                    Begin(order.Command, null, order.Secrets);
                    break;
                case KeeperVerb.Interrupt when command is null:
                    Begin(order.Command, order.Reason ?? "Interrupted.", null);
                    break;
                case KeeperVerb.Interrupt:
                    command.Stop(order.Reason ?? "Interrupted.", hurry: false);
                    break;
                case KeeperVerb.Forget:
                    command?.Stop("Nobody wants its result any more.", hurry: true);
                    break;
                case KeeperVerb.Acknowledged:
                    command?.Acknowledged(order.Position);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Ends everything, for a reason.</summary>
    public void StopAll(string reason)
    {
        lock (_gate)
        {
            foreach (var command in _running.Values)
                command.Stop(reason, hurry: false);
        }
    }

    private void Begin(long id, string? stopAtOnce, IReadOnlyDictionary<string, string>? secrets)
    {
        try
        {
            var command = RunningCommand.Begin(id, setting, () => _running.Count == 1, Changed, secrets ?? new Dictionary<string, string>(), logger);
            _running.Add(id, command);
            if (stopAtOnce is not null)
                command.Stop(stopAtOnce, hurry: false);
            command.Start();
        }
        catch (IOException e)
        {
            LogNotBegun(id, e.Message);
            if (!File.Exists(setting.Work.Frames(id)))
                _tell?.Invoke(new() { Command = id, GivenUp = $"It was not started: {e.Message}" });
        }
    }

    private void Changed(RunningCommand command)
    {
        lock (_gate)
        {
            _tell?.Invoke(News(command));
            if (command.Over)
                _running.Remove(command.Id);
        }
    }

    private static KeeperNews News(RunningCommand command) =>
        new() { Command = command.Id, Length = command.Length, Ended = command.Over && command.GivenUp is null, GivenUp = command.GivenUp };

    [LoggerMessage(LogLevel.Warning, "Command {Command} is not begun: {Reason}")]
    private partial void LogNotBegun(long command, string reason);
}
