using Dapper;
using Npgsql;
using Weir.Engine.Configuration;
using Weir.Engine.Locks;
using Weir.Engine.Masters;
using Weir.Engine.Pauses;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Pauses;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>What deciding needs to know, read in one round trip (two where a waiting builder requires properties).</summary>
public sealed class QueueView(Database database, ConfigurationInForce configuration, UsualDurations durations, TimeProvider time)
{
    /// <summary>How many waiting requests one pass looks at, best first.</summary>
    private const int Limit = 2000;

    private sealed record RequestRow
    {
        public long RequestId { get; init; }
        public long BuilderId { get; init; }
        public int Priority { get; init; }
        public DateTimeOffset SubmittedAt { get; init; }
        public DateTimeOffset? NotBefore { get; init; }
        public int Attempt { get; init; }
        public string[] Properties { get; init; } = [];
        public string WaitKind { get; init; } = "";
        public string WaitText { get; init; } = "";
        public string? BlockerKind { get; init; }
        public long? BlockerId { get; init; }
        public DateTimeOffset WaitSince { get; init; }
    }

    private sealed record WorkerRow : WorkerFactsRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
        public int Slots { get; init; }
        public bool Fits { get; init; }
        public TimeSpan? LongestOpen { get; init; }
        public string[]? Abilities { get; init; }
        public long EngineId { get; init; }
        public string EngineName { get; init; } = "";
    }

    private sealed record BuilderRow(long Id, string Name);

    private sealed record Rows(long Revision, RequestRow[] Requests, WorkerRow[] Workers, BuilderRow[] Builders, LiveEngine[] Engines, PauseRecord[] Pauses, LockState Locks);

    /// <summary>What one pass sees: under which revision, and what a decision rests on.</summary>
    public sealed record Snapshot(RevisionInForce Revision, DispatchState State);

    /// <summary>Null when nothing waits, or there is no configuration yet.</summary>
    public async Task<Snapshot?> Read(IReadOnlySet<long> mine, long self, CancellationToken cancellation)
    {
        var rows = await database.Read(ReadRows, cancellation);
        if (rows.Revision == 0 || (rows.Requests.Length == 0 && rows.Locks.IsQuiet))
            return null;
        var revision = await configuration.Of(rows.Revision, cancellation);
        var usual = rows.Workers.Any(w => w.Live && w.Fits) ? await durations.Of([.. rows.Builders.Select(b => b.Id)], cancellation) : null;
        var builders = rows.Builders.Select(b => Builder(b, revision, rows) with { Usual = usual?.GetValueOrDefault(b.Id), PausedText = rows.Pauses.Length == 0 ? null : WaitWords.Paused(rows.Pauses, b.Name, revision.Builder(b.Name)?.Project) }).ToArray();
        var requests = rows.Requests;
        if (builders.Where(b => b.RequiredProperties.Count > 0).Select(b => b.Id).ToHashSet() is { Count: > 0 } asking)
            requests = await WithProperties(requests, asking, cancellation);
        var now = time.GetUtcNow();
        return new(revision, new()
        {
            Requests = [.. requests.Select(Request)],
            Builders = builders,
            Workers = [.. rows.Workers.Select(w => Worker(w, mine, now))],
            Locks = rows.Locks,
            Now = now,
            Self = self,
        });
    }

    private static async Task<Rows> ReadRows(NpgsqlConnection connection)
    {
        const string sql = $"""
            SELECT revision_id FROM config_in_force;
            SELECT o.request_id, o.builder_id, o.priority, o.submitted_at, o.not_before, o.attempt, o.wait_kind, o.wait_text, o.blocker_kind, o.blocker_id, o.wait_since
            FROM open_requests o ORDER BY o.priority DESC, o.submitted_at, o.request_id LIMIT @Limit;
            SELECT w.id, w.name, w.tags, {WorkerRows.Slots} AS slots, {WorkerFactsRow.Columns}, coalesce(w.availability->>'LastStart' <> 'Open', false) AS fits, w.longest_open,
                   CASE WHEN k.told_session = k.session THEN k.abilities END AS abilities, coalesce(m.id, 0) AS engine_id, coalesce(m.name, '') AS engine_name
            FROM workers w LEFT JOIN worker_sessions k ON k.worker_id = w.id LEFT JOIN masters m ON m.id = k.master_id
            WHERE w.retired_at IS NULL AND w.configured AND EXISTS (SELECT FROM open_requests);
            SELECT id, name FROM builders WHERE retired_at IS NULL AND id IN (SELECT builder_id FROM open_requests);
            {LiveEngines.Sql};
            SELECT p.id, p.kind, p.subject, p.by_name AS by, p.reason, p.since, p.until FROM pauses p WHERE {PauseRows.Holds} AND p.kind IN ('Builder', 'Project', 'Everything');
            {LockState.Sql};
            """;
        await using var all = await connection.QueryMultipleAsync(sql, new { Limit });
        return new(await all.ReadFirstOrDefaultAsync<long>(), [.. await all.ReadAsync<RequestRow>()], [.. await all.ReadAsync<WorkerRow>()], [.. await all.ReadAsync<BuilderRow>()], [.. await all.ReadAsync<LiveEngine>()],
            [.. await all.ReadAsync<PauseRecord>()], await LockState.Read(all));
    }

    // Only builders that require a property make somebody look into what came with the buildsets.
    private async Task<RequestRow[]> WithProperties(RequestRow[] requests, HashSet<long> asking, CancellationToken cancellation)
    {
        var rows = await database.Query<(long Request, string[] Names)>("""
            SELECT o.request_id, ARRAY(SELECT p->>'Name' FROM jsonb_array_elements(b.properties) p) FROM open_requests o JOIN buildsets b ON b.id = o.buildset_id WHERE o.request_id = ANY(@asked)
            """, new { asked = requests.Where(r => asking.Contains(r.BuilderId)).Select(r => r.RequestId).ToArray() }, cancellation);
        var names = rows.ToDictionary(r => r.Request, r => r.Names);
        return [.. requests.Select(r => r with { Properties = names.GetValueOrDefault(r.RequestId) ?? [] })];
    }

    private static DispatchBuilder Builder(BuilderRow row, RevisionInForce revision, Rows rows) => revision.Builder(row.Name) is { } builder
        ? new(row.Id, row.Name, builder.Workers, [.. builder.Properties.Where(p => p is { Required: true, Default: null }).Select(p => p.Name)], false)
        {
            Needs = BuilderNeeds.Of(builder),
            Engines = LiveEngines.Allowed(rows.Engines, builder.Name, builder.Tags),
            NobodyText = LiveEngines.NobodyText(rows.Engines),
            Locks = [.. builder.Locks.Where(l => l.From is null).Select(l => new DispatchLock(rows.Locks.Find(l.Name)!, l.Units, l.Exclusive))],
        }
        : new(row.Id, row.Name, new WorkerSelector(), [], true);

    private static WaitingRequest Request(RequestRow row) => new()
    {
        Id = row.RequestId,
        BuilderId = row.BuilderId,
        Priority = row.Priority,
        SubmittedAt = row.SubmittedAt,
        NotBefore = row.NotBefore,
        Attempt = row.Attempt,
        Properties = row.Properties,
        WaitKind = Enum.TryParse<WaitKind>(row.WaitKind, out var kind) ? kind : WaitKind.New,
        WaitText = row.WaitText,
        Blocker = row is { BlockerKind: { } blocker, BlockerId: { } id } ? new(blocker, id) : null,
        WaitSince = row.WaitSince,
    };

    private static DispatchWorker Worker(WorkerRow row, IReadOnlySet<long> mine, DateTimeOffset now)
    {
        var verdict = WorkerVerdict.Of(row.Facts, now);
        return new()
        {
            Id = row.Id,
            Name = row.Name,
            Tags = row.Tags,
            FreeSlots = row.Slots - row.Running,
            Verdict = verdict,
            Mine = row.Live && mine.Contains(row.Id),
            FitsUntil = row.Fits && row.ClosesAt < DateTimeOffset.MaxValue ? row.ClosesAt : null,
            LongestOpen = row.LongestOpen,
            Abilities = row.Abilities,
            Engine = (row.EngineId, row.EngineName),
        };
    }
}
