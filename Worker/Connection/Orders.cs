using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Connection;

/// <summary>Decides about every order of an engine: recorded first, then obeyed; nothing twice; nothing of an older session or epoch.</summary>
internal sealed partial class Orders(HeldCommands held, WorkerJournal journal, IKeeper keeper, Pulse toShip, TimeProvider time, ILogger logger)
{
    /// <summary>Called when something could not be recorded: the connection in force must end, so that the next hello settles it.</summary>
    public Action<string>? Trouble { get; set; }

    /// <summary>Hears of commands that use shared directories.</summary>
    public SharedWatch? Shared { get; init; }

    /// <summary>Takes in what the engine knows of us. Answers why the connection must end, or null.</summary>
    public async Task<SessionEnd?> TakeIn(Welcome welcome, CancellationToken cancellation)
    {
        var standing = journal.Standing;
        if (welcome.Store.Length > 0 && standing.Store.Length > 0 && welcome.Store != standing.Store)
        {
            await StartOver(welcome.Store, cancellation);
            return new SessionEnd.OtherStore();
        }
        if (welcome.Session < standing.Session)
            return new SessionEnd.Broken($"The engine {welcome.Master} offers session {welcome.Session}; {standing.Session} has been in force already.");
        journal.Obey(new(welcome.Store.Length > 0 ? welcome.Store : standing.Store, welcome.Session));
        lock (held.Gate)
        {
            foreach (var command in held.All)
                command.Wanted = false;
            foreach (var verdict in welcome.Verdicts)
            {
                Crash.At("agent.verdict.before");
                if (held.Find(verdict.Command) is { Forgotten: false } command)
                    TakeInLocked(command, verdict);
                Crash.At("agent.verdict.after");
            }
        }
        toShip.Beat();
        return null;
    }

    /// <summary>Null if obeyed, else the reason for refusing in words.</summary>
    public string? Start(long session, StartOrder order)
    {
        lock (held.Gate)
        {
            if (order.Session != session)
                return $"The order is of session {order.Session}; in force is {session}.";
            if (journal.IsFinished(order.Command))
                return WorkerProtocol.FinishedBefore;
            if (held.Find(order.Command) is { } known)
                return AgainLocked(known, order);
            try
            {
                held.Add(new(journal.Accept(order)) { Wanted = true });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                journal.Unaccept(order.Command);
                return $"The worker cannot record the order: {e.Message}";
            }
            Shared?.Noticed(order.Spec, order.Command);
            Crash.At("agent.start.before-keeper");
            keeper.Send(new() { Do = KeeperVerb.Start, Command = order.Command, Secrets = order.Secrets });
            Crash.At("agent.start.after-keeper");
            return null;
        }
    }

    public void Interrupt(long session, InterruptOrder order)
    {
        lock (held.Gate)
        {
            if (order.Session != session || held.Find(order.Command) is not { Forgotten: false } command || order.Epoch < command.Order.Epoch)
            {
                LogStale("interrupt", order.Command, order.Session);
                return;
            }
            command.Waiting = false;
            keeper.Send(new() { Do = KeeperVerb.Interrupt, Command = order.Command, Reason = order.Reason });
        }
    }

    public void Applied(long session, Acknowledgement acknowledgement)
    {
        lock (held.Gate)
        {
            Crash.At("agent.applied.before");
            var (of, id, position, rewind) = acknowledgement;
            if (of != session || held.Find(id) is not { Wanted: true } command || position < command.Acknowledged || position > command.Length)
            {
                LogStale("acknowledgement", id, of);
                return;
            }
            command.Acknowledged = position;
            command.Sent = rewind ? position : Math.Max(command.Sent, position);
            // What has ended waits for no room any more.
            if (!command.Ended)
                keeper.Send(new() { Do = KeeperVerb.Acknowledged, Command = id, Position = position });
            FinishLocked(command);
            Crash.At("agent.applied.after");
        }
        toShip.Beat();
    }

    public void Forget(long current, long session, long id)
    {
        lock (held.Gate)
        {
            if (session != current || held.Find(id) is not { } command)
                LogStale("forget", id, session);
            else
                ForgetLocked(command);
        }
    }

