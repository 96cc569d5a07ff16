using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>Looks at the queue when something changed, lets <see cref="Dispatching"/> decide, claims what may start, and stores why the rest waits.</summary>
internal sealed partial class Dispatcher(
    QueueView view, Starting starting, Granting granting, SlotGranting slots, WaitReasons reasons, Standstills standstills, Unattended unattended, OwnedBuilds builds, WorkerSessions sessions, Self self, MasterOptions options,
    Wakeups wakeups, TimeProvider time, ILogger<Dispatcher> logger) : Duty(wakeups, time, logger, WakeTopic.Queue, WakeTopic.Configuration, WakeTopic.Workers)
{
    private static readonly TimeSpan Passing = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MostRest = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider time = time;

    // The first news is looked at once. What comes while a pass works, and for twice as long, goes together into the next: in a storm of requests and ends the queue takes a third of the time, unless a pass is long, and the builds have the rest.
    protected override TimeSpan RestAfter(TimeSpan took) => took * 2 < MostRest ? took * 2 : MostRest;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        // A master that could not write its heartbeat for two thirds of the grace stops acting.
        if (self.SinceBeat > options.Grace * (2.0 / 3))
            return TimeSpan.FromSeconds(1);
        var ready = sessions.All.Where(s => s.Ready.IsCompletedSuccessfully).ToDictionary(s => s.WorkerId);
        var look = await unattended.TakeUp(ready, cancellation);
        var master = await self.Id(cancellation);
        var open = ready.Values.Where(s => !s.Stopping).Select(s => s.WorkerId).ToHashSet();
        if (await view.Read(open, master, cancellation) is not { } snapshot)
            return Soonest(look, await standstills.Look(null, cancellation));
        // Whoever goes and is alone begins what its own builds wait for, and nothing else: it would wait for them, and they for it.
        var state = self.Draining && snapshot.IsAlone ? snapshot.State with { Requests = [.. snapshot.State.Requests.Where(r => r.Lent is not null || r.OfReleased)] } : snapshot.State;
        var decision = Dispatching.Decide(state);
        await granting.Grant(snapshot.State.Locks, decision.Grants, cancellation);
        await slots.Grant(decision.Slots, cancellation);
        look = Soonest(look, await standstills.Look(snapshot.State, cancellation));
        if (self.Draining && !snapshot.IsAlone)
            return look;
        var names = snapshot.State.Builders.ToDictionary(b => b.Id, b => b.Name);
        var claims = decision.Starts.Select(s => new Claim(s.Request.Id, s.Request.BuilderId, snapshot.Revision.Builder(names[s.Request.BuilderId])!, ready[s.Worker.Id]) { IsWaitedFor = self.Draining, Shared = snapshot.Revision.Group(names[s.Request.BuilderId]) });
        var started = new List<long>();
        foreach (var some in claims.Chunk(Starting.Together))
        {
            Crash.At("claim.before");
            foreach (var (build, session) in await starting.Start(some, snapshot.Revision, cancellation))
            {
                LogStarted(build.Plan.Builder.Name, build.Number, session.Name);
                Crash.At("claim.after");
                builds.Start(build, session);
                started.Add(build.BuilderId);
            }
        }
        if (self.Draining)
            return look;
        var later = await reasons.Store(snapshot.State, snapshot.Revision.Id, decision.Waits, cancellation);
        return new[] { look, later, snapshot.NextAttemptAt - time.GetUtcNow() + TimeSpan.FromMilliseconds(5), MoreWait(snapshot, started, decision) ? TimeSpan.Zero : null, decision.Waits.Any(w => w.IsPassing) ? Passing : null }.Min();
    }

    private static TimeSpan Soonest(TimeSpan one, TimeSpan? other) => other is { } soon && soon < one ? soon : one;

    // All that was looked at of a builder has started, or was put aside: behind it there may be more.
    private static bool MoreWait(QueueView.Snapshot snapshot, IEnumerable<long> started, DispatchDecision decision)
    {
        var passed = started.Concat(decision.Waits.Where(w => w.IsOfRequest).Select(w => w.Builder)).CountBy(b => b);
        return passed.Any(b => b.Value >= snapshot.Heads);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Build {Builder} #{Number} starts on {Worker}.")]
    private partial void LogStarted(string builder, int number, string worker);
}
