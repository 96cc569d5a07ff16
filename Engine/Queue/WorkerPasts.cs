using System.Collections.Concurrent;
using Weir.Engine.Storage;

namespace Weir.Engine.Queue;

/// <summary>What became of builders' last builds on each worker, for builders that choose their workers by it. What was read is good for a while.</summary>
public sealed class WorkerPasts(Database database, TimeProvider time)
{
    private static readonly TimeSpan Good = TimeSpan.FromSeconds(30);
    private static readonly IReadOnlyDictionary<long, WorkerPast> Nothing = new Dictionary<long, WorkerPast>();
    private readonly ConcurrentDictionary<long, (IReadOnlyDictionary<long, WorkerPast> Past, long ReadAt)> known = new();

    private sealed record Row
    {
        public long BuilderId { get; init; }
        public long WorkerId { get; init; }
        public TimeSpan? Usual { get; init; }
        public DateTimeOffset LastStarted { get; init; }
    }

    /// <summary>By builder and worker: the last two hundred builds of each builder, and what runs of it.</summary>
    public async Task<IReadOnlyDictionary<long, IReadOnlyDictionary<long, WorkerPast>>> Of(IReadOnlyCollection<long> builders, CancellationToken cancellation)
    {
        var asked = builders.Where(b => !known.TryGetValue(b, out var k) || time.GetElapsedTime(k.ReadAt) > Good).ToArray();
        if (asked.Length > 0)
        {
            var rows = await database.Query<Row>("""
                SELECT x.id AS builder_id, b.worker_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY b.completed_at - b.started_at) FILTER (WHERE b.results IN (0, 1)) AS usual, max(b.started_at) AS last_started
                FROM unnest(@asked) AS x (id) CROSS JOIN LATERAL (
                    SELECT worker_id, started_at, completed_at, results FROM builds p WHERE p.builder_id = x.id ORDER BY p.completed_at DESC NULLS FIRST, p.id DESC LIMIT 200) b
                WHERE b.worker_id IS NOT NULL GROUP BY 1, 2
                """, new { asked }, cancellation);
            var read = rows.ToLookup(r => r.BuilderId);
            foreach (var builder in asked)
                known[builder] = (read[builder].ToDictionary(r => r.WorkerId, r => new WorkerPast(r.Usual, r.LastStarted)), time.GetTimestamp());
        }
        return builders.ToDictionary(b => b, b => known.TryGetValue(b, out var k) ? k.Past : Nothing);
    }
}
