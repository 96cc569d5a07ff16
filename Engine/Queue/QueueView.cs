using Dapper;
using Npgsql;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
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

/// <summary>
/// What deciding needs to know, read in one round trip (two where a waiting builder requires properties): of each builder the best few that wait, found by an index, so that it costs the
/// same however long the queue is.
/// </summary>
public sealed class QueueView(Database database, ConfigurationInForce configuration, UsualDurations durations, WorkerPasts pasts, TimeProvider time)
{
    /// <summary>About so many requests are looked at in one pass, of each builder one at least (those behind it when it has started) and no more than could start.</summary>
    public int About { get; init; } = 1000;

    /// <summary>Those that wait for their next attempt are looked at as well.</summary>
    public bool AlsoLater { get; init; }

    private readonly MatchingWorkers matching = new();

    // A guess, until it is known: rather too few of each at first than a long queue as a whole.
    private int buildersBefore = 50;
    private int? slotsBefore;
    private string[] capped = [];

    private sealed record RequestRow
    {
        public long RequestId { get; init; }
        public long BuilderId { get; init; }
        public long BuildsetId { get; init; }
        public string Builder { get; init; } = "";
        public int Priority { get; init; }
        public DateTimeOffset SubmittedAt { get; init; }
        public DateTimeOffset? NotBefore { get; init; }
        public int Attempt { get; init; }
        public string[] Properties { get; init; } = [];
        public bool WasSetAside { get; init; }
        public long? Lender { get; init; }
        public long? LentOn { get; init; }
        public long? CapLender { get; init; }
        public bool OfReleased { get; init; }
    }

    private sealed record WaitRow
    {
        public long BuilderId { get; init; }
        public string Kind { get; init; } = "";
        public string Text { get; init; } = "";
        public DateTimeOffset Since { get; init; }
        public DateTimeOffset? Until { get; init; }
        public string? BlockerKind { get; init; }
        public long? BlockerId { get; init; }

        public BuilderWait Wait => new()
        {
            BuilderId = BuilderId,
            Kind = Enum.TryParse<WaitKind>(Kind, out var kind) ? kind : WaitKind.New,
            Text = Text,
            Since = Since,
            Until = Until,
            Blocker = BlockerKind is null || BlockerId is null ? null : new(BlockerKind, BlockerId.Value),
        };
    }

    private sealed record WorkerRow : WorkerFactsRow
    {
        public long Id { get; init; }
        public int Lent { get; init; }
        public int Released { get; init; }
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
        public int Slots { get; init; }
        public bool Fits { get; init; }
        public TimeSpan? LongestOpen { get; init; }
        public string[]? Abilities { get; init; }
        public long EngineId { get; init; }
        public string EngineName { get; init; } = "";
    }

    private sealed record Rows(
        long Revision, DateTimeOffset? NextAttemptAt, RequestRow[] Requests, WaitRow[] Waits, WorkerRow[] Workers, LiveEngine[] Engines, PauseRecord[] Pauses, (string Project, int Builds)[] Running, TriggerWait[] Triggered, HeldRow? Held,
        (string Project, int Builds)[] Capped, SlotWaiter[] Asking, HomeRow[] Homes, LockState Locks);

    private sealed record HomeRow(string Directory, long Worker, string Name, bool Configured);

    private sealed record HeldRow
    {
        public long Id { get; init; }
        public string[] Builders { get; init; } = [];
        public string[]? Idle { get; init; }

        public bool Keeps(string builder) => Builders.Contains(builder) || Idle is { } idle && (idle.Length == 0 || idle.Contains(builder));

        public string Until(string builder) => Builders.Contains(builder) || Idle is null ? DispatchBuilder.HeldBack : $"waits until {RevisionToCome.Idle(Idle)}";
    }

    /// <summary>What one pass sees.</summary>
    /// <param name="Revision">The configuration in force.</param>
    /// <param name="State">What a decision rests on.</param>
    /// <param name="Heads">So many requests of each builder; of one that has as many here, more may wait.</param>
    /// <param name="NextAttemptAt">When the next request may be looked at that waits for its next attempt.</param>
    public sealed record Snapshot(RevisionInForce Revision, DispatchState State, int Heads, DateTimeOffset? NextAttemptAt)
    {
        /// <summary>No other engine works, nor this one, if it was told to go.</summary>
        public bool IsAlone { get; init; }
    }

