using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>Shows schedulers: the configuration's, with what the store knows of each.</summary>
internal sealed class SchedulerQueries(Database database, ConfigurationInForce configuration) : ISchedulerQueries
{
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
    }

    public async Task<IReadOnlyList<SchedulerRecord>> List(CancellationToken cancellation)
    {
        var off = (await configuration.Read(cancellation))?.Model.Schedulers.Where(s => !s.Enabled).Select(s => s.Name).ToHashSet() ?? [];
        return [.. (await Rows(cancellation)).Select(r => new SchedulerRecord
        {
            Id = r.Id,
            Name = r.Name,
            Kind = r.Kind,
            Enabled = r.Enabled && !off.Contains(r.Name),
            Builders = r.Builders,
            NextFireAt = r.NextFireAt,
            LastFireAt = r.LastFiredAt,
            LastBuildsetId = r.LastBuildsetId,
            LastError = r.LastError,
        })];
    }

    public async Task<IReadOnlyList<ForceForm>> ForceForms(CancellationToken cancellation)
    {
        if (await configuration.Read(cancellation) is not { } revision)
            return [];
        var on = (await Rows(cancellation)).Where(r => r.Enabled).Select(r => r.Name).ToHashSet();
        return [.. revision.Model.Schedulers.OfType<ForceConfiguration>().Where(s => s.Enabled && on.Contains(s.Name)).Select(s => new ForceForm
        {
            Scheduler = s.Name,
            Label = s.Label ?? s.Name,
            Builders = s.Builders,
            Parameters = s.Parameters,
            Codebases = SourceStamps.Codebases(revision.Model, s),
        })];
    }

    private Task<IReadOnlyList<Row>> Rows(CancellationToken cancellation) => database.Query<Row>("""
        SELECT s.id, s.name, s.kind, s.builders, s.enabled, s.last_fired_at, s.last_buildset_id, s.last_error,
               (SELECT min(t.due_at) FROM timers t WHERE t.kind IN ('periodic', 'stable') AND split_part(t.subject, ':', 1) = s.id::text) AS next_fire_at
        FROM schedulers s WHERE s.retired_at IS NULL ORDER BY s.name
        """, null, cancellation);
}
