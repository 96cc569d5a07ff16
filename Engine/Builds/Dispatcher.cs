using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Events;

namespace Weir.Engine.Builds;

/// <summary>Looks at the queue when something changed, lets <see cref="Dispatching"/> decide, claims what may start, and stores why the rest waits.</summary>
internal sealed partial class Dispatcher(
    QueueView view, Starting starting, Granting granting, Unattended unattended, OwnedBuilds builds, WorkerSessions sessions, Self self, MasterOptions options,
    Database database, Wakeups wakeups, TimeProvider time, ILogger<Dispatcher> logger) : Duty(wakeups, time, logger, WakeTopic.Queue, WakeTopic.Configuration, WakeTopic.Workers)
{
    // Reasons are read by people: in a storm of claims they need not be written with each of them.
    private static readonly TimeSpan BetweenReasons = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Passing = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider time = time;
    private long reasonsStored;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        // A master that could not write its heartbeat for two thirds of the grace stops acting.
        if (self.SinceBeat > options.Grace * (2.0 / 3))
            return TimeSpan.FromSeconds(1);
        var ready = sessions.All.Where(s => s.Ready.IsCompletedSuccessfully).ToDictionary(s => s.WorkerId);
        var look = await unattended.TakeUp(ready, cancellation);
        var master = await self.Id(cancellation);
        var open = self.Draining ? [] : ready.Values.Where(s => !s.Stopping).Select(s => s.WorkerId).ToHashSet();
        if (await view.Read(open, master, cancellation) is not { } snapshot)
            return look;
        var decision = Dispatching.Decide(snapshot.State);
        await granting.Grant(snapshot.State.Locks, decision.Grants, cancellation);
        if (self.Draining)
            return look;
        var names = snapshot.State.Builders.ToDictionary(b => b.Id, b => b.Name);
        var claims = decision.Starts.Select(s => new Claim(s.Request.Id, s.Request.BuilderId, snapshot.Revision.Builder(names[s.Request.BuilderId])!, ready[s.Worker.Id]));
        foreach (var some in claims.Chunk(Starting.Together))
        {
            foreach (var (build, session) in await starting.Start(some, snapshot.Revision, cancellation))
            {
                LogStarted(build.Plan.Builder.Name, build.Number, session.Name);
                builds.Start(build, session);
            }
        }
        var reasons = await StoreReasons(snapshot.State, decision, cancellation);
        var due = snapshot.State.Requests.Where(r => r.NotBefore > snapshot.State.Now).Select(r => r.NotBefore).Min() - time.GetUtcNow() + TimeSpan.FromMilliseconds(5);
        return new[] { look, reasons, due, decision.Waits.Any(w => w.IsPassing) ? Passing : null }.Min();
    }

    // Only what has changed is written; a reason is shown, never relied on. Answers when to come back for those that are not written yet.
    private async Task<TimeSpan?> StoreReasons(DispatchState state, DispatchDecision decision, CancellationToken cancellation)
    {
        var before = state.Requests.ToDictionary(r => r.Id);
        var changed = decision.Waits.Where(w => !w.IsPassing && before[w.Request] is var r && (r.WaitText != w.Text || r.WaitKind != w.Kind || r.Blocker != w.Blocker)).ToArray();
        if (changed.Length == 0)
            return null;
        if (reasonsStored != 0 && BetweenReasons - time.GetElapsedTime(reasonsStored) is { } pause && pause > TimeSpan.Zero)
            return pause;
        reasonsStored = time.GetTimestamp();
        await database.Write(async unit =>
        {
            // Who keeps a place in a line keeps it while he stands in it, whoever is before him at the moment.
            await unit.Execute("""
                UPDATE open_requests o SET wait_since = CASE WHEN o.wait_kind = u.kind OR (o.wait_kind LIKE 'Lock%' AND u.kind LIKE 'Lock%') THEN o.wait_since ELSE weir_now() END,
                    wait_kind = u.kind, wait_text = u.text, blocker_kind = u.blocker_kind, blocker_id = u.blocker_id, lock_id = u.lock_id, wait_until = u.until
                FROM (SELECT * FROM unnest(@ids, @kinds, @texts, @blockers, @blockerIds, @locks, @untils) AS w (id, kind, text, blocker_kind, blocker_id, lock_id, until) ORDER BY id) u WHERE o.request_id = u.id
                """, new
            {
                ids = changed.Select(w => w.Request).ToArray(),
                kinds = changed.Select(w => w.Kind.ToString()).ToArray(),
                texts = changed.Select(w => w.Text).ToArray(),
                blockers = changed.Select(w => w.Blocker?.Kind).ToArray(),
                blockerIds = changed.Select(w => w.Blocker?.Id).ToArray(),
                locks = changed.Select(w => w.Lock).ToArray(),
                untils = changed.Select(w => w.Until?.UtcDateTime).ToArray(),
            });
            foreach (var wait in changed)
                unit.Add(new WeirEvent { Kind = EventKind.RequestChanged, RequestId = wait.Request, BuilderId = before[wait.Request].BuilderId });
        }, cancellation);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Build {Builder} #{Number} starts on {Worker}.")]
    private partial void LogStarted(string builder, int number, string worker);
}
