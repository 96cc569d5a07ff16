using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Queue;
using Weir.Shared.Workers;

namespace Weir.Engine.Queue;

/// <summary>
/// Reads what <see cref="StartForecast"/> needs, of the first requests of the queue: in one round trip, and a second one now and then for how long builds take. Nothing of it is stored; what was worked out is good for a
/// moment, so that many readers of a busy queue cost as one.
/// </summary>
public sealed class QueueForecast(Database database, UsualDurations durations, TimeProvider time) : IDisposable
{
    /// <summary>Of those behind nothing is said.</summary>
    private const int Most = 1000;

    private static readonly TimeSpan Good = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim one = new(1, 1);
    private IReadOnlyDictionary<long, DateTimeOffset> starts = new Dictionary<long, DateTimeOffset>();
    private long? workedOutAt;

    private sealed record RequestRow
    {
        public long RequestId { get; init; }
        public long BuilderId { get; init; }
        public DateTimeOffset? NotBefore { get; init; }
        public bool IsStuck { get; init; }
    }

    private sealed record BuilderRow
    {
        public long Id { get; init; }
        public string? Project { get; init; }
        public string[] WorkerNames { get; init; } = [];
        public string[] WorkerTags { get; init; } = [];
        public string? Kind { get; init; }
        public DateTimeOffset? Until { get; init; }
        public long? BlockingBuild { get; init; }

        public WorkerSelector Selector => new() { Names = WorkerNames, Tags = WorkerTags };
    }

    private sealed record WorkerRow : WorkerFactsRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
        public int Slots { get; init; }
        public bool Fits { get; init; }
    }

    private sealed record RunningRow
    {
        public long BuildId { get; init; }
        public long BuilderId { get; init; }
        public long WorkerId { get; init; }
        public string Project { get; init; } = "";
        public DateTimeOffset StartedAt { get; init; }
    }

    private const string Sql = $"""
        SELECT weir_now();

        SELECT o.request_id, o.builder_id, CASE WHEN o.not_before > (SELECT weir_now()) THEN o.not_before END AS not_before, o.wait_kind = 'SetAside' AS is_stuck
        FROM open_requests o ORDER BY {RequestRows.Order} LIMIT @Most;

        SELECT of.id, of.project, of.worker_names, of.worker_tags, x.kind, x.until, CASE WHEN x.blocker_kind = 'build' THEN x.blocker_id END AS blocking_build
        FROM builders of LEFT JOIN builder_waits x ON x.builder_id = of.id
        WHERE of.retired_at IS NULL AND of.id IN (SELECT o.builder_id FROM (SELECT builder_id FROM open_requests o ORDER BY {RequestRows.Order} LIMIT @Most) o);

        SELECT w.id, w.name, w.tags, {WorkerRows.Slots} AS slots, {WorkerFactsRow.Columns}, coalesce(w.availability->>'LastStart' <> 'Open', false) AS fits
        FROM workers w LEFT JOIN worker_sessions k ON k.worker_id = w.id WHERE w.retired_at IS NULL AND w.configured;

        SELECT b.id AS build_id, b.builder_id, o.worker_id, coalesce(of.project, '') AS project, b.started_at FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders of ON of.id = b.builder_id;
        """;

    /// <summary>When waiting requests will probably start, by request; of one that is not there nobody knows.</summary>
    public async Task<IReadOnlyDictionary<long, DateTimeOffset>> Read(CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        try
        {
            if (workedOutAt is not { } at || time.GetElapsedTime(at) > Good)
            {
                starts = await WorkOut(cancellation);
                workedOutAt = time.GetTimestamp();
            }
            return starts;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    /// <summary>The same requests; those that wait say when they will probably start.</summary>
    public async Task<IReadOnlyList<RequestSummary>> Tell(IReadOnlyList<RequestSummary> requests, CancellationToken cancellation)
    {
        if (requests.All(r => r.Waiting is null))
            return requests;
        var told = await Read(cancellation);
        return [.. requests.Select(r => r.Waiting is { } waiting && told.TryGetValue(r.Id, out var at) ? r with { Waiting = waiting with { ExpectedStartAt = at } } : r)];
    }

    private async Task<IReadOnlyDictionary<long, DateTimeOffset>> WorkOut(CancellationToken cancellation)
    {
        var (now, requests, builders, workers, running) = await database.Snapshot(snapshot => snapshot.Batch(Sql, new { Most }, async results => (
            await results.First<DateTimeOffset>(), await results.List<RequestRow>(), await results.List<BuilderRow>(), await results.List<WorkerRow>(), await results.List<RunningRow>())), cancellation);
        if (requests.Count == 0)
            return new Dictionary<long, DateTimeOffset>();
        var usual = await durations.Of([.. builders.Select(b => b.Id).Union(running.Select(r => r.BuilderId))], cancellation);
        var ends = running.ToDictionary(r => r.BuildId, r => End(r, usual, now));
        var forecast = workers.Select(w => (Row: w, Verdict: WorkerVerdict.Of(w.Facts, now))).Where(w => w.Verdict.State == WorkerState.Available || (w.Row.Live && w.Verdict.Until is not null)).ToArray();
        var told = StartForecast.Of(now,
            requests.Select(r => new ForecastRequest(r.RequestId, r.BuilderId, r.NotBefore) { IsStuck = r.IsStuck }),
            builders.Select(b => new ForecastBuilder(b.Id, usual.GetValueOrDefault(b.Id), [.. forecast.Where(w => WorkerMatching.Matches(b.Selector, w.Row.Name, w.Row.Tags)).Select(w => w.Row.Id)])
            {
                Kind = Enum.TryParse<WaitKind>(b.Kind, out var kind) ? kind : null,
                Over = b.Until ?? (b.BlockingBuild is { } blocker ? ends.GetValueOrDefault(blocker) : kind == WaitKind.CapReached ? running.Where(r => r.Project == b.Project).Min(r => ends[r.BuildId]) : null),
            }),
            forecast.Select(w => new ForecastWorker(w.Row.Id, w.Row.Slots, w.Verdict.State == WorkerState.Available ? now : w.Verdict.Until!.Value,
                w.Row.Fits && w.Verdict.State == WorkerState.Available && w.Row.ClosesAt < DateTimeOffset.MaxValue ? w.Row.ClosesAt : null,
                [.. running.Where(r => r.WorkerId == w.Row.Id).Select(r => ends[r.BuildId])])));
        // Who could start at once waits for something that this does not see, or will have started before anybody has read it.
        return told.Where(t => t.Value > now).ToDictionary();
    }

    // One that takes a little longer than usual is expected any moment; one that takes twice as long may take for ever.
    private static DateTimeOffset? End(RunningRow build, IReadOnlyDictionary<long, TimeSpan?> usual, DateTimeOffset now)
    {
        if (usual.GetValueOrDefault(build.BuilderId) is not { } takes || now - build.StartedAt > 2 * takes + TimeSpan.FromMinutes(1))
            return null;
        var soon = now + (takes / 10);
        return build.StartedAt + takes > soon ? build.StartedAt + takes : soon;
    }
}

/// <summary>Registers the forecast for whoever reads the queue.</summary>
public static class QueueForecastRegistration
{
    public static IServiceCollection AddQueueForecast(this IServiceCollection services)
    {
        services.TryAddSingleton<UsualDurations>();
        services.TryAddSingleton<QueueForecast>();
        return services;
    }
}
