using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Events;

namespace Weir.Engine.Changes.Sources;

/// <summary>What pollers read from the store and leave there. A result is stored only if its lease and the heads it was compared with still stand (invariant 12).</summary>
internal sealed class PollStore(Database database, ConfigurationInForce configuration)
{
    /// <summary>Is there a revision for which nobody has put the polls' timers right yet?</summary>
    public const string Question = "EXISTS (SELECT FROM config_in_force c WHERE NOT EXISTS (SELECT FROM timers_synced t WHERE t.kind = 'polls' AND t.revision_id = c.revision_id))";

    private long synced;

    private sealed record SourceRow
    {
        public long Id { get; init; }
        public DateTimeOffset? LastPollAt { get; init; }
        public string? LastError { get; init; }
        public int Failures { get; init; }
    }

    private sealed record HeadRow
    {
        public string Branch { get; init; } = "";
        public string Revision { get; init; } = "";
    }

    /// <summary>The pollers in force; each has its due row, at once when it is new, and who is gone has none.</summary>
    public async Task<RevisionInForce?> Sync(CancellationToken cancellation)
    {
        while (await configuration.Read(cancellation) is { } revision)
        {
            if (Volatile.Read(ref synced) != revision.Id && !await database.Write(unit => Sync(unit, revision), cancellation))
                continue;
            Volatile.Write(ref synced, revision.Id);
            return revision;
        }
        return null;
    }

    private static async Task<bool> Sync(StoreTransaction unit, RevisionInForce revision)
    {
        await Gate.PassShared(unit);
        if (await unit.QuerySingle<long>("SELECT revision_id FROM config_in_force") != revision.Id)
            return false;
        var pollers = revision.Model.ChangeSources.OfType<GitPollerConfiguration>().OrderBy(p => p.Name, StringComparer.Ordinal).ToArray();
        // The first statement says whether anything is to be done, and lets only one do it.
        await unit.Execute("""
            WITH mine AS (
                INSERT INTO timers_synced AS s (kind, revision_id) VALUES ('polls', @Id) ON CONFLICT (kind) DO UPDATE SET revision_id = @Id WHERE s.revision_id <> @Id RETURNING 1),
            gone AS (DELETE FROM timers WHERE kind = 'poll' AND subject <> ALL(@names) AND EXISTS (SELECT FROM mine))
            INSERT INTO timers AS t (kind, subject, due_at)
            SELECT 'poll', name, weir_now() FROM unnest(@names) AS p (name) WHERE EXISTS (SELECT FROM mine)
            ON CONFLICT (kind, subject) DO UPDATE SET due_at = weir_now()
            """, new { revision.Id, names = pollers.Select(p => p.Name).ToArray() });
        return true;
    }

    public Task<IReadOnlyList<string>> Due(CancellationToken cancellation) =>
        database.Query<string>("SELECT subject FROM timers WHERE kind = 'poll' AND due_at <= (SELECT weir_now()) ORDER BY due_at, subject", null, cancellation);

    public Task<TimeSpan?> UntilNext(CancellationToken cancellation) =>
        database.QuerySingle<TimeSpan?>("SELECT min(due_at) - (SELECT weir_now()) FROM timers WHERE kind = 'poll' AND due_at > (SELECT weir_now())", null, cancellation);

    /// <summary>Takes the due row for one poll; false if it is not due any more. Should the poll never end, it is due again before long.</summary>
    public async Task<bool> Begin(string name, TimeSpan again, CancellationToken cancellation) =>
        await database.QuerySingle<string>("UPDATE timers SET due_at = weir_now() + @again WHERE kind = 'poll' AND subject = @name AND due_at <= weir_now() RETURNING subject", new { name, again }, cancellation) is not null;

    public async Task<KnownBranches?> Known(string name, CancellationToken cancellation)
    {
        if (await database.QuerySingle<SourceRow>("SELECT id, last_poll_at, last_error, failures FROM change_sources WHERE name = @name", new { name }, cancellation) is not { } source)
            return null;
        var heads = await Heads(source.Id, (sql, parameters) => database.Query<HeadRow>(sql, parameters, cancellation));
        // A source that has only ever failed has not looked yet.
        return new(heads, heads.Count == 0 && (source.LastPollAt is null || source.LastError is not null));
    }

