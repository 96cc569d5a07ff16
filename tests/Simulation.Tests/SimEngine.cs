using Weir.Shared.Protocol;

namespace Weir.Simulation.Tests;

/// <summary>An engine: sessions, claims, takeovers and the end of itself, transaction by transaction as <c>Weir.Engine</c> does it. What a hello settles is decided by the real code.</summary>
internal sealed class SimEngine
{
    private static readonly TimeSpan Grace = Loop.Seconds(5);
    private static readonly TimeSpan Silence = WorkerProtocol.Silence + Loop.Seconds(3);
    private readonly World world;
    private readonly Dictionary<long, SimSession> sessions = [];
    private readonly Dictionary<long, SimRunner> runners = [];
    private long beatAt = long.MinValue / 2;
    private bool draining;

    public SimEngine(World world, long id)
    {
        this.world = world;
        Id = id;
        Machine = world.Loop.Add(FormattableString.Invariant($"engine {id}"));
        Ingest = new(world, this);
        Machine.Run(Begin);
    }

    public long Id { get; }
    public Machine Machine { get; }
    public SimIngest Ingest { get; }
    public bool Gone { get; private set; }

    private Key Row => new("master", Id);

    public Task<T> Write<T>(Func<Transaction, Task<T>> work) => world.Write(Machine, work);

    /// <summary>SIGTERM: the order stands in the store before anything follows from it.</summary>
    public void Drain() => Machine.Run(async () =>
    {
        await Insist(async t =>
        {
            await t.Do(async s => { await s.Pass(Key.Gate, Strength.Update); return true; });
            return await t.Do(s => s.Update<MasterRow>(Row, m => m with { State = MasterRow.Draining }));
        });
        draining = true;
    });

    /// <summary>A worker says hello; answers the welcome on the link.</summary>
    public void Hello(long worker, Hello hello, Link link, SimWorker peer) => Machine.Run(async () =>
    {
        try
        {
            var greeted = await SimGreeting.Greet(world, this, worker, hello, Silence, sentAway: () => draining);
            if (greeted is null)
            {
                link.End();
                return;
            }
            var session = new SimSession(worker, greeted.Session, hello, link) { Peer = peer };
            if (sessions.TryGetValue(worker, out var before))
            {
                before.Close();
                before.Link.End();
            }
            sessions[worker] = session;
            link.EngineNotices = () => Machine.Run(() => Over(session));
            await Adopt(session, greeted);
            link.ToWorker(() => peer.Welcomed(link, new() { Protocol = WorkerProtocol.Newest, Session = greeted.Session, Master = Machine.Name, Store = "s", Verdicts = greeted.Settled.Verdicts }));
        }
        catch (Exception e) when (World.IsTrouble(e))
        {
            link.End();
        }
    });

    public void Beat(long worker, Link link)
    {
        if (sessions.GetValueOrDefault(worker) is { } session && session.Link == link)
            session.Beat();
        else
            link.End();
    }

    public void Piece(long worker, Link link, Piece piece)
    {
        if (sessions.GetValueOrDefault(worker) is { } session && session.Link == link && session.Number == piece.Session)
            Ingest.Append(session, piece);
    }

    public SimSession? InForce(long worker) => sessions.GetValueOrDefault(worker);

    public void Ended(SimRunner runner)
    {
        if (runners.GetValueOrDefault(runner.Build) == runner)
            runners.Remove(runner.Build);
    }

    private async Task Begin()
    {
        await Insist(t => t.Do(async s =>
        {
            await s.Pass(Row, Strength.Update);
            s.Insert(Row, new MasterRow(MasterRow.Active, s.Now));
            return true;
        }));
        beatAt = world.Loop.Now;
        Machine.Run(() => Every(1, BeatOnce));
        Machine.Run(() => Every(0.2, ClaimOnce));
        Machine.Run(() => Every(3, BeatSessions));
        Machine.Run(() => Every(5, TakeUpUnattended));
        Machine.Run(() => Every(5, TakeOverAbandoned));
        Machine.Run(Ingest.Run);
    }

    private async Task Every(double seconds, Func<Task> duty)
    {
        while (!Gone)
        {
            try
            {
                await duty();
            }
            catch (Exception e) when (World.IsTrouble(e))
            {
                // The next round reads the store again.
            }
            await world.Loop.Delay(Loop.Seconds(seconds));
        }
    }

    private async Task<T> Insist<T>(Func<Transaction, Task<T>> work)
    {
        while (true)
        {
            try
            {
                return await Write(work);
            }
            catch (Exception e) when (World.IsTrouble(e))
            {
                await world.Loop.Delay(Loop.Seconds(0.5));
            }
        }
    }

    private async Task BeatOnce()
    {
        await Write(t => t.Do(s => s.Update<MasterRow>(Row, m => m with { BeatAt = s.Now })));
        beatAt = world.Loop.Now;
        if (!draining)
            return;
        var (others, left) = await Write(t => t.Do(s => Task.FromResult((
            s.All<MasterRow>("master").Any(m => m.Id != Id && m.Row.State == MasterRow.Active && m.Row.BeatAt > s.Now - (long)Grace.TotalMicroseconds),
            s.All<OwnerRow>("owner").Count(o => o.Row.Master == Id && s.Read<SessionRow>(new("session", o.Row.Worker)) is { Ended: false } session && session.Master == Id)))));
        if (others)
        {
            foreach (var session in sessions.Values.ToArray())
                session.Link.End();
        }
        if (left == 0 && (!others || sessions.Count == 0))
        {
            Gone = true;
            world.Sometimes("an engine drained to its end");
        }
    }

