using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Events;
using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>The workers connected to this engine, and the life of a session: token, hello, beats, end (invariant 3).</summary>
public sealed partial class WorkerSessions(Database database, Greeting greeting, Self self, IOwnedBuilds builds, TimeProvider time, ILogger<WorkerSessions> logger)
{
    private readonly ConcurrentDictionary<long, WorkerSession> sessions = new();

    public IReadOnlyCollection<WorkerSession> All => [.. sessions.Values];

    public WorkerSession? Find(long workerId) => sessions.GetValueOrDefault(workerId);

    /// <summary>The worker to which a token belongs, null if there is none.</summary>
    public async Task<(long Id, string Name, IReadOnlyList<string> FormerNames)?> FindByToken(byte[] tokenHash, CancellationToken cancellation)
    {
        var row = await database.QuerySingle<TokenOwner>("""
            SELECT id, name, ARRAY(SELECT f.name FROM former_names f WHERE f.section = 'workers' AND f.thing_id = w.id) AS former_names FROM workers w WHERE token_hash = @tokenHash
            """, new { tokenHash }, cancellation);
        return row is null ? null : (row.Id, row.Name, row.FormerNames);
    }

    /// <summary>Opens a session: raises its number and the epochs of the worker's builds in one transaction, settles its commands, adopts its builds.</summary>
    public async Task<(Welcome Welcome, WorkerSession? Session)> Hello(long workerId, string name, Hello hello, IWorkerLink link, CancellationToken cancellation)
    {
        var protocol = Math.Min(hello.NewestProtocol, WorkerProtocol.Newest);
        if (protocol < Math.Max(hello.OldestProtocol, WorkerProtocol.Oldest))
            return (Refuse($"This worker speaks protocol {hello.OldestProtocol} to {hello.NewestProtocol}, this master {WorkerProtocol.Oldest} to {WorkerProtocol.Newest}; one of them needs an upgrade."), null);
        var outcome = await greeting.Greet(workerId, await self.Id(cancellation), protocol, hello, cancellation);
        if (outcome.Refusal is { } refusal)
        {
            LogRefused(name, refusal);
            return (Refuse(refusal) with { Addresses = outcome.Addresses }, null);
        }
        var session = new WorkerSession(workerId, name, outcome.Session, hello.Instance, hello.Boot, link) { Abilities = hello.Abilities, Protocol = protocol, Engines = outcome.Addresses, Stopping = hello.Stopping };
        var before = sessions.GetValueOrDefault(workerId);
        sessions[workerId] = session;
        if (before is not null)
        {
            before.Close();
            await before.Link.Leave("The worker has connected again.");
        }
        Crash.At("hello.adopt.before");
        await builds.Adopt(session, outcome.Builds, cancellation);
        Crash.At("hello.adopt.after");
        LogWelcome(name, outcome.Session, outcome.Builds.Count);
        return (new Welcome { Protocol = protocol, Session = outcome.Session, Master = outcome.MasterName, Store = outcome.Store, Addresses = outcome.Addresses, Verdicts = outcome.Verdicts }, session);
    }

    /// <summary>False when this session is not the one in force here.</summary>
    public bool Beat(WorkerSession session)
    {
        if (sessions.GetValueOrDefault(session.WorkerId) != session)
            return false;
        var first = !session.Ready.IsCompleted;
        session.Beat();
        if (first)
            database.Nudge([WakeTopic.Queue]);
        return true;
    }

    public ValueTask Append(WorkerSession session, Piece piece, CancellationToken cancellation) =>
        sessions.GetValueOrDefault(session.WorkerId) == session && piece.Session == session.Number ? builds.Append(session, piece, cancellation) : ValueTask.CompletedTask;

    public Task Refused(WorkerSession session, long command, string reason, CancellationToken cancellation) =>
        sessions.GetValueOrDefault(session.WorkerId) == session ? builds.Refused(session, command, reason, cancellation) : Task.CompletedTask;

