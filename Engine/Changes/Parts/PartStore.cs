using Weir.Engine.Changes.Hooks;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Events;

namespace Weir.Engine.Changes.Parts;

/// <summary>When repositories of parts are looked at, and what came of it.</summary>
internal sealed class PartStore(Database database, ConfigurationInForce configuration)
{
    private long synced;

    /// <summary>The parts in force; each has its due row, at once when it is new, and who is gone has none.</summary>
    public async Task<RevisionInForce?> Sync(CancellationToken cancellation)
    {
        if (await configuration.Read(cancellation) is not { } revision)
            return null;
        if (Volatile.Read(ref synced) == revision.Id)
            return revision;
        await database.Write(async unit =>
        {
            await Gate.PassShared(unit);
            if (await unit.QuerySingle<long>("SELECT revision_id FROM config_in_force") != revision.Id)
                return;
            // One whose place is another now is looked at at once; the others as they were.
            await unit.Execute("""
                DELETE FROM timers WHERE kind = 'part' AND subject <> ALL(@names);
                INSERT INTO timers AS t (kind, subject, due_at)
                SELECT 'part', name, weir_now() FROM unnest(@names, @places) AS p (name, place)
                ON CONFLICT (kind, subject) DO UPDATE SET due_at = weir_now()
                WHERE NOT EXISTS (SELECT FROM config_sources s JOIN unnest(@names, @places) AS p (name, place) ON p.name = s.name AND p.place = s.place WHERE s.name = t.subject)
                """, new { names = revision.Model.Parts.Select(p => p.Name).ToArray(), places = revision.Model.Parts.Select(p => p.Place).ToArray() });
        }, cancellation);
        Volatile.Write(ref synced, revision.Id);
        return revision;
    }

    public Task<IReadOnlyList<string>> Due(CancellationToken cancellation) =>
        database.Query<string>("SELECT subject FROM timers WHERE kind = 'part' AND due_at <= (SELECT weir_now()) ORDER BY due_at, subject", null, cancellation);

    public Task<TimeSpan?> UntilNext(CancellationToken cancellation) =>
        database.QuerySingle<TimeSpan?>("SELECT min(due_at) - (SELECT weir_now()) FROM timers WHERE kind = 'part' AND due_at > (SELECT weir_now())", null, cancellation);

    /// <summary>Takes the due row for one look; false if it is not due any more. Should the look never end, it is due again before long.</summary>
    public async Task<bool> Begin(string name, TimeSpan again, CancellationToken cancellation) =>
        await database.QuerySingle<string>("UPDATE timers SET due_at = weir_now() + @again WHERE kind = 'part' AND subject = @name AND due_at <= weir_now() RETURNING subject", new { name, again }, cancellation) is not null;

    /// <summary>What the part gave last.</summary>
    public async Task<SourceRow?> Known(string name, CancellationToken cancellation) => (await SourceRows.Read(database, cancellation)).Find(name);

    /// <summary>The look has ended, well or with trouble; nothing is stored if somebody else has taken over.</summary>
    public Task Looked(Leases.Lease lease, PartConfiguration part, string? trouble, CancellationToken cancellation) => database.Write(async unit =>
    {
        if (!await Leases.StillStands(unit, lease))
            return;
        var before = await unit.QuerySingle<string>("SELECT trouble FROM config_sources WHERE name = @Name", new { part.Name });
        await SourceRows.Looked(unit, part, trouble);
        await unit.Execute("UPDATE timers SET due_at = weir_now() + @wait WHERE kind = 'part' AND subject = @Name AND due_at > weir_now()", new { part.Name, wait = part.Every });
        if (before != trouble)
            unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
    }, cancellation);

    /// <summary>Changes of these repositories have come in: parts that lie in one of them are looked at at once.</summary>
    public static async Task Hurry(StoreTransaction unit, IEnumerable<string> repositories)
    {
        var addresses = repositories.ToHashSet();
        if (addresses.Count == 0 || await unit.Query<KnownPart>("SELECT name, repository FROM config_sources WHERE repository IS NOT NULL") is not { Count: > 0 } parts)
            return;
        // However each side writes them.
        var meant = addresses.Select(Repositories.Read).OfType<(string Host, string Path)>().ToHashSet();
        var names = parts.Where(p => addresses.Contains(p.Repository) || (Repositories.Read(p.Repository) is { } own && meant.Contains(own))).Select(p => p.Name).ToArray();
        if (names.Length == 0)
            return;
        await unit.Execute("UPDATE timers SET due_at = weir_now() WHERE kind = 'part' AND subject = ANY(@names)", new { names });
        unit.Wake(WakeTopic.Timers);
    }

    private sealed record KnownPart(string Name, string Repository);
}