    private async Task ClaimOnce()
    {
        // Who could not beat for two thirds of the grace stops acting.
        if (draining || world.Loop.Now - beatAt > Grace.TotalMicroseconds * 2 / 3)
            return;
        var waiting = await Write(t => t.Do(s => Task.FromResult(s.All<RequestRow>("request").Where(r => r.Row.Open).Select(r => r.Id).ToArray())));
        var free = sessions.Values.Where(s => s.Ready.IsCompletedSuccessfully).ToArray();
        for (var i = 0; i < waiting.Length && free.Length > 0; i++)
        {
            var session = free[i % free.Length];
            if (await SimClaim.Try(world, this, waiting[i], session) is { } state)
                Start(new(world, this, state, session, []));
        }
    }

    // As the dispatcher does: ours, of a worker that is here, and nobody drives it. A claim whose answer was lost looks like this.
    private async Task TakeUpUnattended()
    {
        if (world.Bug == Bug.ClaimForgotten)
            return;
        var here = sessions.Values.Where(s => s.Ready.IsCompletedSuccessfully).ToDictionary(s => s.Worker);
        var mine = await Write(t => t.Do(s => Task.FromResult(s.All<OwnerRow>("owner")
            .Where(o => o.Row.Master == Id && here.TryGetValue(o.Row.Worker, out var session) && s.Read<SessionRow>(new("session", o.Row.Worker)) is { Ended: false } row && row.Number == session.Number && row.Master == Id)
            .Select(o => (o.Id, o.Row.Worker, o.Row.Epoch)).ToArray())));
        foreach (var (build, worker, epoch) in mine.Where(m => !runners.ContainsKey(m.Id)))
        {
            if (await SimRunner.Load(world, this, build) is not { } state || state.Epoch != epoch || runners.ContainsKey(build) || sessions.GetValueOrDefault(worker) != here[worker])
                continue;
            world.Sometimes("a build was taken up whose claim got no answer");
            Start(new(world, this, state, here[worker], []));
        }
    }

    private async Task BeatSessions()
    {
        foreach (var session in sessions.Values.Where(s => s.Fresh).ToArray())
        {
            session.Fresh = false;
            var kept = await Write(t => t.Do(s => s.Update<SessionRow>(new("session", session.Worker), r => r.Number == session.Number && r.Master == Id && !r.Ended ? r with { BeatAt = s.Now } : null)));
            if (kept)
                continue;
            world.Sometimes("an engine found that a session was no longer its own");
            Forget(session);
            session.Link.End();
        }
    }

    private async Task TakeOverAbandoned()
    {
        if (world.Loop.Now - beatAt > Grace.TotalMicroseconds)
            return;
        var abandoned = await Write(t => t.Do(s => Task.FromResult(s.All<OwnerRow>("owner")
            .Where(o => s.Read<SessionRow>(new("session", o.Row.Worker)) is { } session && session.BeatAt < s.Now - (long)World.MissingAfter.TotalMicroseconds).Select(o => (o.Id, o.Row.Epoch)).ToArray())));
        foreach (var (build, epoch) in abandoned)
        {
            var taken = await Write(t => t.Do(s => s.Update<OwnerRow>(new("owner", build), o => o.Epoch == epoch ? o with { Epoch = epoch + 1, Master = Id } : null)));
            if (!taken || await SimRunner.Load(world, this, build) is not { } state || state.Epoch != epoch + 1)
                continue;
            runners.GetValueOrDefault(build)?.Drop();
            world.Sometimes("a build was given up because its worker stayed away");
            await SimRunner.GiveUp(this, state);
        }
    }

    private async Task Adopt(SimSession session, SimGreeting greeted)
    {
        foreach (var stale in runners.Values.Where(r => r.Worker == session.Worker && greeted.Owned.All(o => o.Build != r.Build)).ToArray())
            stale.Drop();
        var adopted = new List<SimRunner>();
        foreach (var (build, epoch) in greeted.Owned)
        {
            if (runners.Remove(build, out var before))
                before.Drop();
            if (await SimRunner.Load(world, this, build) is not { } state || state.Epoch != epoch)
                continue;
            var sent = (greeted.Settled.Commands.GetValueOrDefault(build) ?? []).Where(c => c.Held).Select(c => c.Id);
            var runner = new SimRunner(world, this, state, session, sent);
            runner.Expect();
            adopted.Add(runner);
            world.Sometimes("a build was adopted");
        }
        foreach (var runner in adopted)
            Start(runner);
    }

    private void Start(SimRunner runner)
    {
        runners[runner.Build] = runner;
        Machine.Run(runner.Run);
    }

    private void Forget(SimSession session)
    {
        session.Close();
        if (sessions.GetValueOrDefault(session.Worker) == session)
            sessions.Remove(session.Worker);
    }

    private async Task Over(SimSession session)
    {
        var current = sessions.GetValueOrDefault(session.Worker) == session;
        Forget(session);
        if (current)
            await Insist(t => t.Do(s => s.Update<SessionRow>(new("session", session.Worker), r => r.Number == session.Number && r.Master == Id && !r.Ended ? r with { Ended = true } : null)));
    }
}
