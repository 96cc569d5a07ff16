using Microsoft.Extensions.Logging.Abstractions;
using Weir.Shared.Protocol;
using Weir.Worker.Connection;
using Weir.Worker.Journal;

namespace Weir.Simulation.Tests;

/// <summary>A worker: the real journal, the real decisions about orders and the real shipping, on a simulated machine with a simulated keeper.</summary>
internal sealed class SimWorker
{
    private readonly World world;
    private readonly long id;
    private readonly WorkDirectory work;
    private readonly Dice dice;
    private SimKeeper keeper;
    private Machine machine;
    private Agent agent;
    private int boot = 1;

    // Everything that a killed agent takes with it.
    private sealed class Agent(WorkerJournal journal, HeldCommands held, Orders orders, Shipping shipping)
    {
        public WorkerJournal Journal => journal;
        public HeldCommands Held => held;
        public Orders Orders => orders;
        public Shipping Shipping => shipping;
        public Link? Link { get; set; }

        /// <summary>The session in force on the link, once it was welcomed.</summary>
        public long? Session { get; set; }
    }

    public SimWorker(World world, long id, string directory)
    {
        (this.world, this.id) = (world, id);
        work = new(directory);
        work.Create();
        dice = world.Dice.For(Name);
        keeper = new(world, work, Name, 1);
        (machine, agent) = Start();
    }

    private string Name => FormattableString.Invariant($"worker {id}");

    public bool Frozen
    {
        set => machine.Frozen = value;
    }

    public void CutLink(bool silent) => agent.Link?.End(silent);

    /// <summary>kill -9 of the agent: the keeper and its processes go on, the connection breaks.</summary>
    public void KillAgent(TimeSpan back)
    {
        machine.Kill();
        keeper.Tell = null;
        agent.Link?.End();
        world.Loop.After(back, () =>
        {
            if (machine.Dead)
                (machine, agent) = Start();
        });
    }

    /// <summary>The keeper dies, and with it what it ran; the agent starts another.</summary>
    public void KillKeeper()
    {
        keeper.Die(powerCut: false);
        keeper = new(world, work, Name, keeper.Identity + 1);
        KillAgent(dice.Between(100, 500));
    }

    public void KillKeeperAtStart() => keeper.AtStart = KillKeeper;

    public void Reboot(TimeSpan back)
    {
        keeper.Die(powerCut: true);
        boot++;
        keeper = new(world, work, Name, keeper.Identity + 1);
        KillAgent(back);
    }

    public void Welcomed(Link link, Welcome welcome)
    {
        if (agent.Link != link)
            return;
        // Never waits: only another store would make it.
        if (agent.Orders.TakeIn(welcome, CancellationToken.None) is { IsCompletedSuccessfully: true, Result: null })
        {
            agent.Session = welcome.Session;
            machine.Run(() => Beats(link));
            Ship();
        }
        else
        {
            link.End();
        }
    }

    public void Start(Link link, StartOrder order)
    {
        if (agent.Link == link && agent.Session is { } session && agent.Orders.Start(session, order) is { } refusal)
            world.Sometimes("an order was refused: " + refusal[..20]);
    }

    public void Applied(Link link, Acknowledgement acknowledgement)
    {
        if (agent.Link != link || agent.Session is not { } session)
            return;
        agent.Orders.Applied(session, acknowledgement);
        Ship();
    }

    public void Forget(Link link, long session, long command)
    {
        if (agent.Link == link && agent.Session is { } current)
            agent.Orders.Forget(current, session, command);
    }

    private (Machine, Agent) Start()
    {
        machine = world.Loop.Add(Name);
        var journal = new WorkerJournal(work, FormattableString.Invariant($"boot {boot}"));
        var held = new HeldCommands(journal);
        held.Recover(keeper.Running);
        var orders = new Orders(held, journal, keeper, new Pulse(), TimeProvider.System, NullLogger.Instance);
        var made = new Agent(journal, held, orders, new(held, work));
        var mine = machine;
        orders.Trouble = _ => made.Link?.End();
        keeper.Tell = news => mine.Enqueue(() =>
        {
            orders.Heard(news);
            Ship();
        });
        mine.Run(() => Connect(made));
        return (mine, made);
    }

    private async Task Connect(Agent me)
    {
        while (true)
        {
            var engine = dice.Of(world.Engines);
            var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!engine.Machine.Dead && !engine.Gone)
            {
                var link = me.Link = new(world.Loop, dice, machine, engine.Machine) { WorkerNotices = () => over.TrySetResult() };
                world.Links.Add((engine, link));
                var hello = Compose(me);
                link.ToEngine(() => engine.Hello(id, hello, link, this));
                // No answer to hello: the connection is given up.
                world.Loop.After(Loop.Seconds(20), () => mine(() => { if (me.Session is null) link.End(); }));
                await over.Task;
                (me.Link, me.Session) = (null, null);
            }
            await world.Loop.Delay(dice.Between(20, 1200));
        }

        void mine(Action action) => machine.Enqueue(action);
    }

    private Hello Compose(Agent me) => new()
    {
        OldestProtocol = WorkerProtocol.Oldest,
        NewestProtocol = WorkerProtocol.Newest,
        Name = Name,
        Instance = me.Journal.Instance,
        Boot = FormattableString.Invariant($"{boot}/{keeper.Identity}"),
        Version = "1",
        HighestSession = me.Journal.Standing.Session,
        Info = new(),
        Commands = me.Held.ForHello(),
    };

    private async Task Beats(Link link)
    {
        while (link.Open && agent.Link == link)
        {
            if (world.EngineOf(link) is { } engine)
                link.ToEngine(() => engine.Beat(id, link));
            await world.Loop.Delay(WorkerProtocol.Ping);
        }
    }

    private void Ship()
    {
        while (agent is { Link: { Open: true } link, Session: { } session } && world.EngineOf(link) is { } engine && agent.Shipping.Next(session) is { } piece)
            link.ToEngine(() => engine.Piece(id, link, piece));
    }
}
