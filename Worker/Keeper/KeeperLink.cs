using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;
using Weir.Worker.Commands;
using Weir.Worker.Journal;

namespace Weir.Worker.Keeper;

/// <summary>Who runs what the agent accepts.</summary>
internal interface IKeeper
{
    void Send(KeeperOrder order);
}

/// <summary>The agent's end of the connection to its keeper, which it starts if there is none.</summary>
internal sealed partial class KeeperLink : IKeeper, IAsyncDisposable
{
    private const long MaxLog = 4 << 20;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);
    private readonly JsonLines<KeeperOrder, KeeperNews> _lines;

    private KeeperLink(JsonLines<KeeperOrder, KeeperNews> lines, KeeperNews first, IReadOnlyDictionary<long, KeeperNews> running)
    {
        _lines = lines;
        Identity = first.Keeper ?? Guid.Empty;
        Build = first.Build ?? "";
        Process = first.Process;
        Abilities = first.Abilities ?? [];
        Running = running;
    }

    public Guid Identity { get; }
    public string Build { get; }
    public int Process { get; }

    /// <summary>It may be of an earlier release than this program.</summary>
    public IReadOnlyList<string> Abilities { get; }

    /// <summary>The commands that ran when the link was made.</summary>
    public IReadOnlyDictionary<long, KeeperNews> Running { get; }

    /// <summary>Finds the keeper or starts one; an idle keeper of another version is replaced. One that was just started is taken as it is: it is of another version when the program's file was replaced while this agent ran.</summary>
    /// <exception cref="IOException">No keeper answers; the message says where to look.</exception>
    public static async Task<KeeperLink> Open(WorkDirectory work, long journalLimit, bool again, TimeProvider time, ILogger logger, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var started = 0;
        while (true)
        {
            if (await TryOpen(work, time, cancellation) is { } link)
            {
                if (link.Build == Program.Build || link.Running.Count > 0)
                    return link;
                if (started != 0)
                {
                    LogNewer(logger, link.Process);
                    return link;
                }
                LogReplacing(logger, link.Process);
                link.Send(new() { Do = KeeperVerb.Retire });
                while (await link.Receive(cancellation) is not null)
                {
                    // until it is gone
                }
                await link.DisposeAsync();
                started = 0;
                continue;
            }
            // One that ends at once found another keeper, or failed and left a word in its log file.
            if (started == 0 || Spawning.Collect(started))
            {
                started = Start(work, journalLimit, again);
                again = true;
            }
            if (time.GetElapsedTime(began) > StartPatience)
                throw new IOException($"The keeper process does not answer; see {work.KeeperLog}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellation);
        }
    }

    public void Send(KeeperOrder order) => _lines.Send(order);

    /// <summary>The next news; null when the keeper is gone.</summary>
    public Task<KeeperNews?> Receive(CancellationToken cancellation) => _lines.Receive(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _lines.DisposeAsync();
        Spawning.Collect(Process);
    }

    private static async Task<KeeperLink?> TryOpen(WorkDirectory work, TimeProvider time, CancellationToken cancellation)
    {
        if (LocalSocket.TryConnect(work, LocalSocket.Keeper) is not { } socket)
            return null;
        var lines = new JsonLines<KeeperOrder, KeeperNews>(socket, KeeperJson.Default.KeeperOrder, KeeperJson.Default.KeeperNews);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            var running = new Dictionary<long, KeeperNews>();
            if (await lines.Receive(either.Token) is { Keeper: not null } first)
            {
                while (await lines.Receive(either.Token) is { } news)
                {
                    if (news.Ready)
                        return new(lines, first, running);
                    if (news.Command is { } command)
                        running[command] = news;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // frozen
        }
        await lines.DisposeAsync();
        return null;
    }

    // In a session of its own, so that neither the terminal's Ctrl-C nor our end reaches it.
    private static int Start(WorkDirectory work, long journalLimit, bool again)
    {
        var environment = CommandEnvironment.Inherited();
        if (!again && Environment.GetEnvironmentVariable(Crash.Variable) is { } crash)
            environment[Crash.Variable] = crash;
        if (new FileInfo(work.KeeperLog) is { Exists: true, Length: > MaxLog })
            File.Move(work.KeeperLog, work.KeeperLog + ".old", overwrite: true);
        // Every write at the end, whoever else writes: the framework's way of appending only seeks once.
        var log = Libc.Open(work.KeeperLog, Libc.WriteAppendCreate | Libc.CloseOnExec, 0x180);
        if (log < 0)
            throw new IOException($"Cannot open {work.KeeperLog}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        IReadOnlyList<string> arguments = [.. Program.Itself, "keeper", "--work", work.Root, "--journal-limit", journalLimit.ToString(CultureInfo.InvariantCulture)];
        try
        {
            return Spawning.Start(new(arguments, work.Root, environment), log, log);
        }
        finally
        {
            _ = Libc.Close(log);
        }
    }

    [LoggerMessage(LogLevel.Information, "The keeper, process {Process}, is of another version and idle; replacing it.")]
    private static partial void LogReplacing(ILogger logger, int process);

    [LoggerMessage(LogLevel.Information, "The keeper, process {Process}, is of another version than this agent: the program was replaced since the agent was started.")]
    private static partial void LogNewer(ILogger logger, int process);
}