    /// <summary>Null when nothing waits, or there is no configuration yet.</summary>
    /// <param name="mine">The workers that are connected here; null: wherever they are.</param>
    /// <param name="self">This engine; 0: none.</param>
    /// <param name="cancellation">For who asks.</param>
    public async Task<Snapshot?> Read(IReadOnlySet<long>? mine, long self, CancellationToken cancellation)
    {
        var heads = Heads();
        var rows = await database.Read(connection => ReadRows(connection, heads), cancellation);
        if (rows.Revision == 0 || (rows.Requests.Length == 0 && rows.NextAttemptAt is null && rows.Waits.Length == 0 && rows.Asking.Length == 0 && rows.Locks.IsQuiet))
            return null;
        var revision = await configuration.Of(rows.Revision, cancellation);
        string[] withCaps = [.. revision.Model.Projects.Where(p => p.Cap is not null).Select(p => p.Name).Order(StringComparer.Ordinal)];
        if (!withCaps.SequenceEqual(capped))
        {
            // Another revision has come, with other caps.
            capped = withCaps;
            return await Read(mine, self, cancellation);
        }
        var waiting = rows.Requests.DistinctBy(r => r.BuilderId).ToArray();
        buildersBefore = Math.Max(1, waiting.Length);
        var usual = rows.Workers.Any(w => w.Live && w.Fits) ? await durations.Of([.. waiting.Select(b => b.BuilderId)], cancellation) : null;
        var builders = waiting.Select(b => Builder(b, revision, rows) with { Usual = usual?.GetValueOrDefault(b.BuilderId) }).ToArray();
        if (builders.Where(b => b.Placement is PlacementRule.Fastest or PlacementRule.LastUsed).Select(b => b.Id).ToArray() is { Length: > 0 } choosy)
        {
            var past = await pasts.Of(choosy, cancellation);
            builders = [.. builders.Select(b => past.TryGetValue(b.Id, out var its) ? b with { Past = its } : b)];
        }
        var requests = rows.Requests;
        var asking = builders.Where(b => b.RequiredProperties.Count > 0).Select(b => b.Id).ToHashSet();
        if (asking.Count > 0)
            requests = await WithProperties(requests, asking, cancellation);
        if (rows.Workers.Length > 0)
            slotsBefore = asking.Count > 0 ? null : rows.Workers.Where(w => w.Live).Sum(w => w.Slots);
        var now = time.GetUtcNow();
        DispatchWorker[] workers = [.. rows.Workers.Select(w => Worker(w, mine, now))];
        return new(revision, new()
        {
            Requests = [.. requests.Select(Request)],
            Running = rows.Running.ToDictionary(r => r.Project, r => r.Builds),
            Capped = rows.Capped,
            Waits = rows.Waits.Select(w => w.Wait).ToDictionary(w => w.BuilderId),
            Builders = builders,
            Workers = workers,
            Matching = matching.Among(workers, revision.Id),
            Locks = rows.Locks,
            Homes = rows.Homes.ToDictionary(h => SharedDirectories.Of(h.Directory)!, h => new DirectoryHome(h.Worker, h.Name, h.Configured)),
            Triggered = rows.Triggered,
            Asking = rows.Asking,
            Now = now,
            Self = self,
        }, heads, rows.NextAttemptAt) { IsAlone = rows.Engines.All(e => e.Id == self) };
    }

    private static string Priority(string order) => $"(SELECT p.priority FROM open_requests p WHERE p.builder_id = w.builder_id ORDER BY p.priority {order} LIMIT 1)";

    // No more than have a slot can start, of whichever builder; one more shows whether others wait behind them. How many slots there are was known a moment ago: who had too few is looked at again (MoreWait). Where properties are required, thousands may
    // lack one and are put aside: the more at once, the better.
    private int Heads()
    {
        var some = Math.Max(1, About / buildersBefore);
        return AlsoLater || slotsBefore is not { } slots ? some : Math.Min(some, slots + 1);
    }

