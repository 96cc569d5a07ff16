using System.Collections.Immutable;
using Weir.Shared.Protocol;

namespace Weir.Simulation.Tests;

/// <summary>What came out of a run.</summary>
internal sealed record Outcome(string? Failure, ulong Hash, IReadOnlySet<string> Seen);

/// <summary>Three engines, three workers, a store, a load and faults. After the last fault everything heals, and then everything must come to its end.</summary>
internal sealed class World
{
    public const int Steps = 3;
    public static readonly TimeSpan MissingAfter = Loop.Seconds(60);
    private const int EngineCount = 3;
    private const int WorkerCount = 3;
    private static readonly TimeSpan Healing = Loop.Seconds(45);
    private static readonly TimeSpan Limit = Loop.Seconds(600);
    private readonly HashSet<string> seen = [];
    private readonly List<SimWorker> workers = [];
    private readonly IReadOnlyList<Fault> faults;
    private readonly int requests;

    private World(ulong seed, IReadOnlyList<Fault> faults, Bug bug, string directory)
    {
        (this.faults, Bug, Dice) = (faults, bug, new(seed));
        Loop = new(Dice.For("schedule"));
        Store = new(Loop, Dice.For("store")) { Check = Check };
        Engines = [.. Enumerable.Range(1, EngineCount).Select(i => new SimEngine(this, i))];
        for (var i = 1; i <= WorkerCount; i++)
            workers.Add(new(this, i, Path.Combine(directory, FormattableString.Invariant($"w{i}"))));
        var load = Dice.For("load");
        requests = 6 + load.Below(8);
        var client = Loop.Add("client");
        for (var i = 1; i <= requests; i++)
        {
            var id = i;
            Loop.After(load.Between(0, 20_000), () => client.Run(() => Ask(client, id)));
        }
        foreach (var fault in faults)
            Loop.After(fault.At, () => Do(fault));
    }

    public Loop Loop { get; }
    public Dice Dice { get; }
    public Store Store { get; }
    public Bug Bug { get; }
    public Ledger Ledger { get; } = new();
    public IReadOnlyList<SimEngine> Engines { get; private set; }
    public List<(SimEngine Engine, Link Link)> Links { get; } = [];

