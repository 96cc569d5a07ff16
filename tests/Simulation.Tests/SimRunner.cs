using System.Collections.Immutable;
using Weir.Shared.Protocol;

namespace Weir.Simulation.Tests;

/// <summary>A build as its runner knows it.</summary>
internal sealed class SimBuild
{
    public long Id { get; init; }
    public long Request { get; init; }
    public int Attempt { get; init; }
    public long Worker { get; init; }
    public long Epoch { get; init; }
    public int Step { get; set; }
    public long Command { get; set; }
    public long Applied { get; set; }
    public EndedFrame? Ended { get; set; }
}

/// <summary>Drives one build under one epoch, as <c>BuildRunner</c> does: wait for the command, store the transition, and after an unknown commit ask the store.</summary>
internal sealed class SimRunner(World world, SimEngine engine, SimBuild build, SimSession session, IEnumerable<long> alreadySent)
{
    /// <summary>How often a build is tried again.</summary>
    private const int MaxAttempts = 5;
    private readonly HashSet<long> sent = [.. alreadySent];
    private readonly TaskCompletionSource dropped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SimBuild build = build;

    public long Build => build.Id;
    public long Worker => build.Worker;

    public void Drop() => dropped.TrySetResult();

    public void Expect()
    {
        if (build.Ended is null)
            Track();
    }

    public async Task Run()
    {
        var unsure = false;
        try
        {
            while (!dropped.Task.IsCompleted)
            {
                try
                {
                    if (!unsure && build.Ended is null)
                        await WaitForEnd();
                    if (dropped.Task.IsCompleted || !await GoOn())
                        return;
                    unsure = false;
                }
                catch (Exception e) when (World.IsTrouble(e))
                {
                    unsure = world.Bug == Bug.BlindRetry && e is CommitUnknownException;
                    if (!unsure && !await Reload())
                        return;
                }
            }
        }
        catch (OwnershipLostException)
        {
            world.Sometimes("a runner found that its build was no longer its own");
        }
        finally
        {
            engine.Ended(this);
        }
    }

    public static Task<SimBuild?> Load(World world, SimEngine engine, long build) => engine.Write(t => t.Do(s => Task.FromResult(
        s.Read<BuildRow>(new("build", build)) is { Result: null } row && s.Read<OwnerRow>(new("owner", build)) is { } owner && s.All<CommandRow>("command").LastOrDefault(c => c.Row.Build == build) is { Row: { } command } found
            ? new SimBuild { Id = build, Request = row.Request, Attempt = row.Attempt, Worker = row.Worker, Epoch = owner.Epoch, Step = row.Step, Command = found.Id, Applied = command.Applied, Ended = command.Ended }
            : null)));

    /// <summary>The worker is missing: the build ends, its request is tried again.</summary>
    public static Task<bool> GiveUp(SimEngine engine, SimBuild build) => engine.Write(async t =>
        await Fenced(t, build, Strength.Share, async s => await Retry(s, build)));

    private async Task WaitForEnd()
    {
        var track = Track();
        await Either(session.Ready);
        if (sent.Add(build.Command))
        {
            var order = new StartOrder { Session = session.Number, Command = build.Command, Epoch = build.Epoch, Spec = new RunSpec { Directory = "d", Arguments = ["x"] } };
            session.Link.ToWorker(() => session.Peer.Start(session.Link, order));
        }
        await Either(track.Ended);
        build.Ended = await track.Ended;
    }

    // Not Task.WhenAny: that goes on wherever the pool likes.
    private async Task Either(Task wait)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Tell(wait);
        _ = Tell(dropped.Task);
        await first.Task;
        if (dropped.Task.IsCompleted)
            throw new OwnershipLostException();
        await wait;

        async Task Tell(Task one)
        {
            try
            {
                await one;
            }
            catch (OwnershipLostException)
            {
                // said to who awaits it
            }
            first.TrySetResult();
        }
    }

    // One transition; false: the build is over.
    private Task<bool> GoOn() => engine.Write(async t => await Fenced(t, build, world.Bug == Bug.FenceTooWeak ? Strength.KeyShare : Strength.Share, async s =>
    {
        if (build.Ended!.Kind == EndKind.Lost)
            return await Retry(s, build);
        if (build.Step + 1 == World.Steps)
        {
            await s.Update<RequestRow>(new("request", build.Request), r => r with { Result = "success" });
            return await Close(s, build, "success");
        }
        var next = world.Store.NextId("command");
        await s.Update<BuildRow>(new("build", build.Id), b => b with { Step = build.Step + 1 });
        s.Insert(new("command", next), new CommandRow(build.Id, build.Step + 1, session.Hello.Instance, session.Hello.Boot, 0, null, ImmutableList<string>.Empty));
        t.Afterwards = () => (build.Step, build.Command, build.Applied, build.Ended) = (build.Step + 1, next, 0, null);
        return true;
    }, world.Bug == Bug.StepWithoutFence));

    private static async Task<bool> Fenced(Transaction t, SimBuild build, Strength strength, Func<Statement, Task<bool>> then, bool unfenced = false)
    {
        t.Fences.Add((build.Id, build.Epoch));
        if (!await t.Do(async s => unfenced || (await s.Lock<OwnerRow>(new("owner", build.Id), strength))?.Epoch == build.Epoch))
            throw new OwnershipLostException();
        return await t.Do(then);
    }

    private static async Task<bool> Retry(Statement s, SimBuild build)
    {
        await s.Update<RequestRow>(new("request", build.Request), r => build.Attempt >= MaxAttempts ? r with { Result = "exception" } : r with { Open = true, Attempt = build.Attempt + 1 });
        return await Close(s, build, "retry");
    }

    private static async Task<bool> Close(Statement s, SimBuild build, string result)
    {
        await s.Update<BuildRow>(new("build", build.Id), b => b with { Result = result });
        await s.Delete(new("owner", build.Id));
        return false;
    }

    private SimTrack Track()
    {
        if (engine.Ingest.Find(build.Command) is { } known && known.Session == session && known.Epoch == build.Epoch)
            return known;
        var track = new SimTrack(build.Command, build.Id, build.Epoch, session, build.Applied);
        engine.Ingest.Track(track);
        return track;
    }

    private async Task<bool> Reload()
    {
        while (!dropped.Task.IsCompleted)
        {
            try
            {
                await world.Loop.Delay(Loop.Seconds(0.5));
                // The next owner after itself: what is on its way still is waited for, or refused.
                var epoch = build.Epoch;
                if (world.Bug != Bug.UnknownIsRead)
                {
                    epoch++;
                    if (!await engine.Write(t => t.Do(s => s.Update<OwnerRow>(new("owner", build.Id), o => o.Epoch == build.Epoch ? o with { Epoch = epoch } : null))))
                        return false;
                }
                if (await Load(world, engine, build.Id) is not { } fresh || fresh.Epoch != epoch)
                    return false;
                build = fresh;
                world.Sometimes("a runner asked the store what had become of a commit");
                return true;
            }
            catch (Exception e) when (World.IsTrouble(e))
            {
                // once more
            }
        }
        return false;
    }
}
