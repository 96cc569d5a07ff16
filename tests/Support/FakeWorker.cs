using System.Collections.Concurrent;
using System.Text;
using Weir.Engine.Workers;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;

namespace Weir.Support;

/// <summary>A worker in memory that keeps to the protocol: it holds commands' files, ships them, takes acknowledgements and rewinds. What its commands do is a function.</summary>
public sealed class FakeWorker(World world, string name) : IWorkerLink
{
    /// <summary>Decides what a command prints and how it ends; null: the test drives it by <see cref="Print"/> and <see cref="End"/>.</summary>
    public Func<CommandSpec, (string Output, EndedFrame End)?> Behaviour { get; set; } = _ => ("", new EndedFrame { Kind = EndKind.Exited, ExitCode = 0 });

    private readonly TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => name;
    public long Id { get; set; }
    public Guid Instance { get; set; } = Guid.NewGuid();
    public string Boot { get; set; } = "boot-1";
    public WorkerSession? Session { get; private set; }
    public ConcurrentDictionary<long, FakeCommand> Commands { get; } = new();

    /// <summary>Every command that was started, with how often: the ledger.</summary>
    public ConcurrentDictionary<long, int> Starts { get; } = new();

    public ConcurrentQueue<string> Interrupts { get; } = new();
    public bool Refuses { get; set; }
    public string RefusesWith { get; set; } = "it does not want to";
    public Task Left => left.Task;

    /// <summary>Orders get lost on their way to it.</summary>
    public bool Loses { get; set; }

    /// <summary>How many orders got lost.</summary>
    public int Lost { get; private set; }

    /// <summary>The newest protocol it speaks.</summary>
    public int Protocol { get; set; } = WorkerProtocol.Newest;

    /// <summary>It says in its hello that it finishes and goes.</summary>
    public bool Stopping { get; set; }

    /// <summary>What its owner has said, as its hello tells it.</summary>
    public OwnerAbsence? Absence { get; set; }

    /// <summary>How often it was told that nothing is left.</summary>
    public int FinishedTimes { get; private set; }

    /// <summary>What it says it can do.</summary>
    public IReadOnlyList<string> Abilities { get; set; } = WorkerAbilities.All;

    public sealed class FakeCommand(long id, CommandSpec spec)
    {
        public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();
        public long Id => id;
        public CommandSpec Spec => spec;
        public long Epoch { get; set; }
        public List<byte> File { get; } = [];
        public long Sent { get; set; }
        public long Applied { get; set; }
        public bool Ended { get; set; }
        public int Lines { get; set; }
    }

    /// <summary>Says hello to this engine, as after any (re)connection; the world's other engines hear nothing of it.</summary>
    public async Task<Welcome> Connect(World.Engine engine, bool ready = true)
    {
        var hello = new Hello
        {
            Abilities = Abilities,
            OldestProtocol = 1,
            NewestProtocol = Protocol,
            Stopping = Stopping,
            Absence = Absence,
            Name = name,
            Instance = Instance,
            Boot = Boot,
            Version = "test",
            Info = new WorkerInfo { Host = "fake" },
            HighestSession = Session?.Number ?? 0,
            Commands = [.. Commands.Values.Select(c => new HeldCommand(c.Id, c.Epoch, c.File.Count, c.Ended))],
        };
        var (welcome, session) = await engine.Sessions.Hello(Id, name, hello, this, CancellationToken.None);
        if (session is null)
            return welcome;
        (Session, Engine) = (session, engine);
        foreach (var verdict in welcome.Verdicts)
        {
            if (!verdict.Continue)
            {
                Commands.TryRemove(verdict.Command, out _);
                continue;
            }
            var command = Commands[verdict.Command];
            (command.Epoch, command.Sent, command.Applied) = (verdict.Epoch, verdict.From, verdict.From);
        }
        if (ready)
            engine.Sessions.Beat(session);
        foreach (var command in Commands.Values)
            await Ship(command);
        return welcome;
    }

    public World.Engine? Engine { get; private set; }

    /// <summary>The connection breaks; the engine learns of it.</summary>
    public async Task Disconnect()
    {
        if (Session is { } session && Engine is { } engine)
            await engine.Sessions.Closed(session, CancellationToken.None);
    }