    private async Task<Rows> ReadRows(NpgsqlConnection connection, int heads)
    {
        var due = AlsoLater ? "true" : "coalesce(o.not_before <= (SELECT weir_now()), true)";
        // From builder to builder it hops along the index. Where not all are of one priority, the oldest are looked at as well: they may have waited for too long.
        var sql = $"""
            SELECT {KeptPlans.Call};
            SELECT revision_id FROM config_in_force;
            SELECT not_before FROM open_requests WHERE not_before > (SELECT weir_now()) ORDER BY not_before LIMIT 1;
            WITH RECURSIVE waiting AS (
                (SELECT builder_id FROM open_requests ORDER BY builder_id LIMIT 1)
                UNION ALL
                SELECT (SELECT o.builder_id FROM open_requests o WHERE o.builder_id > w.builder_id ORDER BY o.builder_id LIMIT 1) FROM waiting w WHERE w.builder_id IS NOT NULL)
            SELECT h.request_id, w.builder_id, h.buildset_id, of.name AS builder, h.priority, h.submitted_at, h.not_before, h.attempt, h.set_aside_in IS NOT NULL AS was_set_aside
            FROM waiting w JOIN builders of ON of.id = w.builder_id CROSS JOIN LATERAL (
                SELECT o.request_id, o.buildset_id, o.priority, o.submitted_at, o.not_before, o.attempt, o.set_aside_in FROM open_requests o
                WHERE o.builder_id = w.builder_id AND {due} AND o.set_aside_in IS DISTINCT FROM (SELECT revision_id FROM config_in_force)
                ORDER BY o.priority DESC, o.submitted_at, o.request_id LIMIT @heads) h
            UNION
            SELECT h.request_id, w.builder_id, h.buildset_id, of.name, h.priority, h.submitted_at, h.not_before, h.attempt, h.set_aside_in IS NOT NULL
            FROM waiting w JOIN builders of ON of.id = w.builder_id CROSS JOIN LATERAL (
                SELECT o.request_id, o.buildset_id, o.priority, o.submitted_at, o.not_before, o.attempt, o.set_aside_in FROM open_requests o
                WHERE o.builder_id = w.builder_id AND {due} AND o.set_aside_in IS DISTINCT FROM (SELECT revision_id FROM config_in_force)
                ORDER BY o.submitted_at LIMIT CASE WHEN {Priority("DESC")} > {Priority("ASC")} THEN @oldest ELSE 0 END) h;
            {LentSlots.Offers};
            SELECT builder_id, kind, text, since, until, blocker_kind, blocker_id FROM builder_waits;
            SELECT w.id, w.name, w.tags, {WorkerRows.Slots} AS slots, {LentSlots.InUse} AS lent, {LentSlots.Released} AS released, {WorkerFactsRow.Columns}, coalesce(w.availability->>'LastStart' <> 'Open', false) AS fits, w.longest_open,
                   CASE WHEN k.told_session = k.session THEN k.abilities END AS abilities, coalesce(m.id, 0) AS engine_id, coalesce(m.name, '') AS engine_name
            FROM workers w LEFT JOIN worker_sessions k ON k.worker_id = w.id LEFT JOIN masters m ON m.id = k.master_id
            WHERE w.retired_at IS NULL AND w.configured AND (EXISTS (SELECT FROM open_requests) OR EXISTS (SELECT FROM build_owners WHERE slot_asked_at IS NOT NULL)) ORDER BY w.id;
            {LiveEngines.Sql};
            SELECT p.id, p.kind, p.subject, p.by_name AS by, p.reason, p.since, p.until FROM pauses p WHERE {PauseRows.Holds} AND p.kind IN ('Builder', 'Project', 'Everything');
            SELECT coalesce(of.project, '') AS project, count(*)::int AS builds FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders of ON of.id = b.builder_id GROUP BY 1;
            {TriggerWaits.Sql};
            SELECT id, held_for AS builders, idle_builders AS idle FROM config_revisions WHERE {RevisionToCome.Is};
            {CapUse.Sql(capped)};
            {LentSlots.Asking};
            {DirectoryRows.Homes};
            {LockState.Sql};
            """;
        await using var all = await connection.QueryMultipleAsync(sql, new { heads, oldest = AlsoLater ? 1 : heads, capped });
        await all.ReadAsync();
        return new(await all.ReadFirstOrDefaultAsync<long>(), await all.ReadFirstOrDefaultAsync<DateTimeOffset?>(), Merged(await all.ReadAsync<RequestRow>(), await all.ReadAsync<RequestRow>()), [.. await all.ReadAsync<WaitRow>()], [.. await all.ReadAsync<WorkerRow>()],
            [.. await all.ReadAsync<LiveEngine>()], [.. await all.ReadAsync<PauseRecord>()], [.. await all.ReadAsync<(string, int)>()], [.. await all.ReadAsync<TriggerWait>()], await all.ReadFirstOrDefaultAsync<HeldRow>(),
            [.. await all.ReadAsync<(string, int)>()], [.. await all.ReadAsync<SlotWaiter>()], [.. await all.ReadAsync<HomeRow>()], await LockState.Read(all));
    }

