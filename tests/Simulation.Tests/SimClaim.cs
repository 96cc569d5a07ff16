using System.Collections.Immutable;

namespace Weir.Simulation.Tests;

/// <summary>The claim's transaction, as <c>ClaimFacts</c> and <c>Starting</c> have it.</summary>
internal static class SimClaim
{
    /// <summary>How many builds a worker runs at a time.</summary>
    public const int Slots = 2;

    public static Task<SimBuild?> Try(World world, SimEngine engine, long request, SimSession session) => engine.Write(async t =>
    {
        if (world.Bug != Bug.ClaimWithoutGate)
            await t.Do(async s => { await s.Pass(Key.Gate, Strength.Share); return true; });
        var inForce = await t.Do(async s => world.Bug == Bug.ClaimWithoutSession
            || (await s.Lock<SessionRow>(new("session", session.Worker), Strength.Update) is { Ended: false } row && row.Number == session.Number && row.Master == engine.Id));
        var possible = inForce && await t.Do(s => Task.FromResult(
            s.Read<MasterRow>(new("master", engine.Id))?.State == MasterRow.Active && s.All<OwnerRow>("owner").Count(o => o.Row.Worker == session.Worker) < Slots));
        if (!possible)
        {
            t.Rollback();
            return null;
        }
        var made = await t.Do(async s =>
        {
            if (await s.LockUnlessHeld<RequestRow>(new("request", request), Strength.Update) is not { Open: true } row)
                return null;
            var (build, command) = (world.Store.NextId("build"), world.Store.NextId("command"));
            s.Insert(new("request", request), row with { Open = false });
            s.Insert(new("build", build), new BuildRow(request, row.Attempt, session.Worker, 0, null));
            s.Insert(new("owner", build), new OwnerRow(1, engine.Id, session.Worker));
            s.Insert(new("command", command), new CommandRow(build, 0, session.Hello.Instance, session.Hello.Boot, 0, null, ImmutableList<string>.Empty));
            return new SimBuild { Id = build, Request = request, Attempt = row.Attempt, Worker = session.Worker, Epoch = 1, Command = command };
        });
        if (made is null)
            t.Rollback();
        return made;
    });
}
