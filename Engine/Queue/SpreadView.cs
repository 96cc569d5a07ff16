using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Workers;

namespace Weir.Engine.Queue;

/// <summary>What <see cref="Spreading"/> needs to know: first how many workers each engine has, and only where that may lead to something, who they are and what waits.</summary>
internal sealed class SpreadView(Database database)
{
    private sealed record Load(long EngineId, int Workers);

    private sealed record WorkerRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
        public bool Configured { get; init; }
        public bool Closed { get; init; }
        public int MaxBuilds { get; init; }
        public long EngineId { get; init; }
        public int Running { get; init; }
    }

    /// <summary>What shall be handed over by this engine now, and to whom; null: nothing.</summary>
    /// <param name="self">This engine.</param>
    /// <param name="avoided">Whether a worker was sent to an engine before and did not get there.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<(Handover Handover, LiveEngine To)?> Decide(long self, Func<long, LiveEngine, bool> avoided, CancellationToken cancellation)
    {
        var engines = await database.Query<LiveEngine>(LiveEngines.Sql, null, cancellation);
        if (engines.Count < 2 || engines.All(e => e.Id != self))
            return null;
        var loads = (await database.Query<Load>($"SELECT k.master_id AS engine_id, count(*)::int AS workers FROM worker_sessions k WHERE {WorkerRows.Live} AND NOT {WorkerRows.Stopping} GROUP BY k.master_id", null, cancellation))
            .ToDictionary(l => l.EngineId, l => l.Workers);
        var counted = engines.Where(e => e.Settled || e.Id == self).Select(e => new SpreadEngine(e.Id, loads.GetValueOrDefault(e.Id))).ToArray();
        if (engines.All(e => e.Limits.IsNone) && counted.All(e => e.Workers + 2 > loads.GetValueOrDefault(self)))
            return null;
        var idle = await Idle(self, engines, avoided, cancellation);
        return Spreading.Decide(self, counted, idle) is { } handover ? (handover, engines.First(e => e.Id == handover.Engine)) : null;
    }

    private async Task<IReadOnlyCollection<SpreadWorker>> Idle(long self, IReadOnlyList<LiveEngine> engines, Func<long, LiveEngine, bool> avoided, CancellationToken cancellation)
    {
        var workers = await database.Query<WorkerRow>($"""
            SELECT w.id, w.name, w.tags, w.configured, NOT {WorkerRows.TakesBuilds} AS closed, {WorkerRows.Slots} AS max_builds, k.master_id AS engine_id, (SELECT count(*)::int FROM build_owners o WHERE o.worker_id = w.id) AS running
            FROM worker_sessions k JOIN workers w ON w.id = k.worker_id WHERE {WorkerRows.Live} AND NOT {WorkerRows.Stopping} AND w.retired_at IS NULL
            """, null, cancellation);
        var builders = (await database.Query<BuilderUse>(BuilderUse.Sql, null, cancellation)).ToDictionary(b => b.Id);
        var waiting = (await database.Query<long>("""
            SELECT DISTINCT o.builder_id FROM open_requests o LEFT JOIN builder_waits x ON x.builder_id = o.builder_id
            WHERE coalesce(o.not_before <= (SELECT weir_now()), true) AND o.wait_kind <> 'SetAside' AND coalesce(x.kind <> 'PausedBy', true)
            """, null, cancellation))
            .Where(builders.ContainsKey).Select(id => (Builder: builders[id], Allowed: engines.Where(e => e.Limits.Allow(builders[id].Name, builders[id].Tags)).Select(e => e.Id).ToHashSet())).ToArray();
        // What this engine may not begin, and no engine that may has a free worker for.
        var stuck = waiting.Where(w => !w.Allowed.Contains(self) && !workers.Any(o => o.Running < o.MaxBuilds && w.Allowed.Contains(o.EngineId) && CanTake(o, w.Builder))).ToArray();
        return [.. workers.Where(w => w.EngineId == self && w.Running == 0).Select(w => new SpreadWorker(
            w.Id,
            [.. engines.Where(e => (e.Id == self || e.Addresses.Length > 0) && !avoided(w.Id, e) && WorkerUse.Is(e.Limits, builders.Values, w.Name, w.Tags, w.Configured)).Select(e => e.Id)],
            [.. Wanted(w)]))];

        IEnumerable<long> Wanted(WorkerRow worker) => waiting.Any(w => w.Allowed.Contains(self) && CanTake(worker, w.Builder))
            ? [self]
            : stuck.Where(w => CanTake(worker, w.Builder)).SelectMany(w => w.Allowed).Distinct().Where(id => !avoided(worker.Id, engines.First(e => e.Id == id)));
    }

    private static bool CanTake(WorkerRow worker, BuilderUse builder) => worker is { Configured: true, Closed: false } && WorkerMatching.Matches(builder.Selector, worker.Name, worker.Tags);
}
