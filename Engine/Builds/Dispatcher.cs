using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Events;

namespace Weir.Engine.Builds;

/// <summary>Looks at the queue when something changed, lets <see cref="Dispatching"/> decide, claims what may start, and stores why the rest waits.</summary>
internal sealed partial class Dispatcher(
    ConfigurationInForce configuration, QueueView view, Starting starting, OwnedBuilds builds, WorkerSessions sessions, Self self, MasterOptions options,
    Database database, Wakeups wakeups, TimeProvider time, ILogger<Dispatcher> logger) : Duty(wakeups, time, logger, WakeTopic.Queue, WakeTopic.Configuration, WakeTopic.Workers)
{
    private readonly TimeProvider time = time;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        // A master that could not write its heartbeat for two thirds of the grace stops acting.
        if (self.SinceBeat > options.Grace * (2.0 / 3))
            return TimeSpan.FromSeconds(1);
        if (await configuration.Read(cancellation) is not { } revision)
            return null;
        var ready = sessions.All.Where(s => s.Ready.IsCompleted).ToDictionary(s => s.WorkerId);
        var snapshot = await view.Read(revision, ready.Keys.ToHashSet(), cancellation);
        if (snapshot.Requests.Count == 0)
            return null;
        var decision = Dispatching.Decide(snapshot.Requests, snapshot.Builders, snapshot.Workers, snapshot.Now);
        var names = snapshot.Builders.ToDictionary(b => b.Id, b => b.Name);
        foreach (var (request, worker) in decision.Starts)
        {
            var session = ready[worker.Id];
            var builder = revision.Builder(names[request.BuilderId])!;
            if (await starting.Claim(request.Id, request.BuilderId, builder, revision, session, cancellation) is not { } build)
                continue;
            LogStarted(builder.Name, build.Number, worker.Name);
            builds.Start(build, session);
        }
        await StoreReasons(snapshot, decision, cancellation);
        var next = snapshot.Requests.Where(r => r.NotBefore > snapshot.Now).Select(r => r.NotBefore).Min();
        return next is { } due ? due - time.GetUtcNow() + TimeSpan.FromMilliseconds(5) : null;
    }

    // Only what has changed is written; a reason is shown, never relied on.
    private async Task StoreReasons(QueueView.Snapshot snapshot, DispatchDecision decision, CancellationToken cancellation)
    {
        var before = snapshot.Requests.ToDictionary(r => r.Id);
        var changed = decision.Waits.Where(w => before[w.Request].WaitText != w.Text || before[w.Request].WaitKind != w.Kind.ToString()).ToArray();
        if (changed.Length == 0)
            return;
        await database.Write(async unit =>
        {
            await unit.Execute("""
                UPDATE open_requests o SET wait_since = CASE WHEN o.wait_kind = u.kind THEN o.wait_since ELSE weir_now() END, wait_kind = u.kind, wait_text = u.text
                FROM (SELECT * FROM unnest(@ids, @kinds, @texts) AS w (id, kind, text) ORDER BY id) u WHERE o.request_id = u.id
                """, new { ids = changed.Select(w => w.Request).ToArray(), kinds = changed.Select(w => w.Kind.ToString()).ToArray(), texts = changed.Select(w => w.Text).ToArray() });
            foreach (var (request, _, _) in changed)
                unit.Add(new WeirEvent { Kind = EventKind.RequestChanged, RequestId = request, BuilderId = before[request].BuilderId });
        }, cancellation);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Build {Builder} #{Number} starts on {Worker}.")]
    private partial void LogStarted(string builder, int number, string worker);
}
