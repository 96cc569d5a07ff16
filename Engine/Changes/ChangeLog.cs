using Weir.Engine.Changes.Hooks;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Changes;
using Weir.Shared.Identity;
using Weir.Shared.Queue;

namespace Weir.Engine.Changes;

/// <summary>All changes: takes them in, each exactly once, and shows them. What came of a change (its buildsets) is asked of the queue.</summary>
public sealed class ChangeLog(Database database, TimeProvider time, ConfigurationInForce configuration, Func<IQueueQueries> queue) : IChangeQueries, IChangeActions
{
    private const int MostBuildsets = 50;

    // What a webhook's sender proves itself with is not kept.
    private static readonly HashSet<string> PrivateHeaders = new(StringComparer.OrdinalIgnoreCase) { "Authorization", "Proxy-Authorization", "Cookie" };

    public async Task<Page<ChangeRecord>> List(string? branch, string? codebase, long? before, int limit, CancellationToken cancellation)
    {
        limit = Math.Clamp(limit, 1, 1000);
        var conditions = new List<string> { "true" };
        if (branch is not null)
            conditions.Add("c.branch = @branch");
        if (codebase is not null)
            conditions.Add("c.codebase = @codebase");
        if (before is not null)
            conditions.Add("c.id < @before");
        var sql = $"{ChangeRows.Select} WHERE {string.Join(" AND ", conditions)} ORDER BY c.id DESC LIMIT @limit + 1";
        var rows = await database.Query<ChangeRow>(sql, new { branch, codebase, before, limit }, cancellation);
        return new([.. rows.Take(limit).Select(r => r.ToRecord())], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    public async Task<ChangeDetail?> Detail(long id, CancellationToken cancellation)
    {
        const string sql = $"{ChangeRows.Select} WHERE c.id = @id";
        var row = await database.QuerySingle<ChangeRow>(sql, new { id }, cancellation);
        if (row is null)
            return null;
        var sets = await database.Query<long>("SELECT buildset_id FROM buildset_changes WHERE change_id = @id ORDER BY buildset_id DESC LIMIT @MostBuildsets", new { id, MostBuildsets }, cancellation);
        var summaries = new List<BuildsetSummary>();
        foreach (var set in sets)
        {
            if (await queue().Buildset(set, cancellation) is { } detail)
                summaries.Add(detail.Buildset);
        }
        return new(row.ToRecord(), summaries);
    }

    public Task<IReadOnlyList<ChangeSourceRecord>> Sources(CancellationToken cancellation) => database.Query<ChangeSourceRecord>("""
        SELECT s.id, s.name, s.kind, s.last_poll_at, t.due_at AS next_poll_at, s.last_error, s.failures
        FROM change_sources s LEFT JOIN timers t ON t.kind = 'poll' AND t.subject = s.name
        WHERE s.retired_at IS NULL ORDER BY s.name
        """, null, cancellation);

    public async Task<IReadOnlyList<long>> Add(IReadOnlyList<NewChange> changes, Actor by, CancellationToken cancellation)
    {
        var written = await database.Write(unit => ChangeWriter.Add(unit, changes), cancellation);
        return [.. written.Select(w => w.Id)];
    }

    public async Task<ActionOutcome> Send(NewChange change, Actor by, CancellationToken cancellation)
    {
        var (complete, problems) = ChangeCheck.Check(change, (await configuration.Read(cancellation))?.Model);
        if (problems.Count > 0)
            return new ActionOutcome.Invalid(problems);
        return await database.Act(by, async unit =>
        {
            var written = (await ChangeWriter.Add(unit, [complete]))[0];
            Audit.Write(unit, by, "change.send", $"change {written.Id}", null);
            return new ActionOutcome.Done(written.Id);
        }, cancellation);
    }

    public async Task<long> StoreHook(string dialect, string contentType, IReadOnlyDictionary<string, string> headers, byte[] body, string? address, CancellationToken cancellation)
    {
        var day = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var kept = headers.Where(h => !PrivateHeaders.Contains(h.Key)).ToDictionary();
        return await database.Write(unit => RawHooks.Store(unit, day, new() { Dialect = dialect, ContentType = contentType, Headers = kept, Body = body, Address = address }), cancellation);
    }

    public Task<ActionOutcome> PollNow(string source, Actor by, CancellationToken cancellation) => database.Act(by, unit => PollNow(unit, source, by), cancellation);

    private static async Task<ActionOutcome> PollNow(StoreTransaction unit, string source, Actor by)
    {
        var moved = await unit.QuerySingle<string>("""
            INSERT INTO timers (kind, subject, due_at) SELECT 'poll', name, weir_now() FROM change_sources WHERE name = @source AND retired_at IS NULL AND kind = 'git-poller'
            ON CONFLICT (kind, subject) DO UPDATE SET due_at = EXCLUDED.due_at RETURNING subject
            """, new { source });
        if (moved is null)
            return new ActionOutcome.NotFound($"a change source named {source} that polls");
        Audit.Write(unit, by, "change-source.poll", source, null);
        unit.Wake(WakeTopic.Timers);
        return new ActionOutcome.Done();
    }
}
