using System.Text.Json;
using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;
using Weir.Worker.Presence;

namespace Weir.Worker.Connection;

/// <summary>The agent: holds one connection to an engine, records orders, and ships what the keeper writes. It may die at any moment; the keeper and the journal carry on.</summary>
internal sealed partial class Agent(WorkDirectory work, AgentOptions options, Departure departure, RecentLines log, Random random, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan SlowPace = TimeSpan.FromSeconds(30);
    // Told to finish, and nothing runs: so long a master is looked for that might know of a build between two commands.
    private static readonly TimeSpan LastSearch = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan KeeperPace = TimeSpan.FromMilliseconds(100);
    private readonly Addresses _addresses = new(options.Addresses);
    private readonly Backoff _backoff = new(random);
    private long? _searching;

    /// <summary>Runs until <paramref name="told"/>, or until the owner of the machine says so; answers the exit code.</summary>
    public async Task<int> Run(CancellationToken told)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(told, departure.Now);
        var stopping = either.Token;
        using var only = FileLock.TryTake(work.AgentLock);
        if (only is null)
        {
            LogAnother(work.Root);
            return ExitCodes.Busy;
        }
        try
        {
            var info = await Machine.Describe(time, stopping);
            var journal = new WorkerJournal(work, Machine.Boot());
            var held = new HeldCommands(journal);
            var presence = new OwnerPresence(work, time);
            using var shared = new SharedWatch(work, held, time, logger);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var view = new OwnerView(options.Name, work.Root, presence, departure, held, shared, id => new(File.GetLastWriteTimeUtc(work.Order(id)), TimeSpan.Zero), log);
            await using var door = new OwnerDoor(work, view, logger);
            await using var page = OwnerPage.Open(work, view, time, logger);
            if (page is null)
                LogNoPage();
            LogStarting(options.Name, journal.Instance, work.Root);
            var watching = Task.CompletedTask;
            try
            {
                for (var again = false; ; again = true)
                {
                    await using var keeper = await KeeperLink.Open(work, options.JournalLimit, again, time, logger, stopping);
                    lock (held.Gate)
                        held.Recover(keeper.Running.ToDictionary(r => r.Key, r => r.Value.Length));
                    shared.Look();
                    if (!again)
                        watching = shared.Run(ending.Token);
                    if (await WithKeeper(keeper, journal, held, view, shared, info, stopping) is { } exit)
                        return exit;
                    LogKeeperGone();
                    await Task.Delay(KeeperPace, time, stopping);
                }
            }
            finally
            {
                await ending.CancelAsync();
                await watching;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return ExitCodes.Good;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            LogFailed(e.Message);
            return ExitCodes.Failed;
        }
    }

    // Null when the keeper is gone.
    private async Task<int?> WithKeeper(KeeperLink keeper, WorkerJournal journal, HeldCommands held, OwnerView view, SharedWatch shared, WorkerInfo info, CancellationToken stopping)
    {
        using var toShip = new Pulse();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var orders = new Orders(held, journal, keeper, toShip, time, logger) { Shared = shared };
        var listening = Listen(keeper, orders, ending);
        var shipping = new Shipping(held, work);
        var departing = new Departing(departure, held, time, logger);
        var attending = new Attending(view.Presence, time, logger);
        var hello = Composer(keeper, journal, held, attending, info);
        int? exit = null;
        while (exit is null && !ending.IsCancellationRequested)
        {
            SessionEnd end;
            var address = _addresses.Next();
            // The old connection is closed for good before the next hello is composed.
            await using (var session = new EngineSession(Addresses.Hub(address), options.Token, orders, shipping, toShip, departing, attending, shared, time, logger) { Engines = _addresses.Learn })
                end = await session.Run(hello, welcome => Welcomed(address, welcome, view), ending.Token);
            view.Disconnected(end switch { SessionEnd.Broken b => b.Reason, SessionEnd.SentAway s => s.Reason, SessionEnd.Refused r => r.Reason, _ => "The connection is over." });
            exit = await After(end, address, held, departing, ending.Token);
        }
        await ending.CancelAsync();
        await listening;
        if (stopping.IsCancellationRequested)
            exit = ExitCodes.Good;
        if (exit is not null)
            Leave(keeper, held);
        return exit;
    }

    private Func<Hello> Composer(KeeperLink keeper, WorkerJournal journal, HeldCommands held, Attending attending, WorkerInfo info) => () =>
    {
        lock (held.Gate)
        {
            return new()
            {
                OldestProtocol = WorkerProtocol.Oldest,
                NewestProtocol = WorkerProtocol.Newest,
                Name = options.Name,
                Instance = journal.Instance,
                Boot = $"{journal.Machine}/{keeper.Identity:N}",
                Version = Program.Version,
                Abilities = keeper.Abilities,
                Stopping = departure.IsAsked,
                Absence = attending.ForHello(),
                HighestSession = journal.Standing.Session,
                Info = info,
                Commands = held.ForHello(),
            };
        }
    };

    private static async Task Listen(KeeperLink keeper, Orders orders, CancellationTokenSource ending)
    {
        try
        {
            while (await keeper.Receive(ending.Token) is { } news)
                orders.Heard(news);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    private void Welcomed(Uri address, Welcome welcome, OwnerView view)
    {
        view.Connected(welcome.Master, address, time.GetUtcNow());
        LogConnected(address, welcome.Master, welcome.Session);
        _backoff.Reset();
        _searching = null;
        _addresses.Learn(welcome.Addresses);
    }

    // The exit code, if this is the end of the program.
    private async Task<int?> After(SessionEnd end, Uri address, HeldCommands held, Departing departing, CancellationToken ending)
    {
        var wait = TimeSpan.Zero;
        if (end is SessionEnd.Finished || SearchedLongEnough(departing))
            return ExitCodes.Good;
        switch (end)
        {
            case SessionEnd.Broken(var reason, var silent):
                wait = _backoff.Next();
                if (silent)
                    _addresses.Avoid();
                LogBroken(address, reason, (long)wait.TotalMilliseconds);
                break;
            case SessionEnd.SentAway(var reason, var addresses):
                wait = _backoff.Next();
                LogSentAway(address, reason);
                if (addresses.Count > 0)
                    _addresses.Prefer(addresses);
                _addresses.Avoid();
                break;
            case SessionEnd.Refused(var reason, var final):
                if (final && Empty(held))
                {
                    LogRefusedForGood(address, reason);
                    return ExitCodes.TokenRefused;
                }
                // Only a person can change this, so it is not asked every second.
                wait = SlowPace;
                LogRefused(address, reason, (long)wait.TotalSeconds);
                break;
            default:
                break;
        }
        try
        {
            await Task.Delay(wait, time, ending);
        }
        catch (OperationCanceledException)
        {
            // the loop sees it
        }
        return null;
    }

    private bool SearchedLongEnough(Departing departing)
    {
        if (!departing.IsAsked || !departing.IsIdle)
        {
            _searching = null;
            return false;
        }
        _searching ??= time.GetTimestamp();
        if (time.GetElapsedTime(_searching.Value) < LastSearch)
            return false;
        LogNoMaster((long)LastSearch.TotalSeconds);
        return true;
    }

    private static int Running(HeldCommands held)
    {
        lock (held.Gate)
            return held.All.Count(h => !h.Ended && !h.Waiting && h.Lost is null);
    }

    private static bool Empty(HeldCommands held)
    {
        lock (held.Gate)
            return held.All.Count == 0;
    }

    private void Leave(KeeperLink keeper, HeldCommands held)
    {
        lock (held.Gate)
        {
            var running = Running(held);
            if (running > 0)
                LogLeavingBehind(running, keeper.Process);
            else if (held.All.Count > 0)
                LogUnsent(held.All.Count);
            else
                LogLeaving();
        }
        keeper.Send(new() { Do = KeeperVerb.Retire });
    }

    [LoggerMessage(LogLevel.Warning, "The owner's page cannot be opened on this machine; weir-worker status, away, back and stop do without.")]
    private partial void LogNoPage();

    [LoggerMessage(LogLevel.Information, "Worker {Name}, installation {Instance}, works in {Directory}.")]
    private partial void LogStarting(string name, Guid instance, string directory);

    [LoggerMessage(LogLevel.Error, "Another weir-worker works in {Directory}; give each its own with --work.")]
    private partial void LogAnother(string directory);

    [LoggerMessage(LogLevel.Error, "{Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(LogLevel.Warning, "The keeper process is gone; starting another. What it ran is lost.")]
    private partial void LogKeeperGone();

    [LoggerMessage(LogLevel.Information, "Connected to {Address} ({Master}), session {Session}.")]
    private partial void LogConnected(Uri address, string master, long session);

    [LoggerMessage(LogLevel.Warning, "No connection to {Address}: {Reason} Next attempt in {Milliseconds} ms.")]
    private partial void LogBroken(Uri address, string reason, long milliseconds);

    [LoggerMessage(LogLevel.Information, "{Address} sends us away: {Reason}")]
    private partial void LogSentAway(Uri address, string reason);

    [LoggerMessage(LogLevel.Error, "{Address} refuses this worker: {Reason} Next attempt in {Seconds} s.")]
    private partial void LogRefused(Uri address, string reason, long seconds);

    [LoggerMessage(LogLevel.Error, "{Address} refuses this worker: {Reason}")]
    private partial void LogRefusedForGood(Uri address, string reason);

    [LoggerMessage(LogLevel.Warning, "No master has taken this worker in for {Seconds} s, and nothing runs here.")]
    private partial void LogNoMaster(long seconds);

    [LoggerMessage(LogLevel.Information, "Stopping. {Count} command(s) run on in the keeper, process {Keeper}; start the worker again to take them up.")]
    private partial void LogLeavingBehind(int count, int keeper);

    [LoggerMessage(LogLevel.Information, "Stopping. The results of {Count} command(s) wait on disk and are sent at the next start.")]
    private partial void LogUnsent(int count);

    [LoggerMessage(LogLevel.Information, "Stopping.")]
    private partial void LogLeaving();
}