    private static async Task<Dictionary<string, string>> Heads(long id, Func<string, object, Task<IReadOnlyList<HeadRow>>> query) =>
        (await query("SELECT branch, revision FROM branch_heads WHERE source_id = @id", new { id })).ToDictionary(h => h.Branch, h => h.Revision);

    /// <summary>Heads, changes and the next due time in one transaction; false, and nothing is stored, if somebody else has polled meanwhile.</summary>
    public Task<bool> Store(Leases.Lease lease, GitPollerConfiguration poller, KnownBranches known, Findings found, CancellationToken cancellation) => database.Write(async unit =>
    {
        if (!await Leases.StillStands(unit, lease) || await Locked(unit, poller.Name) is not { } source)
            return false;
        // Its codebase has another name by now: what was found would be the changes of nothing.
        if (await unit.QuerySingle<bool>("SELECT EXISTS (SELECT FROM former_names f WHERE f.section = 'codebases' AND f.name = @Codebase) AND NOT EXISTS (SELECT FROM codebases c WHERE c.name = @Codebase AND c.retired_at IS NULL)", new { poller.Codebase }))
            return false;
        var heads = await Heads(source.Id, unit.Query<HeadRow>);
        if (found.Moved.Keys.Concat(found.Gone).Any(b => heads.GetValueOrDefault(b) != known.Heads.GetValueOrDefault(b)))
            return false;
        await ChangeWriter.Add(unit, found.Changes);
        if (found.Moved.Count + found.Gone.Count > 0)
            await unit.Execute("""
                DELETE FROM branch_heads WHERE source_id = @Id AND branch = ANY(@gone);
                INSERT INTO branch_heads (source_id, branch, revision) SELECT @Id, b, r FROM unnest(@branches, @revisions) AS h (b, r)
                ON CONFLICT (source_id, branch) DO UPDATE SET revision = EXCLUDED.revision
                """, new { source.Id, gone = found.Gone.ToArray(), branches = found.Moved.Keys.ToArray(), revisions = found.Moved.Values.ToArray() });
        await unit.Execute("UPDATE change_sources SET last_poll_at = weir_now(), last_error = NULL, failures = 0 WHERE id = @Id", new { source.Id });
        await Next(unit, poller.Name, poller.Every);
        if (source.LastPollAt is null || source.Failures > 0)
            unit.Add(new WeirEvent { Kind = EventKind.ChangeSourceChanged });
        return true;
    }, cancellation);

    /// <summary>Shows the error at the source and puts the next poll off, longer each time.</summary>
    public Task<bool> Fail(Leases.Lease lease, GitPollerConfiguration poller, string error, double jitter, CancellationToken cancellation) => database.Write(async unit =>
    {
        if (!await Leases.StillStands(unit, lease) || await Locked(unit, poller.Name) is not { } source)
            return false;
        // A repository that has never answered stays one that nobody has looked at.
        await unit.Execute("UPDATE change_sources SET last_poll_at = weir_now(), last_error = @error, failures = failures + 1 WHERE id = @Id", new { source.Id, error });
        await Next(unit, poller.Name, PollSettings.BackOff(poller.Every, source.Failures + 1, jitter));
        unit.Add(new WeirEvent { Kind = EventKind.ChangeSourceChanged });
        return true;
    }, cancellation);

    private static Task<SourceRow?> Locked(StoreTransaction unit, string name) =>
        unit.QuerySingle<SourceRow>("SELECT id, last_poll_at, last_error, failures FROM change_sources WHERE name = @name FOR NO KEY UPDATE", new { name });

    // Whoever asked for a poll during this one still gets it.
    private static Task<int> Next(StoreTransaction unit, string name, TimeSpan wait) =>
        unit.Execute("UPDATE timers SET due_at = weir_now() + @wait WHERE kind = 'poll' AND subject = @name AND due_at > weir_now()", new { name, wait });
}