    public async Task Start(StartOrder order)
    {
        await Task.Yield();
        if (Loses)
        {
            Lost++;
            return;
        }
        if (Refuses)
        {
            await Engine!.Sessions.Refused(Session!, order.Command, RefusesWith, CancellationToken.None);
            return;
        }
        if (Commands.ContainsKey(order.Command))
            return;
        Starts.AddOrUpdate(order.Command, 1, (_, n) => n + 1);
        var command = new FakeCommand(order.Command, order.Spec) { Epoch = order.Epoch, Secrets = order.Secrets };
        command.File.AddRange(FrameCodec.Encode(new StartedFrame(0, 1)));
        Commands[order.Command] = command;
        if (Behaviour(order.Spec) is { } does)
        {
            await Print(command, does.Output, ship: false);
            await End(command, does.End);
        }
        else
        {
            await Ship(command);
        }
    }

    /// <summary>Lines of standard output.</summary>
    public async Task Print(FakeCommand command, string text, bool ship = true, string log = "stdio")
    {
        if (text.Length > 0)
        {
            var lines = text.TrimEnd('\n').Split('\n').Select((l, i) => new LogLine(i, 0, LogStream.Stdout, LineEnd.Newline, Encoding.UTF8.GetBytes(l))).ToArray();
            command.File.AddRange(FrameCodec.Encode(new LinesFrame(log, lines.Length, lines.Sum(l => l.Bytes.Length + 1), 0, 0, LogChunk.Pack(lines))));
            command.Lines += lines.Length;
        }
        if (ship)
            await Ship(command);
    }

    public async Task End(FakeCommand command, EndedFrame end)
    {
        command.File.AddRange(FrameCodec.Encode(end));
        command.Ended = true;
        await Ship(command);
    }

    /// <summary>Sends what was not sent yet, frame by frame.</summary>
    public async Task Ship(FakeCommand command)
    {
        while (command.Sent < command.File.Count && Session is { } session && Engine is { } engine)
        {
            var rest = command.File.ToArray().AsMemory((int)command.Sent);
            FrameCodec.TryMeasure(rest.Span, out var size);
            var piece = new Piece(session.Number, command.Id, command.Sent, rest[..size].ToArray());
            command.Sent += size;
            await engine.Sessions.Append(session, piece, CancellationToken.None);
        }
    }

    public async Task Applied(Acknowledgement acknowledgement)
    {
        if (!Commands.TryGetValue(acknowledgement.Command, out var command) || acknowledgement.Session != Session?.Number)
            return;
        command.Applied = acknowledgement.Position;
        if (acknowledgement.Rewind)
        {
            command.Sent = acknowledgement.Position;
            _ = Task.Run(() => Ship(command));
        }
        else if (command.Ended && command.Applied == command.File.Count)
        {
            Commands.TryRemove(command.Id, out _);
        }
        await Task.CompletedTask;
    }

    public async Task Interrupt(InterruptOrder order)
    {
        Interrupts.Enqueue(order.Reason);
        if (Commands.TryGetValue(order.Command, out var command) && !command.Ended)
            _ = Task.Run(() => End(command, new EndedFrame { Kind = EndKind.Interrupted, Signal = 15, Reason = order.Reason }));
        await Task.CompletedTask;
    }

    public Task Forget(long session, long command)
    {
        Commands.TryRemove(command, out _);
        return Task.CompletedTask;
    }

    /// <summary>The engines of which it was told while it was connected.</summary>
    public IReadOnlyList<string> ToldEngines { get; private set; } = [];

    public Task Engines(IReadOnlyList<string> addresses)
    {
        ToldEngines = addresses;
        return Task.CompletedTask;
    }

    /// <summary>The shared directories that it was told to remove.</summary>
    public ConcurrentQueue<(string Name, long Uses)> Removed { get; } = new();

    public Task Remove(long session, string directory, long uses)
    {
        Removed.Enqueue((directory, uses));
        return Task.CompletedTask;
    }

    public Task Finished(long session)
    {
        if (session == Session?.Number)
            FinishedTimes++;
        return Task.CompletedTask;
    }

    /// <summary>Where it was last told to go instead.</summary>
    public IReadOnlyList<string> SentTo { get; private set; } = [];

    public Task Leave(string reason, IReadOnlyList<string>? addresses)
    {
        SentTo = addresses ?? [];
        left.TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>Waits until a command is there that a predicate wants.</summary>
    public Task<FakeCommand> Running(Func<FakeCommand, bool>? which = null) =>
        world.Eventually(() => Task.FromResult(Commands.Values.FirstOrDefault(c => !c.Ended && (which is null || which(c)))), $"a running command on {name}");
}
