using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Locks;

namespace Weir.Engine.Locks;

/// <summary>Reads locks with their holders and lines.</summary>
public sealed class LockQueries(Database database, ConfigurationInForce configuration) : ILockQueries
{
    // One row for each claim, in the order of the line; a lock without one has one without a build.
    private const string Sql = """
        SELECT l.id, l.name, l.scope, l.capacity, l.per_worker::text AS per_worker, l.pool::text AS pool, l.retired_at IS NOT NULL AS retired, w.name AS home
        FROM locks l LEFT JOIN shared_directories d ON d.lock_id = l.id LEFT JOIN workers w ON w.id = d.worker_id
        WHERE l.retired_at IS NULL OR EXISTS (SELECT FROM lock_claims c WHERE c.lock_id = l.id) ORDER BY l.name;

        SELECT c.lock_id, c.build_id, of.name AS builder, b.number, w.name AS worker, c.units, c.exclusive, c.asked_at, c.held_at, c.names, c.labels,
            p.plan->'Builder'->'Steps'->c.until_step->>'Name' AS until_step,
            (SELECT n.name || ' #' || x.number FROM unnest(c.through) WITH ORDINALITY AS u (build_id, place) JOIN lock_claims h ON h.build_id = u.build_id AND h.lock_id = c.lock_id AND h.worker_id IS NOT DISTINCT FROM c.worker_id AND h.held_at IS NOT NULL
             JOIN builds x ON x.id = u.build_id JOIN builders n ON n.id = x.builder_id ORDER BY u.place LIMIT 1) AS through,
            (SELECT s.name FROM steps s WHERE s.build_id = c.build_id AND s.completed_at IS NULL LIMIT 1) AS step
        FROM lock_claims c JOIN builds b ON b.id = c.build_id JOIN builders of ON of.id = b.builder_id JOIN build_owners o ON o.build_id = c.build_id JOIN workers w ON w.id = o.worker_id
        JOIN build_plans p ON p.build_id = c.build_id
        ORDER BY coalesce(c.held_at, c.asked_at), c.id;

        SELECT x.lock_id, o.request_id, of.name AS builder, greatest(x.since, o.submitted_at) AS wait_since
        FROM builder_waits x JOIN builders of ON of.id = x.builder_id CROSS JOIN LATERAL (
            SELECT o.request_id, o.submitted_at FROM open_requests o
            WHERE o.builder_id = x.builder_id AND o.wait_kind <> 'SetAside' AND coalesce(o.not_before <= (SELECT weir_now()), true) ORDER BY o.priority DESC, o.submitted_at, o.request_id LIMIT 100) o
        WHERE x.lock_id IS NOT NULL;

        SELECT revision_id FROM config_in_force;
        """;

    public async Task<IReadOnlyList<LockRecord>> List(CancellationToken cancellation)
    {
        var (locks, claims, requests, revision) = await database.Snapshot(snapshot => snapshot.Batch(Sql, null, async results =>
            (await results.List<LockRow>(), await results.List<ClaimRow>(), await results.List<RequestRow>(), await results.First<RevisionRow>())), cancellation);
        var uses = revision is null || requests.Count == 0 ? [] : (await configuration.Of(revision.RevisionId, cancellation)).Model.Builders.ToDictionary(b => b.Name, b => b.Locks);
        var (held, asked, waiting) = (claims.Where(c => c.HeldAt is not null).ToLookup(c => c.LockId), claims.Where(c => c.HeldAt is null).ToLookup(c => c.LockId), requests.ToLookup(r => r.LockId));
        return [.. locks.Select(l => new LockRecord
        {
            Id = l.Id,
            Name = l.Name,
            Scope = Enum.Parse<LockScope>(l.Scope),
            Capacity = l.Capacity,
            PerWorker = ConfigurationJson.Read<Dictionary<string, int>>(l.PerWorker),
            Pool = l.Pool is null ? new Dictionary<string, IReadOnlyList<string>>() : ConfigurationJson.Read<Dictionary<string, IReadOnlyList<string>>>(l.Pool),
            Retired = l.Retired,
            Home = l.Home,
            Holders = [.. held[l.Id].Select(c => new LockHolder(c.BuildId, c.Builder, c.Number, c.Worker, c.UntilStep, c.Units, c.Exclusive, c.HeldAt!.Value, c.Through) { Names = c.Names })],
            Waiters = [.. asked[l.Id].Select(c => new LockWaiting(c.BuildId, null, c.Builder, c.Number, c.Step, c.Worker, c.Units, c.Exclusive, c.AskedAt) { Labels = c.Labels }).Concat(waiting[l.Id].Select(Waiting(l.Name))).OrderBy(w => w.Since)],
        })];

        Func<RequestRow, LockWaiting> Waiting(string name) => r =>
        {
            var use = uses.GetValueOrDefault(r.Builder)?.FirstOrDefault(u => u.Name == name && u.From is null);
            return new(null, r.RequestId, r.Builder, null, null, null, use?.Units ?? 1, use?.Exclusive ?? false, r.WaitSince) { Labels = use?.Labels ?? [] };
        };
    }

    public async Task<IReadOnlyList<string>> Standstills(CancellationToken cancellation) => await database.Query<string>("SELECT text FROM standstills ORDER BY since", null, cancellation);

    private sealed record LockRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string Scope { get; init; } = "";
        public int Capacity { get; init; }
        public string PerWorker { get; init; } = "{}";
        public string? Pool { get; init; }
        public bool Retired { get; init; }
        public string? Home { get; init; }
    }

    private sealed record ClaimRow
    {
        public long LockId { get; init; }
        public long BuildId { get; init; }
        public string Builder { get; init; } = "";
        public int Number { get; init; }
        public string Worker { get; init; } = "";
        public int Units { get; init; }
        public bool Exclusive { get; init; }
        public DateTimeOffset AskedAt { get; init; }
        public DateTimeOffset? HeldAt { get; init; }
        public string? UntilStep { get; init; }
        public string? Through { get; init; }
        public string[] Names { get; init; } = [];
        public string[] Labels { get; init; } = [];
        public string? Step { get; init; }
    }

    private sealed record RequestRow
    {
        public long LockId { get; init; }
        public long RequestId { get; init; }
        public string Builder { get; init; } = "";
        public DateTimeOffset WaitSince { get; init; }
    }

    private sealed record RevisionRow
    {
        public long RevisionId { get; init; }
    }
}

/// <summary>Registers the reading of locks.</summary>
public static class LockQueriesRegistration
{
    public static IServiceCollection AddLockQueries(this IServiceCollection services) => services.AddSingleton<ILockQueries, LockQueries>();
}