    /// <summary>News of the keeper.</summary>
    public void Heard(KeeperNews news)
    {
        lock (held.Gate)
        {
            if (news.Command is not { } id || held.Find(id) is not { } command)
                return;
            // Its directories are made before it writes anything.
            var begins = command.Length == 0 && news.Length > 0;
            command.Length = Math.Max(command.Length, news.Length);
            command.Ended |= news.Ended;
            if (begins || news.Ended || news.GivenUp is not null)
                Shared?.Noticed(command.Order.Spec, id);
            try
            {
                if (news.GivenUp is { } reason)
                    GiveUpLocked(command, reason);
                FinishLocked(command);
            }
            catch (IOException e)
            {
                Trouble?.Invoke(e.Message);
            }
        }
        toShip.Beat();
    }

    private void TakeInLocked(Held command, Verdict verdict)
    {
        if (!verdict.Continue)
        {
            LogForgetting(command.Id);
            ForgetLocked(command);
            return;
        }
        command.Order = journal.Raise(command.Order, verdict.Epoch);
        command.Sent = command.Acknowledged = verdict.From;
        command.Wanted = true;
        if (command is { Waiting: true, NeedsSecrets: false })
        {
            command.Waiting = false;
            keeper.Send(new() { Do = KeeperVerb.Start, Command = command.Id });
        }
        else if (command.Lost is { } reason)
        {
            LoseLocked(command, reason);
        }
        else if (verdict.From > command.Length)
        {
            LogAhead(command.Id, verdict.From, command.Length);
            command.Wanted = false;
        }
        keeper.Send(new() { Do = KeeperVerb.Acknowledged, Command = command.Id, Position = verdict.From });
        FinishLocked(command);
    }

    // The same order once more is no second command; an engine may not know that the first arrived.
    private string? AgainLocked(Held known, StartOrder order)
    {
        if (known.Forgotten)
            return "This command is being ended, because an engine did not know it.";
        if (order.Epoch < known.Order.Epoch)
            return $"The order is of epoch {order.Epoch}; the command has been under {known.Order.Epoch} already.";
        known.Order = journal.Raise(known.Order, order.Epoch);
        known.Wanted = true;
        if (known.Waiting)
        {
            // It had never begun, and waited for its secrets.
            known.Waiting = false;
            keeper.Send(new() { Do = KeeperVerb.Start, Command = known.Id, Secrets = order.Secrets });
        }
        return null;
    }

    private void GiveUpLocked(Held command, string reason)
    {
        LogGivenUp(command.Id, reason);
        command.Lost = reason;
        if (command.Wanted)
            LoseLocked(command, reason);
    }

    private void LoseLocked(Held command, string reason)
    {
        command.Length = journal.Lose(command.Id, command.Acknowledged, reason);
        command.Sent = Math.Min(command.Sent, command.Length);
        command.Ended = true;
        command.Lost = null;
    }

    private void ForgetLocked(Held command)
    {
        command.Forgotten = true;
        command.Wanted = false;
        if (command.Waiting || command.Lost is not null || command.Ended)
            held.Finish(command);
        else
            keeper.Send(new() { Do = KeeperVerb.Forget, Command = command.Id });
    }

    private void FinishLocked(Held command)
    {
        if (command.Forgotten ? command.Ended || command.Lost is not null : command is { Wanted: true, Ended: true } && command.Acknowledged == command.Length)
            held.Finish(command);
    }

    // Nothing of the old store may be left when orders of the new one come: their ids begin at 1 again.
    private async Task StartOver(string store, CancellationToken cancellation)
    {
        LogOtherStore();
        lock (held.Gate)
        {
            foreach (var command in held.All.ToList())
                ForgetLocked(command);
        }
        while (true)
        {
            lock (held.Gate)
            {
                if (held.All.Count == 0)
                    break;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellation);
        }
        journal.StartOver(store);
    }

    [LoggerMessage(LogLevel.Warning, "An {What} for command {Command} of session {Session} is out of date; it is not obeyed.")]
    private partial void LogStale(string what, long command, long session);

    [LoggerMessage(LogLevel.Warning, "The engine does not know command {Command}; ending and forgetting it.")]
    private partial void LogForgetting(long command);

    [LoggerMessage(LogLevel.Error, "The engine has stored {From} bytes of command {Command}, but its file has only {Length}.")]
    private partial void LogAhead(long command, long from, long length);

    [LoggerMessage(LogLevel.Error, "Command {Command} was given up: {Reason}")]
    private partial void LogGivenUp(long command, string reason);

    [LoggerMessage(LogLevel.Warning, "Another store stands behind the engines now: ending and forgetting everything of the old one.")]
    private partial void LogOtherStore();
}
