using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Events;
using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>What a hello leads to in the store.</summary>
public sealed record GreetingOutcome
{
    public string? Refusal { get; init; }
    public long Session { get; init; }
    public string MasterName { get; init; } = "";
    public string Store { get; init; } = "";
    public IReadOnlyList<string> Addresses { get; init; } = [];
    public IReadOnlyList<Verdict> Verdicts { get; init; } = [];
    public IReadOnlyList<AdoptedBuild> Builds { get; init; } = [];
}

/// <summary>The transaction of a hello (invariants 3 and 4): the newest hello of an instance wins at once; session and epochs rise together; every command is settled.</summary>
public sealed class Greeting(Database database, MasterOptions options)
{
    private sealed record Known(long Session, Guid Instance, string Boot, string MasterName, bool Alive);
    private sealed record Owned(long BuildId, long Epoch);
    private sealed record Engine
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string[] Addresses { get; init; } = [];
        public string Store { get; init; } = "";
    }

    public Task<GreetingOutcome> Greet(long workerId, long masterId, int protocol, Hello hello, CancellationToken cancellation) => database.Write(async unit =>
    {
        // The worker's row orders hellos of one worker, also its very first ones.
        await unit.Execute("SELECT id FROM workers WHERE id = @workerId FOR UPDATE", new { workerId });
        var known = await unit.QuerySingle<Known>("""
            SELECT s.session, s.instance, s.boot, m.name AS master_name, s.ended_at IS NULL AND s.heartbeat_at > weir_now() - @silence AS alive
            FROM worker_sessions s JOIN masters m ON m.id = s.master_id WHERE s.worker_id = @workerId FOR UPDATE OF s
            """, new { workerId, silence = WorkerProtocol.Silence + WorkerSessions.BeatInterval });
        if (known is { Alive: true } && known.Instance != hello.Instance)
        {
            await unit.Rollback();
            return new GreetingOutcome { Refusal = $"Another installation is connected under this name (to master {known.MasterName}). Stop it, or give this one a name and token of its own." };
        }
        if (await Elsewhere(unit, masterId) is { Count: > 0 } elsewhere)
        {
            await unit.Rollback();
            return new GreetingOutcome { Refusal = "This master is shutting down.", Addresses = elsewhere };
        }
        if (await WorkerUse.Objection(unit, options, workerId, masterId) is { } objection)
        {
            await unit.Rollback();
            return objection;
        }
        var said = Presences.Of(hello.Absence);
        var session = Math.Max(known?.Session ?? 0, hello.HighestSession) + 1;
        await unit.Execute("""
            INSERT INTO worker_sessions AS s (worker_id, session, master_id, instance, boot, protocol, connected_at, heartbeat_at, told_session, stopping_at, abilities, away_at, away_until, away_reason)
            VALUES (@workerId, @session, @masterId, @Instance, @Boot, @protocol, weir_now(), weir_now(), @session, CASE WHEN @Stopping THEN weir_now() END, @abilities, CASE WHEN @Away THEN weir_now() END, weir_now() + @For, @Reason)
            ON CONFLICT (worker_id) DO UPDATE SET session = @session, master_id = @masterId, instance = @Instance, boot = @Boot, protocol = @protocol,
                connected_at = weir_now(), heartbeat_at = weir_now(), ended_at = NULL,
                told_session = @session, abilities = @abilities,
                away_at = CASE WHEN @Away THEN CASE WHEN s.told_session = s.session THEN coalesce(s.away_at, weir_now()) ELSE weir_now() END END, away_until = weir_now() + @For, away_reason = @Reason,
                stopping_at = CASE WHEN @Stopping THEN CASE WHEN s.told_session = s.session THEN coalesce(s.stopping_at, weir_now()) ELSE weir_now() END END;
            UPDATE workers SET info = @info::jsonb WHERE id = @workerId;
            """, new { workerId, session, masterId, hello.Instance, hello.Boot, protocol, hello.Stopping, said.Away, said.For, said.Reason, abilities = hello.Abilities.ToArray(), info = ConfigurationJson.Write(hello.Info) });
        if (said.For is not null)
            await Presences.Note(unit, workerId);
        var owned = await unit.Query<Owned>("""
            WITH mine AS (UPDATE build_owners SET epoch = epoch + 1, master_id = @masterId WHERE worker_id = @workerId RETURNING build_id, epoch),
            moved AS (UPDATE builds SET master_id = @masterId WHERE id IN (SELECT build_id FROM mine) AND master_id <> @masterId)
            SELECT build_id, epoch FROM mine
            """, new { workerId, masterId });
        var open = await unit.Query<OpenCommand>("""
            SELECT c.id, c.build_id, c.instance, c.boot, c.applied FROM commands c JOIN build_owners o USING (build_id) WHERE o.worker_id = @workerId AND c.ended IS NULL
            """, new { workerId });
        var settled = Settlement.Of(hello, open, owned.ToDictionary(o => o.BuildId, o => o.Epoch));
        if (settled.Lost.Count > 0)
        {
            var fate = new EndedFrame { Kind = EndKind.Lost, Reason = "The worker's machine (or the keeper of its processes) was restarted while the command ran." };
            await unit.Execute("UPDATE commands SET ended = @fate::jsonb WHERE id = ANY(@lost)", new { fate = ConfigurationJson.Write(fate), lost = settled.Lost.ToArray() });
        }
        var engines = await unit.Query<Engine>("SELECT id, name, addresses, (SELECT id::text FROM store_identity) AS store FROM masters WHERE (state = 'Active' AND 'engine' = ANY(roles) AND heartbeat_at > weir_now() - interval '30 seconds') OR id = @masterId ORDER BY id", new { masterId });
        unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = workerId });
        foreach (var build in owned)
            unit.Add(new WeirEvent { Kind = EventKind.BuildChanged, BuildId = build.BuildId, WorkerId = workerId });
        unit.Wake(WakeTopic.Queue);
        return new GreetingOutcome
        {
            Session = session,
            MasterName = engines.First(e => e.Id == masterId).Name,
            Store = engines[0].Store,
            // This engine first: who it is connected to is where it should come back to.
            Addresses = [.. engines.OrderBy(e => e.Id != masterId).SelectMany(e => e.Addresses).Distinct()],
            Verdicts = settled.Verdicts,
            Builds = [.. owned.Select(o => new AdoptedBuild(o.BuildId, o.Epoch, settled.Commands.GetValueOrDefault(o.BuildId) ?? []))],
        };
    }, cancellation);

    // Where a worker shall go because this engine is going; nowhere if it stays, or if no other is there.
    private static Task<IReadOnlyList<string>> Elsewhere(StoreTransaction unit, long masterId) => unit.Query<string>("""
        SELECT unnest(o.addresses) FROM masters m JOIN masters o ON o.id <> m.id AND o.state = 'Active' AND 'engine' = ANY(o.roles) AND o.heartbeat_at > weir_now() - interval '10 seconds'
        WHERE m.id = @masterId AND m.state = 'Draining'
        """, new { masterId });
}
