using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Timetables;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>Shows schedulers: the configuration's, with what the store knows of each.</summary>
internal sealed class SchedulerQueries(Database database, ConfigurationInForce configuration) : ISchedulerQueries
{
    private const int Upcoming = 10;
    private const int Firings = 30;
    private const string Select = """
        SELECT s.id, s.name, s.kind, s.builders, s.enabled, coalesce(l.fired_at, s.last_fired_at) AS last_fired_at, coalesce(l.buildset_id, s.last_buildset_id) AS last_buildset_id, s.last_error,
               (SELECT min(t.due_at) FROM timers t WHERE t.kind IN ('periodic', 'stable', 'nightly') AND split_part(t.subject, ':', 1) = s.id::text) AS next_fire_at,
               (SELECT greatest(f.fired_at - f.due_at, '0') FROM firings f WHERE f.scheduler_id = s.id AND f.due_at IS NOT NULL AND f.buildset_id IS NOT NULL ORDER BY f.fired_at DESC LIMIT 1) AS last_lateness,
               p.by_name AS paused_by, p.reason AS pause_reason, p.until AS paused_until
        FROM schedulers s
        LEFT JOIN pauses p ON p.kind = 'Scheduler' AND p.subject = s.name AND p.ended_at IS NULL AND coalesce(p.until > (SELECT weir_now()), true)
        LEFT JOIN LATERAL (SELECT f.fired_at, f.buildset_id FROM firings f WHERE f.scheduler_id = s.id AND f.buildset_id IS NOT NULL ORDER BY f.fired_at DESC LIMIT 1) l ON true
        WHERE s.retired_at IS NULL
        """;

    private sealed record Row
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string Kind { get; init; } = "";
        public string[] Builders { get; init; } = [];
        public bool Enabled { get; init; }
        public DateTimeOffset? NextFireAt { get; init; }
        public DateTimeOffset? LastFiredAt { get; init; }
        public long? LastBuildsetId { get; init; }
        public string? LastError { get; init; }
        public TimeSpan? LastLateness { get; init; }
        public string? PausedBy { get; init; }
        public string? PauseReason { get; init; }
        public DateTimeOffset? PausedUntil { get; init; }
    }

    public async Task<IReadOnlyList<SchedulerRecord>> List(CancellationToken cancellation)
    {
        var configured = (await configuration.Read(cancellation))?.Model.Schedulers.ToDictionary(s => s.Name) ?? [];
        return [.. (await database.Query<Row>($"{Select} ORDER BY s.name", null, cancellation)).Select(r => Record(r, configured.GetValueOrDefault(r.Name)))];
    }

    public async Task<SchedulerDetail?> Detail(string scheduler, CancellationToken cancellation)
    {
        var row = await database.QuerySingle<Row>($"{Select} AND s.name = @scheduler", new { scheduler }, cancellation);
        if (row is null)
            return null;
        var configured = (await configuration.Read(cancellation))?.Model.Schedulers.FirstOrDefault(s => s.Name == scheduler);
        var firings = await database.Query<FiringRecord>("""
            SELECT due_at, fired_at, buildset_id, outcome FROM firings WHERE scheduler_id = @Id ORDER BY fired_at DESC LIMIT @Firings
            """, new { row.Id, Firings }, cancellation);
        var record = Record(row, configured);
        var (upcoming, change) = await Ahead(record, configured, cancellation);
        return new() { Scheduler = record, Upcoming = upcoming, ClockChange = change, Firings = firings };
    }

    public async Task<IReadOnlyList<ForceForm>> ForceForms(CancellationToken cancellation)
    {
        if (await configuration.Read(cancellation) is not { } revision)
            return [];
        var on = (await database.Query<string>("SELECT name FROM schedulers WHERE enabled AND retired_at IS NULL", null, cancellation)).ToHashSet();
        return [.. revision.Model.Schedulers.OfType<ForceConfiguration>().Where(s => s.Enabled && on.Contains(s.Name)).Select(s => Form(revision, s))];
    }

    public static ForceForm Form(RevisionInForce revision, ForceConfiguration scheduler) => new()
    {
        Scheduler = scheduler.Name,
        Label = scheduler.Label ?? scheduler.Name,
        Builders = scheduler.Builders,
        Parameters = scheduler.Parameters,
        Codebases = SourceStamps.Codebases(revision.Model, scheduler),
    };

    private static SchedulerRecord Record(Row row, SchedulerConfiguration? configured) => new()
    {
        Id = row.Id,
        Name = row.Name,
        Kind = row.Kind,
        Enabled = row.Enabled && configured is not { Enabled: false },
        Builders = row.Builders,
        NextFireAt = row.NextFireAt,
        LastFireAt = row.LastFiredAt,
        LastBuildsetId = row.LastBuildsetId,
        LastError = row.LastError,
        Cron = (configured as NightlyConfiguration)?.Cron,
        TimeZone = (configured as NightlyConfiguration)?.TimeZone,
        LastLateness = row.LastLateness,
        PausedBy = row.PausedBy,
        PauseReason = row.PauseReason,
        PausedUntil = row.PausedUntil,
    };

    private async Task<(IReadOnlyList<DateTimeOffset> Upcoming, ClockChangeRecord? Change)> Ahead(SchedulerRecord record, SchedulerConfiguration? configured, CancellationToken cancellation)
    {
        if (record.NextFireAt is not { } first)
            return ([], null);
        if (configured is PeriodicConfiguration periodic)
            return ([.. Enumerable.Range(0, Upcoming).Select(n => first + (n * periodic.Every))], null);
        if (configured is not NightlyConfiguration nightly || Zones.Find(nightly.TimeZone) is null)
            return ([], null);
        var table = Schedules.Of(nightly);
        var now = await database.QuerySingle<DateTimeOffset>("SELECT weir_now()", null, cancellation);
        var change = table.Clock.Changes(now, now.AddDays(366)).FirstOrDefault();
        return ([.. table.NextOnes(first.AddTicks(-1), Upcoming).Select(t => t.ToOffset(table.Clock.OffsetAt(t)))],
            change is null ? null : new(change.At.ToOffset(change.Before), change.At.ToOffset(change.After)));
    }
}