    // For whom a running build waits is looked at as well, however far behind in its builder's queue: he may have that build's slot.
    private static RequestRow[] Merged(IEnumerable<RequestRow> heads, IEnumerable<RequestRow> waitedFor) => [.. waitedFor.Concat(heads).DistinctBy(r => r.RequestId)];

    // Only builders that require a property make somebody look into what came with the buildsets.
    private async Task<RequestRow[]> WithProperties(RequestRow[] requests, HashSet<long> asking, CancellationToken cancellation)
    {
        var rows = await database.Query<(long Request, string[] Names)>("""
            SELECT o.request_id, ARRAY(SELECT p->>'Name' FROM jsonb_array_elements(b.properties || r.given) p) FROM open_requests o JOIN requests r ON r.id = o.request_id JOIN buildsets b ON b.id = o.buildset_id WHERE o.request_id = ANY(@asked)
            """, new { asked = requests.Where(r => asking.Contains(r.BuilderId)).Select(r => r.RequestId).ToArray() }, cancellation);
        var names = rows.ToDictionary(r => r.Request, r => r.Names);
        return [.. requests.Select(r => r with { Properties = names.GetValueOrDefault(r.RequestId) ?? [] })];
    }

    private static DispatchBuilder Builder(RequestRow row, RevisionInForce revision, Rows rows) => revision.Builder(row.Builder) is { } builder
        ? new(row.BuilderId, row.Builder, builder.Workers, BuilderNeeds.Required(builder), false)
        {
            Needs = BuilderNeeds.Of(builder),
            Engines = LiveEngines.Allowed(rows.Engines, builder.Name, builder.Tags),
            NobodyText = LiveEngines.NobodyText(rows.Engines),
            Locks = [.. builder.Locks.Where(l => l.From is null).Select(l => new DispatchLock(rows.Locks.Find(l.Name)!, l.Units, l.Exclusive) { Labels = l.Labels })],
            Shared = revision.Group(builder.Name) is { } group ? new(DirectoryGroups.Used(builder), group.Directories, [.. group.Builders.Select(b => (b.Workers, BuilderNeeds.Of(b)))]) : null,
            Project = builder.Project,
            Weight = revision.Project(builder.Project)?.Weight ?? 1,
            MaxWait = revision.Project(builder.Project) is { } project ? project.MaxWait : ProjectConfiguration.DefaultMaxWait,
            RevisionToCome = rows.Held is { } held && held.Keeps(builder.Name) ? held.Id : null,
            RevisionUntil = rows.Held?.Until(builder.Name) ?? "",
            Cap = revision.Project(builder.Project)?.Cap,
            Placement = builder.Placement,
            Paused = rows.Pauses.Length == 0 ? null : WaitWords.Keeping(rows.Pauses, builder.Name, builder.Project),
        }
        : new(row.BuilderId, row.Builder, new WorkerSelector(), [], true);

    private static WaitingRequest Request(RequestRow row) => new()
    {
        Id = row.RequestId,
        BuilderId = row.BuilderId,
        BuildsetId = row.BuildsetId,
        Priority = row.Priority,
        SubmittedAt = row.SubmittedAt,
        NotBefore = row.NotBefore,
        Attempt = row.Attempt,
        Properties = row.Properties,
        WasSetAside = row.WasSetAside,
        Lent = row is { Lender: { } lender, LentOn: { } worker } ? new(lender, worker) : null,
        CapLender = row.CapLender,
        OfReleased = row.OfReleased,
    };

    private static DispatchWorker Worker(WorkerRow row, IReadOnlySet<long>? mine, DateTimeOffset now)
    {
        var verdict = WorkerVerdict.Of(row.Facts, now);
        return new()
        {
            Id = row.Id,
            Name = row.Name,
            Tags = row.Tags,
            Slots = row.Slots,
            FreeSlots = row.Slots - row.Running + row.Released + row.Lent,
            Verdict = verdict,
            Mine = row.Live && mine?.Contains(row.Id) != false,
            FitsUntil = row.Fits && row.ClosesAt < DateTimeOffset.MaxValue ? row.ClosesAt : null,
            LongestOpen = row.LongestOpen,
            Abilities = row.Abilities,
            Engine = (row.EngineId, row.EngineName),
        };
    }
}
