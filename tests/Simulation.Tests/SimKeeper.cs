using System.Globalization;
using System.Text;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Commands;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Simulation.Tests;

/// <summary>The keeper of a worker's processes, which outlives the agent. Files and frames are the real ones; the processes are scripts that print numbered lines.</summary>
internal sealed class SimKeeper : IKeeper
{
    private readonly World world;
    private readonly WorkDirectory work;
    private readonly Dice dice;
    private readonly Machine machine;
    private readonly Dictionary<long, Process> running = [];

    private sealed class Process(FrameFile file)
    {
        public FrameFile File => file;
        public bool Unwanted { get; set; }

        /// <summary>What a power cut leaves at least.</summary>
        public long Synced { get; set; }
    }

    public SimKeeper(World world, WorkDirectory work, string name, int identity)
    {
        (this.world, this.work, Identity) = (world, work, identity);
        dice = world.Dice.For(FormattableString.Invariant($"{name} keeper {identity}"));
        machine = world.Loop.Add($"keeper of {name}");
    }

    public int Identity { get; }

    /// <summary>Whoever is the agent at the moment hears what happens.</summary>
    public Action<KeeperNews>? Tell { get; set; }

    /// <summary>Happens in the middle of the next beginning of a command.</summary>
    public Action? AtStart { get; set; }

    public IReadOnlyDictionary<long, long> Running => running.ToDictionary(r => r.Key, r => r.Value.File.Length);

    public void Send(KeeperOrder order) => machine.Enqueue(() =>
    {
        switch (order.Do)
        {
            case KeeperVerb.Start when !running.ContainsKey(order.Command):
                Begin(order.Command);
                break;
            case KeeperVerb.Forget when running.TryGetValue(order.Command, out var unwanted):
                unwanted.Unwanted = true;
                break;
            default:
                break;
        }
    });

    /// <summary>The keeper dies, and its processes with it; with a power cut also what was not flushed.</summary>
    public void Die(bool powerCut)
    {
        machine.Kill();
        foreach (var (command, process) in running)
        {
            var length = process.File.Length;
            process.File.Dispose();
            if (powerCut && File.Exists(work.Frames(command)))
            {
                using var file = File.OpenHandle(work.Frames(command), FileMode.Open, FileAccess.Write);
                RandomAccess.SetLength(file, process.Synced + dice.Below((int)(length - process.Synced) + 1));
            }
        }
        running.Clear();
    }

    private void Begin(long command)
    {
        if (world.Bug == Bug.StartedBeforeRecorded)
            world.Ledger.Started(command);
        if (AtStart is { } happens)
        {
            happens();
            return;
        }
        FrameFile file;
        try
        {
            file = FrameFile.Create(work.Frames(command));
        }
        catch (IOException)
        {
            return; // it has begun before
        }
        if (world.Bug != Bug.StartedBeforeRecorded)
            world.Ledger.Started(command);
        var process = running[command] = new(file);
        machine.Run(() => Live(command, process));
    }

    private async Task Live(long command, Process process)
    {
        process.File.Append(new StartedFrame(0, 1));
        Said(command, process, ended: false);
        for (var i = dice.Below(6); i >= 0 && !process.Unwanted; i--)
        {
            await world.Loop.Delay(dice.Between(1, 900));
            var lines = Enumerable.Range(0, 1 + dice.Below(3)).Select(_ => world.Ledger.Says(command)).ToArray();
            var chunk = LogChunk.Pack([.. lines.Select((text, n) => new LogLine(n, n, LogStream.Stdout, LineEnd.Newline, Encoding.UTF8.GetBytes(text)))]);
            process.File.Append(new LinesFrame("stdio", lines.Length, lines.Sum(l => l.Length + 1), 0, 0, chunk));
            Said(command, process, ended: false);
        }
        process.File.Append(new EndedFrame { Kind = process.Unwanted ? EndKind.Interrupted : EndKind.Exited, ExitCode = 0 });
        process.File.Sync();
        process.Synced = process.File.Length;
        running.Remove(command);
        Said(command, process, ended: true);
        process.File.Dispose();
    }

    private void Said(long command, Process process, bool ended) => Tell?.Invoke(new() { Command = command, Length = process.File.Length, Ended = ended });
}

/// <summary>What really happened, outside of all machines.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<long, int> starts = [];
    private readonly Dictionary<long, List<string>> said = [];

    /// <summary>Commands that were started more than once.</summary>
    public IEnumerable<long> StartedTwice => starts.Where(s => s.Value > 1).Select(s => s.Key);

    public void Started(long command) => starts[command] = starts.GetValueOrDefault(command) + 1;

    public bool WasStarted(long command) => starts.ContainsKey(command);

    public string Says(long command)
    {
        if (!said.TryGetValue(command, out var lines))
            said[command] = lines = [];
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{command}:{lines.Count}"));
        return lines[^1];
    }

    public IReadOnlyList<string> Of(long command) => said.GetValueOrDefault(command) ?? [];
}