    /// <summary>Runs a seed to its end.</summary>
    public static Outcome Run(ulong seed, IReadOnlyList<Fault> faults, Bug bug = Bug.None)
    {
        var directory = Directory.CreateTempSubdirectory("weir-sim-").FullName;
        if (Directory.Exists("/dev/shm"))
        {
            Directory.Delete(directory);
            directory = Path.Combine("/dev/shm", Path.GetFileName(directory));
        }
        try
        {
            var world = new World(seed, faults, bug, directory);
            world.RunToEnd();
            return new(world.Loop.Failure, world.Loop.Hash, world.seen);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static bool IsTrouble(Exception e) => e is StoreException or CommitUnknownException;

    public void Sometimes(string what) => seen.Add(what);

    public SimEngine? EngineOf(Link link) => Links.FirstOrDefault(l => l.Link == link).Engine;

    /// <summary>A transaction: tried again as long as nothing can have been committed.</summary>
    public async Task<T> Write<T>(Machine client, Func<Transaction, Task<T>> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            var transaction = Store.Begin(client);
            try
            {
                var result = await work(transaction);
                if (!transaction.RolledBack)
                    await transaction.Commit();
                transaction.Afterwards?.Invoke();
                return result;
            }
            catch (StoreException) when (attempt < 3)
            {
                transaction.Rollback();
            }
            catch (Exception e) when (e is not CommitUnknownException)
            {
                transaction.Rollback();
                throw;
            }
            await Loop.Delay(TimeSpan.FromMilliseconds(20 << attempt));
        }
    }

    private void RunToEnd()
    {
        var healing = (long)Healing.TotalMicroseconds;
        while (Loop.Failure is null && Loop.Now < Limit.TotalMicroseconds)
        {
            if (Loop.Now > healing && IsDone())
            {
                AtTheEnd();
                return;
            }
            if (!Loop.Step())
                Loop.Fail("nothing is left to happen, and not everything is done");
        }
        if (Loop.Failure is null)
            Loop.Fail("still not done: " + string.Join(", ", Table<RequestRow>("request").Where(r => r.Row.Result is null).Select(r => FormattableString.Invariant($"request {r.Id}"))));
    }

    private bool IsDone() => Table<RequestRow>("request").Count(r => r.Row.Result is not null) == requests;

    private IEnumerable<(long Id, T Row)> Table<T>(string table)
        where T : Row => Store.Committed.Where(r => r.Key.Table == table).Select(r => (r.Key.Id, (T)r.Value));

    private async Task Ask(Machine client, long id)
    {
        while (true)
        {
            try
            {
                await Write(client, t => t.Do(async s =>
                {
                    await s.Pass(new("request", id), Strength.Update);
                    if (s.Read<RequestRow>(new("request", id)) is null)
                        s.Insert(new("request", id), new RequestRow(1, true, null));
                    return true;
                }));
                return;
            }
            catch (Exception e) when (IsTrouble(e))
            {
                await Loop.Delay(Loop.Seconds(1));
            }
        }
    }

    private void Do(Fault fault)
    {
        var engine = Engines[fault.Whom % EngineCount];
        var worker = workers[fault.Whom % WorkerCount];
        switch (fault.Kind)
        {
            case FaultKind.KillEngine:
                Replace(engine, fault.For);
                break;
            case FaultKind.FreezeEngine:
                engine.Machine.Frozen = true;
                Loop.After(fault.For, () => engine.Machine.Frozen = false);
                break;
            case FaultKind.FreezeWithinTransaction:
                Store.Within[engine.Machine] = () =>
                {
                    engine.Machine.Frozen = true;
                    Loop.After(fault.For, () => engine.Machine.Frozen = false);
                };
                break;
            case FaultKind.DrainEngine:
                engine.Drain();
                Loop.After(fault.For + Loop.Seconds(2), () => Replace(engine, TimeSpan.Zero));
                break;
            case FaultKind.CutEngineFromStore:
                Store.CutOff(engine.Machine);
                break;
            case FaultKind.CommitWithoutAnswer:
                Store.Unanswered[engine.Machine] = 1 + (fault.Whom / 3);
                break;
            case FaultKind.CutLink:
                worker.CutLink(silent: false);
                break;
            case FaultKind.SilentLink:
                worker.CutLink(silent: true);
                break;
            case FaultKind.KillAgent:
                worker.KillAgent(fault.For);
                break;
            case FaultKind.FreezeAgent:
                worker.Frozen = true;
                Loop.After(fault.For, () => worker.Frozen = false);
                break;
            case FaultKind.KillKeeper:
                worker.KillKeeper();
                break;
            case FaultKind.KillKeeperAtStart:
                worker.KillKeeperAtStart();
                break;
            case FaultKind.Reboot:
                worker.Reboot(fault.For);
                break;
            default:
                Store.Crash(fault.For / 4);
                break;
        }
    }

    // The process is gone; what it had sent to be committed may still be. A new one of the same name comes up.
    private void Replace(SimEngine engine, TimeSpan after)
    {
        if (!Engines.Contains(engine) || (engine.Machine.Dead && after > TimeSpan.Zero))
            return;
        engine.Machine.Kill();
        Store.CutOff(engine.Machine);
        foreach (var (_, link) in Links.Where(l => l.Engine == engine))
            link.End();
        Loop.After(after, () => Engines = [.. Engines.Select(e => e == engine ? new(this, engine.Id) : e)]);
    }

    // At the moment of each commit.
    private void Check(Transaction transaction, ImmutableSortedDictionary<Key, Row> after)
    {
        foreach (var (build, epoch) in transaction.Fences)
        {
            var owner = Store.Committed.GetValueOrDefault(new Key("owner", build)) as OwnerRow;
            if (owner?.Epoch != epoch)
                Loop.Fail(FormattableString.Invariant($"{transaction.Client.Name} wrote for build {build} under epoch {epoch}; the owner's is {owner?.Epoch}"));
        }
        foreach (var (key, row) in transaction.Writes)
        {
            if (key.Table == "owner" && row is OwnerRow owner && !Store.Committed.ContainsKey(key))
            {
                if (Store.Committed.GetValueOrDefault(new Key("master", owner.Master)) is MasterRow { State: not MasterRow.Active })
                    Loop.Fail(FormattableString.Invariant($"engine {owner.Master} claimed build {key.Id} although it was draining"));
                if (Store.Committed.GetValueOrDefault(new Key("session", owner.Worker)) is not SessionRow { Ended: false } session || session.Master != owner.Master)
                    Loop.Fail(FormattableString.Invariant($"engine {owner.Master} claimed build {key.Id} on worker {owner.Worker}, whose session it does not hold"));
                if (after.Count(r => r.Key.Table == "owner" && ((OwnerRow)r.Value).Worker == owner.Worker) > SimClaim.Slots)
                    Loop.Fail(FormattableString.Invariant($"worker {owner.Worker} has more builds than slots"));
            }
        }
    }

    private void AtTheEnd()
    {
        foreach (var command in Ledger.StartedTwice)
            Loop.Fail(FormattableString.Invariant($"command {command} was started twice"));
        foreach (var (id, command) in Table<CommandRow>("command"))
        {
            if (command.Ended is not { Kind: EndKind.Exited })
                continue;
            if (!Ledger.WasStarted(id))
                Loop.Fail(FormattableString.Invariant($"command {id} ended and was never started"));
            if (!command.Lines.SequenceEqual(Ledger.Of(id)))
                Loop.Fail(FormattableString.Invariant($"command {id} said {Ledger.Of(id).Count} lines; stored are {command.Lines.Count}: {string.Join(' ', command.Lines)}"));
        }
        var commands = Table<CommandRow>("command").ToLookup(c => c.Row.Build, c => c.Row);
        foreach (var (id, build) in Table<BuildRow>("build"))
        {
            if (commands[id].GroupBy(c => c.Step).FirstOrDefault(g => g.Count() > 1) is { } twice)
                Loop.Fail(FormattableString.Invariant($"build {id} has step {twice.Key} twice"));
            if (build.Result == "success" && commands[id].Count(c => c.Ended?.Kind == EndKind.Exited) != Steps)
                Loop.Fail(FormattableString.Invariant($"build {id} succeeded without all of its steps"));
            if (build.Result is null)
                Loop.Fail(FormattableString.Invariant($"build {id} is still open, and its request is not"));
        }
        foreach (var request in Table<BuildRow>("build").GroupBy(b => b.Row.Request))
        {
            if (request.Count(b => b.Row.Result == "success") > 1)
                Loop.Fail(FormattableString.Invariant($"request {request.Key} was built twice"));
        }
        if (!faults.Any(f => f.CostsCommands) && Table<BuildRow>("build").FirstOrDefault(b => b.Row.Attempt > 1) is { Row: not null } again)
            Loop.Fail(FormattableString.Invariant($"build {again.Id} is a second attempt, and no worker had lost anything"));
        if (Table<RequestRow>("request").FirstOrDefault(r => r.Row.Result != "success") is { Row: not null } bad && faults.Count(f => f.CostsCommands) < 4)
            Loop.Fail(FormattableString.Invariant($"request {bad.Id} ended as {bad.Row.Result}"));
    }
}
