using Dapper;
using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Schedulers;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Schedulers;

/// <summary>What sets a scheduler off.</summary>
internal sealed record FiringOrder
{
    public required SchedulerConfiguration Scheduler { get; init; }

    /// <summary>What makes it the same firing when two engines come to it: a due time, a branch with its last change, a change.</summary>
    public required string Identity { get; init; }

    /// <summary>No other firing can have this identity: only rows are added, so that also a master may do it that may change none.</summary>
    public bool IsUnique { get; init; }

    /// <summary>When the clock asked for it; null: something else did.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public IReadOnlyList<ChangeRecord> Changes { get; init; } = [];

    /// <summary>Some of the scheduler's builders; empty: all.</summary>
    public IReadOnlyList<string> Builders { get; init; } = [];
    public IReadOnlyDictionary<string, ForceStamp> Asked { get; init; } = new Dictionary<string, ForceStamp>();
    public IReadOnlyList<PropertyRecord> Properties { get; init; } = [];
    public string? Reason { get; init; }
    public int Priority { get; init; }

    /// <summary>The branch or pull request whose changes these are; null: nobody asked for it by a change, and it is built whatever else waits.</summary>
    public string? Line { get; init; }

    /// <summary>Nobody asked for just this build: it may be built together with others that wait.</summary>
    public bool MayCollapse { get; init; }

    /// <summary>The first failure ends the rest of the buildset; null: as the scheduler says.</summary>
    public bool? FailFast { get; init; }
}

/// <summary>Fires a scheduler in the caller's transaction: the firing, which is unique, its buildset, and what the scheduler shows of it.</summary>
internal static class Firing
{
    private const int MaxReason = 500;

    private sealed record BuilderRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
    }

    /// <summary>Null: it has been fired already, it is switched off, or none of its builders is there.</summary>
    public static async Task<SubmittedBuildset?> Fire(StoreTransaction unit, RevisionInForce revision, FiringOrder order)
    {
        var scheduler = order.Scheduler;
        var (own, builders, names) = await Begin(unit, revision.Model, order);
        if (own is not { } id)
            return null;
        if (builders.Count == 0 && order.IsUnique)
            return null;
        if (builders.Count == 0)
        {
            unit.Last("UPDATE schedulers SET last_error = 'None of its builders is in the store.' WHERE id = $1", P(id));
            unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged });
            return null;
        }
        var heads = await KnownHeads.Read(unit, revision.Model, SourceStamps.Unsettled(revision.Model, scheduler, order.Changes, order.Asked));
        var reason = Reason(order);
        var made = new NewBuildset
        {
            Scheduler = scheduler.Name,
            Reason = reason,
            SourceStamps = SourceStamps.For(revision.Model, scheduler, order.Changes, order.Asked, heads),
            Builders = builders,
            Properties = BuildsetProperties.Merge(order.Changes, scheduler, reason, order.Properties),
            ChangeIds = [.. order.Changes.Select(c => c.Id)],
            ConfigRevisionId = revision.Id,
            Line = order.Line,
            FailFast = order.FailFast ?? scheduler.FailFast,
        };
        var set = await Buildsets.Submit(unit, order.MayCollapse ? made with { CollapseKeys = CollapseKeys(revision.Model, scheduler, made, names) } : made);
        if (order.Line is not null && scheduler is ChangeDrivenConfiguration { CancelOlder: not CancelOlder.Nothing } driven)
            await OlderSets.Cancel(unit, driven, order.Line, id, set);
        if (order.IsUnique)
        {
            unit.Last("INSERT INTO firings (scheduler_id, identity, fired_at, buildset_id) VALUES ($1, $2, weir_now(), $3)", P(id), P(order.Identity), P(set.Id));
            unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged, BuildsetId = set.Id });
            return set;
        }
        unit.Last("UPDATE firings SET buildset_id = $1 WHERE scheduler_id = $2 AND identity = $3", P(set.Id), P(id), P(order.Identity));
        unit.Last("UPDATE schedulers SET last_fired_at = weir_now(), last_buildset_id = $1, last_error = NULL WHERE id = $2", P(set.Id), P(id));
        unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged, BuildsetId = set.Id });
        return set;
    }

    // The firing, which is unique, and the builders that are there.
    private static async Task<(long? Scheduler, IReadOnlyList<(long, int)> Builders, IReadOnlyDictionary<long, string> Names)> Begin(StoreTransaction unit, WeirConfiguration model, FiringOrder order)
    {
        var firing = order.IsUnique
            ? "SELECT id FROM schedulers WHERE name = @Name AND enabled AND retired_at IS NULL"
            : """
            INSERT INTO firings (scheduler_id, identity, fired_at, due_at) SELECT id, @Identity, weir_now(), @DueAt FROM schedulers WHERE name = @Name AND enabled AND retired_at IS NULL
            ON CONFLICT DO NOTHING RETURNING scheduler_id
            """;
        var sql = $"{firing}; SELECT id, name FROM builders WHERE name = ANY(@names) AND retired_at IS NULL";
        var names = (order.Builders.Count > 0 ? order.Builders : order.Scheduler.Builders).ToArray();
        await using var both = await unit.Connection.QueryMultipleAsync(new CommandDefinition(sql, new { order.Identity, order.DueAt, order.Scheduler.Name, names }, cancellationToken: unit.Cancellation));
        var scheduler = await both.ReadFirstOrDefaultAsync<long?>();
        var rows = (await both.ReadAsync<BuilderRow>()).ToArray();
        return (scheduler,
        [
            .. from name in names.Distinct()
               join row in rows on name equals row.Name
               select (row.Id, order.Scheduler.Priority + order.Priority + (model.Builders.FirstOrDefault(b => b.Name == name)?.Priority ?? 0)),
        ], rows.ToDictionary(r => r.Id, r => r.Name));
    }

    // Who makes up for each time that was missed wants one build for each.
    private static Dictionary<long, string> CollapseKeys(WeirConfiguration model, SchedulerConfiguration scheduler, NewBuildset set, IReadOnlyDictionary<long, string> names) =>
        scheduler is TimedConfiguration { CatchUp: CatchUp.All } ? [] : set.Builders
            .Select(b => (b.BuilderId, Key: CollapseKey.Of(model.Builders.FirstOrDefault(x => x.Name == names[b.BuilderId])?.Collapse ?? CollapseRule.Never, set)))
            .Where(b => b.Key is not null).ToDictionary(b => b.BuilderId, b => b.Key!);

    private static string Reason(FiringOrder order)
    {
        if ((order.Reason ?? order.Scheduler.Reason) is { Length: > 0 } given)
            return given.Length > MaxReason ? given[..MaxReason] + "…" : given;
        if (order.Changes.Count == 0)
            return $"scheduler {order.Scheduler.Name}";
        var what = string.Join(", ", order.Changes.Select(c => c.Codebase ?? c.Repository).OfType<string>().Distinct());
        var where = order.Changes[^1].Branch is { } branch ? $" on {branch}" : "";
        return (order.Changes.Count == 1 ? "a change" : $"{order.Changes.Count} changes") + (what.Length > 0 ? $" to {what}" : "") + where;
    }
}
