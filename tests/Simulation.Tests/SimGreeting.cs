using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.Simulation.Tests;

/// <summary>The transaction of a hello, as <c>Greeting</c> has it.</summary>
internal sealed record SimGreeting(long Session, IReadOnlyList<(long Build, long Epoch)> Owned, Settlement Settled)
{
    /// <summary>Null: another installation is there, or the engine sends workers elsewhere.</summary>
    public static Task<SimGreeting?> Greet(World world, SimEngine engine, long worker, Hello hello, TimeSpan silence, Func<bool> sentAway) => engine.Write(async t =>
    {
        var key = new Key("session", worker);
        await t.Do(async s => { await s.Pass(new("worker", worker), Strength.Update); return true; });
        var known = await t.Do(s => s.Lock<SessionRow>(key, Strength.Update));
        var now = world.Loop.Now;
        if ((known is { Ended: false } && known.Instance != hello.Instance && known.BeatAt > now - (long)silence.TotalMicroseconds) || sentAway())
        {
            t.Rollback();
            return null;
        }
        var session = Math.Max(known?.Number ?? 0, hello.HighestSession) + 1;
        var owned = await t.Do(async s =>
        {
            s.Insert(key, new SessionRow(session, engine.Id, hello.Instance, hello.Boot, false, s.Now));
            var raised = new List<(long, long)>();
            foreach (var (build, _) in s.All<OwnerRow>("owner").Where(o => o.Row.Worker == worker).ToArray())
            {
                long epoch = 0;
                if (await s.Update<OwnerRow>(new("owner", build), o => o with { Epoch = epoch = world.Bug == Bug.HelloWithoutEpochs ? o.Epoch : o.Epoch + 1, Master = engine.Id }))
                    raised.Add((build, epoch));
            }
            return raised;
        });
        var epochs = owned.ToDictionary(o => o.Item1, o => o.Item2);
        var settled = await t.Do(async s =>
        {
            var open = s.All<CommandRow>("command").Where(c => c.Row.Ended is null && epochs.ContainsKey(c.Row.Build))
                .Select(c => new OpenCommand(c.Id, c.Row.Build, world.Bug == Bug.LostIsSentAgain ? hello.Instance : c.Row.Instance, world.Bug == Bug.LostIsSentAgain ? hello.Boot : c.Row.Boot, c.Row.Applied)).ToArray();
            var settlement = Settlement.Of(hello, open, epochs);
            foreach (var lost in settlement.Lost)
            {
                world.Sometimes("a command was lost with its machine");
                await s.Update<CommandRow>(new("command", lost), c => c with { Ended = new() { Kind = EndKind.Lost } });
            }
            return settlement;
        });
        return new SimGreeting(session, owned, settled);
    });
}
