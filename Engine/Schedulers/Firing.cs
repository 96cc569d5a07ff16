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
        var (own, builders) = await Begin(unit, revision, order);
        if (own is not { } id)
            return null;
        if (builders.Count == 0)
        {
            unit.Last("UPDATE schedulers SET last_error = 'None of its builders is in the store.' WHERE id = $1", P(id));
            unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged });
            return null;
        }
        var heads = await KnownHeads.Read(unit, revision.Model, SourceStamps.Unsettled(revision.Model, scheduler, order.Changes, order.Asked));
        var made = Buildset(revision, order, heads) with { Builders = [.. builders.Select(b => (b.Id, b.Priority))] };
        var set = await Buildsets.Submit(unit, order.MayCollapse ? made with { CollapseKeys = CollapseKeys(revision, scheduler, made, builders) } : made);
        if (order.Line is not null && scheduler is ChangeDrivenConfiguration { CancelOlder: not CancelOlder.Nothing } driven)
            await OlderSets.Cancel(unit, driven, order.Line, id, set);
        unit.Last("UPDATE firings SET buildset_id = $1 WHERE scheduler_id = $2 AND identity = $3", P(set.Id), P(id), P(order.Identity));
        unit.Last("UPDATE schedulers SET last_fired_at = weir_now(), last_buildset_id = $1, last_error = NULL WHERE id = $2", P(set.Id), P(id));
        unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged, BuildsetId = set.Id });
        return set;
    }

    /// <summary>What an order makes, whatever of its builders is there.</summary>
    public static NewBuildset Buildset(RevisionInForce revision, FiringOrder order, IReadOnlyList<KnownHead> heads)
    {
        var (scheduler, reason) = (order.Scheduler, Reason(order));
        return new()
        {
            Scheduler = scheduler.Name,
            Reason = reason,
            SourceStamps = SourceStamps.For(revision.Model, scheduler, order.Changes, order.Asked, heads),
            Builders = [],
            Properties = BuildsetProperties.Merge(order.Changes, scheduler, reason, order.Properties),
            ChangeIds = [.. order.Changes.Select(c => c.Id)],
            ConfigRevisionId = revision.Id,
            Line = order.Line,
            FailFast = order.FailFast ?? scheduler.FailFast,
        };
    }

    /// <summary>The names of the builders that it is about, each with the priority of its request.</summary>
    public static IReadOnlyList<(string Name, int Priority)> Builders(RevisionInForce revision, FiringOrder order) =>
    [
        .. (order.Builders.Count > 0 ? order.Builders : order.Scheduler.Builders).Distinct().Select(name => (name, order.Scheduler.Priority + order.Priority + (revision.Builder(name)?.Priority ?? 0))),
    ];

    // The firing, which is unique, and the builders that are there.
    private static async Task<(long? Scheduler, IReadOnlyList<(long Id, string Name, int Priority)> Builders)> Begin(StoreTransaction unit, RevisionInForce revision, FiringOrder order)
    {
        const string sql = """
            INSERT INTO firings (scheduler_id, identity, fired_at, due_at) SELECT id, @Identity, weir_now(), @DueAt FROM schedulers WHERE name = @Name AND enabled AND retired_at IS NULL
            ON CONFLICT DO NOTHING RETURNING scheduler_id;
            SELECT id, name FROM builders WHERE name = ANY(@names) AND retired_at IS NULL
            """;
        var wanted = Builders(revision, order);
        var names = wanted.Select(b => b.Name).ToArray();
        await using var both = await unit.Connection.QueryMultipleAsync(new CommandDefinition(sql, new { order.Identity, order.DueAt, order.Scheduler.Name, names }, cancellationToken: unit.Cancellation));
        var scheduler = await both.ReadFirstOrDefaultAsync<long?>();
        var rows = await both.ReadAsync<BuilderRow>();
        return (scheduler, [.. from builder in wanted join row in rows on builder.Name equals row.Name select (row.Id, row.Name, builder.Priority)]);
    }

    // Who makes up for each time that was missed wants one build for each.
    private static Dictionary<long, string> CollapseKeys(RevisionInForce revision, SchedulerConfiguration scheduler, NewBuildset set, IReadOnlyList<(long Id, string Name, int Priority)> builders) =>
        scheduler is TimedConfiguration { CatchUp: CatchUp.All } ? [] : builders
            .Select(b => (b.Id, Key: CollapseKey.Of(revision.Builder(b.Name)?.Collapse ?? CollapseRule.Never, set)))
            .Where(b => b.Key is not null).ToDictionary(b => b.Id, b => b.Key!);

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
