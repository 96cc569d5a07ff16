using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;
using Weir.Worker.Commands;
using Weir.Worker.Commands.Checkouts;
using Weir.Worker.Journal;

namespace Weir.Worker.Keeper;

/// <summary>The keeper: owns the pipes and processes of all commands of one work directory, and outlives the agent.</summary>
internal sealed partial class KeeperProgram(WorkDirectory work, KeeperOptions options, TimeProvider time, ILogger logger)
{
    private Guid _identity;
    private int _agents;
    private long _quietSince = time.GetTimestamp();

    public async Task<int> Run()
    {
        using var only = FileLock.TryTake(work.KeeperLock);
        if (only is null)
        {
            LogAnother(work.Root);
            return 0;
        }
        KeepFreedMemory();
        _identity = KeeperIdentity.Take(work);
        var setting = new KeeperSetting(work, Identity.Of(work).Instance, time, new Reaper(), new CommandThreads(), options.JournalLimit);
        await EndLeftOvers(setting);
        var commands = new CommandTable(setting, logger);
        using var leaving = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Leave(context, commands, leaving));
        using var listener = LocalSocket.Listen(work, LocalSocket.Keeper);
        Crash.At("keeper.listen.after-bind");
        LogListening(_identity, Environment.ProcessId, work.Root);
        var serving = Accept(listener, commands, leaving);
        await WatchIdleness(commands, leaving);
        listener.Dispose();
        await serving;
        SettleAll();
        if (commands.Empty)
            KeeperIdentity.PassOn(work, _identity);
        LogLeaving();
        return 0;
    }

    // Each chunk of a log is compressed in a megabyte that the C library else gives back to the system every time, and gets again page by page: twice the time of everything else that is done with a long log.
    private static void KeepFreedMemory()
    {
        const int most = 4 << 20;
        try
        {
            _ = Libc.SetAllocation(Libc.TrimThreshold, most);
            _ = Libc.SetAllocation(Libc.MapThreshold, most);
        }
        catch (EntryPointNotFoundException)
        {
            // another C library
        }
    }

    // Ends that no engine has stored yet: who would flush them in a moment goes now.
    private void SettleAll()
    {
        foreach (var frames in work.Ids().Select(work.Frames).Where(File.Exists))
        {
            try
            {
                using var file = File.OpenHandle(frames, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                RandomAccess.FlushToDisk(file);
            }
            catch (IOException)
            {
                // An engine has it by now, and the agent has removed it.
            }
        }
    }

    // What an earlier keeper ran and could not end: its processes have nobody who reads them, and their fate will be called lost.
    private async Task EndLeftOvers(KeeperSetting setting)
    {
        GitAccess.RemoveLeftOvers(work);
        foreach (var id in work.Ids())
        {
            var (_, ended) = FrameFile.Measure(work.Frames(id), thoroughly: false);
            if (ended || !File.Exists(work.Frames(id)))
                continue;
            var tree = new ProcessTree(Environment.ProcessId, $"{CommandSession.MarkName}={CommandSession.Mark(setting.Instance, id)}");
            var began = time.GetTimestamp();
            while (tree.Signal(Libc.SignalKill, alone: false) && time.GetElapsedTime(began) < TimeSpan.FromSeconds(5))
            {
                LogLeftOver(id);
                await Task.Delay(TimeSpan.FromMilliseconds(10), time);
            }
        }
    }

    private async Task Accept(Socket listener, CommandTable commands, CancellationTokenSource leaving)
    {
        var open = new List<Task>();
        try
        {
            while (!leaving.IsCancellationRequested)
            {
                var socket = await listener.AcceptAsync(leaving.Token);
                open.RemoveAll(t => t.IsCompleted);
                open.Add(Serve(socket, commands, leaving));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // leaving
        }
        await Task.WhenAll(open);
    }

    private async Task Serve(Socket socket, CommandTable commands, CancellationTokenSource leaving)
    {
        await using var lines = new JsonLines<KeeperNews, KeeperOrder>(socket, KeeperJson.Default.KeeperNews, KeeperJson.Default.KeeperOrder);
        Action<KeeperNews> tell = lines.Send;
        Interlocked.Increment(ref _agents);
        try
        {
            lines.Send(new() { Keeper = _identity, Build = Program.Build, Process = Environment.ProcessId, Abilities = WorkerAbilities.All });
            commands.Tell(tell);
            while (await lines.Receive(leaving.Token) is { } order)
            {
                Crash.At("keeper.order.received");
                if (order.Do != KeeperVerb.Retire)
                    commands.Obey(order);
                else if (commands.Retire())
                    await leaving.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // leaving
        }
        finally
        {
            commands.Hush(tell);
            Volatile.Write(ref _quietSince, time.GetTimestamp());
            Interlocked.Decrement(ref _agents);
        }
    }

    private async Task WatchIdleness(CommandTable commands, CancellationTokenSource leaving)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(options.Idle.TotalSeconds / 4, 0.1, 15)), time, leaving.Token);
                if (!Directory.Exists(work.State))
                {
                    // Removed under our feet: nothing that runs here can reach anybody any more.
                    commands.StopAll("The worker's directory was removed.");
                    if (commands.Retire())
                        await leaving.CancelAsync();
                }
                else if (Volatile.Read(ref _agents) > 0 || !commands.Empty)
                    Volatile.Write(ref _quietSince, time.GetTimestamp());
                else if (time.GetElapsedTime(Volatile.Read(ref _quietSince)) >= options.Idle && commands.Retire())
                    await leaving.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // leaving
        }
    }

    // Honest ends are better than lost ones: everything is ended, and only then the keeper leaves.
    private void Leave(PosixSignalContext context, CommandTable commands, CancellationTokenSource leaving)
    {
        context.Cancel = true;
        LogTold();
        commands.StopAll("The worker's keeper was told to end (TERM).");
        _ = Task.Run(async () =>
        {
            while (!commands.Retire())
                await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            await leaving.CancelAsync();
        });
    }

    [LoggerMessage(LogLevel.Information, "Keeper {Identity}, process {Process}, keeps {Directory}.")]
    private partial void LogListening(Guid identity, int process, string directory);

    [LoggerMessage(LogLevel.Information, "Another keeper keeps {Directory}.")]
    private partial void LogAnother(string directory);

    [LoggerMessage(LogLevel.Warning, "Command {Command} was left behind by an earlier keeper; ending its processes.")]
    private partial void LogLeftOver(long command);

    [LoggerMessage(LogLevel.Information, "Told to end; ending all commands first.")]
    private partial void LogTold();

    [LoggerMessage(LogLevel.Information, "Leaving.")]
    private partial void LogLeaving();
}

/// <summary>What can be set for a keeper.</summary>
/// <param name="JournalLimit">Unacknowledged bytes per command on disk.</param>
/// <param name="Idle">Leave after so long without agent and commands.</param>
internal sealed record KeeperOptions(long JournalLimit, TimeSpan Idle);