    /// <summary>The worker finishes what it does and goes: the row says so before this returns, and no claim can follow it (a claim locks this row).</summary>
    public async Task Stopping(WorkerSession session, CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        Crash.At("worker.stopping.before");
        var told = await database.Write(async unit =>
        {
            var rows = await unit.Execute("UPDATE worker_sessions SET stopping_at = coalesce(stopping_at, weir_now()) WHERE worker_id = @WorkerId AND session = @Number AND told_session = @Number AND master_id = @master AND ended_at IS NULL",
                new { session.WorkerId, session.Number, master });
            if (rows == 0)
                return false;
            unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = session.WorkerId });
            unit.Wake(WakeTopic.Queue);
            return true;
        }, cancellation);
        Crash.At("worker.stopping.after");
        if (!told)
            return;
        session.Stopping = true;
        LogStopping(session.Name);
        database.Nudge([WakeTopic.Queue]);
    }

    /// <summary>The owner of the machine wants it for himself, or is done with it: the row says so before this returns, and no claim can follow it (a claim locks this row).</summary>
    public async Task Away(WorkerSession session, OwnerAbsence? absence, CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        var said = Presences.Of(absence);
        await database.Write(async unit =>
        {
            var rows = await unit.Execute("""
                UPDATE worker_sessions SET away_at = CASE WHEN @Away THEN coalesce(away_at, weir_now()) END, away_until = weir_now() + @For, away_reason = @Reason
                WHERE worker_id = @WorkerId AND session = @Number AND told_session = @Number AND master_id = @master AND ended_at IS NULL
                """, new { said.Away, said.For, said.Reason, session.WorkerId, session.Number, master });
            if (rows == 0)
                return;
            await Presences.Note(unit, session.WorkerId);
            unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = session.WorkerId });
            unit.Wake(WakeTopic.Queue);
        }, cancellation);
    }

    /// <summary>The connection is over; the session's row says so, unless a newer session has taken its place. The builds stay ours until somebody else is greeted.</summary>
    public async Task Closed(WorkerSession session, CancellationToken cancellation)
    {
        session.Close();
        if (!sessions.TryRemove(new KeyValuePair<long, WorkerSession>(session.WorkerId, session)))
            return;
        LogGone(session.Name);
        await End(session, cancellation);
    }

    private async Task End(WorkerSession session, CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        await database.Write(async unit =>
        {
            var ended = await unit.Execute(
                "UPDATE worker_sessions SET ended_at = weir_now() WHERE worker_id = @WorkerId AND session = @Number AND master_id = @master AND ended_at IS NULL", new { session.WorkerId, session.Number, master });
            if (ended == 1)
                unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = session.WorkerId });
        }, cancellation);
        database.Nudge([WakeTopic.Queue, WakeTopic.Stops]);
    }

    /// <summary>Writes the heartbeats of all sessions that beat since the last time, in one statement; a session that is no longer ours is closed.</summary>
    internal async Task WriteBeats(CancellationToken cancellation)
    {
        var fresh = sessions.Values.Where(s => s.Fresh).ToArray();
        if (fresh.Length == 0)
            return;
        foreach (var session in fresh)
            session.Fresh = false;
        var master = await self.Id(cancellation);
        var kept = (await database.Query<long>("""
            UPDATE worker_sessions s SET heartbeat_at = weir_now()
            FROM unnest(@workers, @numbers) AS mine (worker_id, number)
            WHERE s.worker_id = mine.worker_id AND s.session = mine.number AND s.master_id = @master AND s.ended_at IS NULL
            RETURNING s.worker_id
            """, new { master, workers = fresh.Select(s => s.WorkerId).ToArray(), numbers = fresh.Select(s => s.Number).ToArray() }, cancellation)).ToHashSet();
        foreach (var lost in fresh.Where(s => !kept.Contains(s.WorkerId)))
        {
            sessions.TryRemove(new KeyValuePair<long, WorkerSession>(lost.WorkerId, lost));
            lost.Close();
            await lost.Link.Leave("This session is no longer in force.");
        }
    }

    /// <summary>How often heartbeats are written.</summary>
    internal static TimeSpan BeatInterval => TimeSpan.FromSeconds(3);

    internal TimeProvider Time => time;

    private static Welcome Refuse(string why) => new() { Refusal = why };

    private sealed record TokenOwner
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";

        /// <summary>A worker that was renamed here still says what it was called when it was set up.</summary>
        public string[] FormerNames { get; init; } = [];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Name} has session {Session}; {Builds} open builds came with it.")]
    private partial void LogWelcome(string name, long session, int builds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Name} was refused: {Reason}")]
    private partial void LogRefused(string name, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Name} is being stopped: it finishes what it does.")]
    private partial void LogStopping(string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Name} is gone.")]
    private partial void LogGone(string name);
}
