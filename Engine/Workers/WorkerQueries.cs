using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;
using Weir.Shared.Workers;

namespace Weir.Engine.Workers;

/// <summary>Reads workers with what they run and for whom they work.</summary>
public sealed class WorkerQueries(Database database) : IWorkerQueries
{
    /// <summary>So many builds at most tell how a worker was used.</summary>
    private const int MostBuilds = 20_000;

    // {0}: a condition on "w".
    private const string Sql = $$"""
        SELECT w.id, w.name, {{WorkerFactsRow.Columns}}, (SELECT weir_now()) AS now, w.availability::text AS availability, k.heartbeat_at AS last_seen_at,
            CASE WHEN {{WorkerRows.Live}} THEN k.connected_at END AS connected_at, CASE WHEN {{WorkerRows.Live}} THEN m.name END AS master_name,
            CASE WHEN {{WorkerRows.Live}} THEN m.id END AS master_id, coalesce(k.session, 0) AS session, w.max_builds, w.tags, w.configured, w.retired_at, w.info::text AS info,
            CASE WHEN w.directories = '[]' THEN '[]' ELSE (SELECT jsonb_agg(d || jsonb_build_object('Name', coalesce((SELECT substr(l.name, length('shared/') + 1) FROM locks l WHERE l.place = d->>'Name' AND l.retired_at IS NULL), d->>'Name')))
                FROM jsonb_array_elements(w.directories) d)::text END AS directories,
            CASE WHEN k.told_session = k.session THEN k.abilities END AS abilities
        FROM workers w
        LEFT JOIN worker_sessions k ON k.worker_id = w.id
        LEFT JOIN masters m ON m.id = k.master_id
        WHERE {0}
        ORDER BY w.retired_at IS NOT NULL, w.name;

        {{BuildRows.Select}}
        WHERE b.completed_at IS NULL AND {0}
        ORDER BY b.id;

        SELECT id, name, worker_names, worker_tags FROM builders WHERE retired_at IS NULL ORDER BY position, name;
        """;

    public Task<IReadOnlyList<WorkerRecord>> List(CancellationToken cancellation) => Read("true", new { }, cancellation);

    public async Task<WorkerRecord?> Find(string name, CancellationToken cancellation) => await Read("w.name = @name", new { name }, cancellation) is [var worker] ? worker : null;

    public async Task<WorkerRecord?> Find(long id, CancellationToken cancellation) => await Read("w.id = @id", new { id }, cancellation) is [var worker] ? worker : null;

    public async Task<IReadOnlyList<OutlookDay>> Days(AvailabilityConfiguration rule, CancellationToken cancellation) => [.. Outlooks.ToCome(rule, await database.QuerySingle<DateTimeOffset>("SELECT weir_now()", null, cancellation))];

    public Task<WorkerOutlook?> Outlook(long id, CancellationToken cancellation) => database.Snapshot(
        snapshot => snapshot.Batch($"""
            SELECT availability::text AS availability, max_builds, (SELECT weir_now()) AS now FROM workers WHERE id = @id;
            SELECT b.started_at, coalesce(b.completed_at, weir_now()) AS ended_at FROM builds b WHERE b.worker_id = @id AND b.started_at > weir_now() - make_interval(days => {(7 * Outlooks.Weeks) + 1})
            ORDER BY b.id DESC LIMIT {MostBuilds}
            """, new { id }, async results =>
        {
            var worker = await results.First<OutlookRow>();
            var builds = await results.List<SpanRow>();
            return worker is null ? null : Outlooks.Of(worker.Availability is null ? null : ConfigurationJson.Read<AvailabilityConfiguration>(worker.Availability), worker.MaxBuilds, builds.Select(b => (b.StartedAt, b.EndedAt)), worker.Now);
        }), cancellation);

    private sealed record OutlookRow
    {
        public string? Availability { get; init; }
        public int MaxBuilds { get; init; }
        public DateTimeOffset Now { get; init; }
    }

    private sealed record SpanRow
    {
        public DateTimeOffset StartedAt { get; init; }
        public DateTimeOffset EndedAt { get; init; }
    }

    private Task<IReadOnlyList<WorkerRecord>> Read(string condition, object parameters, CancellationToken cancellation) => database.Snapshot(
        snapshot => snapshot.Batch(Sql.Replace("{0}", condition, StringComparison.Ordinal), parameters, async results =>
        {
            var workers = await results.List<WorkerRow>();
            var running = (await results.List<BuildSummary>()).ToLookup(b => b.WorkerId);
            var builders = await results.List<BuilderRow>();
            return (IReadOnlyList<WorkerRecord>)[.. workers.Select(w => w.ToRecord([.. running[w.Id]], [.. builders.Where(b => w.WorksFor(b.Selector))]))];
        }), cancellation);

    private sealed record BuilderRow
    {
        private WorkerSelector? selector;

        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string[] WorkerNames { get; init; } = [];
        public string[] WorkerTags { get; init; } = [];
        public WorkerSelector Selector => selector ??= new() { Names = WorkerNames, Tags = WorkerTags };
    }

    private sealed record WorkerRow : WorkerFactsRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public DateTimeOffset Now { get; init; }
        public string? Availability { get; init; }
        public DateTimeOffset? LastSeenAt { get; init; }
        public DateTimeOffset? ConnectedAt { get; init; }
        public string? MasterName { get; init; }
        public long? MasterId { get; init; }
        public long Session { get; init; }
        public int MaxBuilds { get; init; }
        public string[] Tags { get; init; } = [];
        public bool Configured { get; init; }
        public DateTimeOffset? RetiredAt { get; init; }
        public string Info { get; init; } = "{}";
        public string[]? Abilities { get; init; }
        public string Directories { get; init; } = "[]";

        // Who is not in the configuration works for nobody, whatever its name matches.
        public bool WorksFor(WorkerSelector selector) => Configured && RetiredAt is null && WorkerMatching.Matches(selector, Name, Tags);

        public WorkerRecord ToRecord(IReadOnlyList<BuildSummary> running, IReadOnlyList<BuilderRow> builders)
        {
            var verdict = WorkerVerdict.Of(Facts, Now);
            return new()
            {
                Id = Id,
                Name = Name,
                State = verdict.State,
                StateReason = verdict.Reason,
                Until = verdict.Until,
                NextChangeAt = verdict.NextChange,
                Availability = Availability is null ? null : ConfigurationJson.Read<AvailabilityConfiguration>(Availability),
                LastSeenAt = LastSeenAt,
                ConnectedAt = ConnectedAt,
                MasterName = MasterName,
                MasterId = MasterId,
                Session = Session,
                MaxBuilds = MaxBuilds,
                Tags = Tags,
                Configured = Configured,
                RetiredAt = RetiredAt,
                Info = Info,
                Lacks = Abilities is { } abilities ? [.. WorkerAbilities.All.Except(abilities).Select(WorkerAbilities.InWords)] : [],
                Directories = ConfigurationJson.Read<SharedDirectoryState[]>(Directories),
                Running = running,
                Builders = [.. builders.Select(b => b.Name)],
                BuilderIds = [.. builders.Select(b => b.Id)],
            };
        }
    }
}

/// <summary>Registers the reading of workers.</summary>
public static class WorkerQueriesRegistration
{
    public static IServiceCollection AddWorkerQueries(this IServiceCollection services) => services.AddSingleton<IWorkerQueries, WorkerQueries>();
}
