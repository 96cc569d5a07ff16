using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Timetables;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>
/// Reads what <see cref="StartForecast"/> needs: what an engine's pass reads, and what runs. Nothing of it is stored; what was worked out is good for a moment, so that many readers of a busy queue cost as one.
/// </summary>
public sealed class QueueForecast(Database database, ConfigurationInForce configuration, UsualDurations durations, WorkerPasts pasts, TimeProvider time) : IDisposable
{
    /// <summary>At least for so long; and for longer where it was much work, so that it never takes more than a tenth of a processor.</summary>
    private static readonly TimeSpan Good = TimeSpan.FromSeconds(1);

    /// <summary>How long it looks ahead: of who starts behind that nothing is said.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private readonly QueueView view = new(database, configuration, durations, pasts, time) { About = 2000, AlsoLater = true };
    private readonly SemaphoreSlim one = new(1, 1);
    private IReadOnlyDictionary<long, DateTimeOffset> starts = new Dictionary<long, DateTimeOffset>();
    private long? workedOutAt;
    private TimeSpan took;

    private sealed record RunningRow
    {
        public long BuildId { get; init; }
        public long BuilderId { get; init; }
        public long WorkerId { get; init; }
        public string Project { get; init; } = "";
        public DateTimeOffset StartedAt { get; init; }
        public long? Parent { get; init; }
        public bool Released { get; init; }
    }

    private sealed record WindowRow(long Id, string Availability);

    private const string Sql = """
        SELECT b.id AS build_id, b.builder_id, o.worker_id, coalesce(of.project, '') AS project, b.started_at, o.slot_released_at IS NOT NULL AS released,
               (SELECT t.build_id FROM triggers t WHERE t.buildset_id = b.buildset_id AND t.waiting) AS parent
        FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders of ON of.id = b.builder_id;
        SELECT id, availability::text AS availability FROM workers WHERE availability IS NOT NULL AND retired_at IS NULL AND configured;
        """;

    /// <summary>When waiting requests will probably start, by request; of one that is not there nobody knows.</summary>
    public async Task<IReadOnlyDictionary<long, DateTimeOffset>> Read(CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        try
        {
            if (workedOutAt is not { } at || time.GetElapsedTime(at) > (took > Good ? took : Good))
            {
                var began = time.GetTimestamp();
                starts = await WorkOut(cancellation);
                workedOutAt = time.GetTimestamp();
                took = 10 * time.GetElapsedTime(began);
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
        if (await view.Read(null, 0, cancellation) is not { } seen || seen.State.Requests.Count == 0)
            return new Dictionary<long, DateTimeOffset>();
        var (running, windows) = await database.Snapshot(snapshot => snapshot.Batch(Sql, null, async results => (await results.List<RunningRow>(), await results.List<WindowRow>())), cancellation);
        var usual = await durations.Of([.. seen.State.Builders.Select(b => b.Id).Union(running.Select(r => r.BuilderId))], cancellation);
        var now = seen.State.Now;
        var began = Stopwatch.GetTimestamp();
        return StartForecast.Of(
            seen.State with { Builders = [.. seen.State.Builders.Select(b => b with { Usual = usual.GetValueOrDefault(b.Id) })] },
            running.Select(r => new ForecastBuild(r.BuildId, r.WorkerId, r.Project, End(r, usual, now)) { Parent = r.Parent, Released = r.Released }),
            Windows(windows),
            () => Stopwatch.GetElapsedTime(began) < Patience);
    }

    // Of a zone that the system does not know any more nobody can say when a worker opens.
    private static Dictionary<long, AvailabilityConfiguration> Windows(IEnumerable<WindowRow> rows) => rows.Select(r => (r.Id, Rule: ConfigurationJson.Read<AvailabilityConfiguration>(r.Availability)))
        .Where(w => ZoneClock.Find(w.Rule.TimeZone) is not null).ToDictionary(w => w.Id, w => w.Rule);

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
        services.TryAddSingleton<ConfigurationInForce>();
        services.TryAddSingleton<UsualDurations>();
        services.TryAddSingleton<WorkerPasts>();
        services.TryAddSingleton<QueueForecast>();
        return services;
    }
}
