using Weir.Engine.Configuration.Check;
using Weir.Engine.Identity;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>
/// Checks configurations and puts them in force. A good one becomes a revision in one transaction, behind the whole gate: after its commit no claim acts on the one before.
/// A bad one changes nothing that was good; it is kept as refused, with what is wrong. One that could come to a circle of holdings together with builds still open is held back until these have ended.
/// </summary>
internal sealed class RevisionActions(Database database) : IConfigurationActions
{
    private const int LongestRefused = 256 * 1024;

    private sealed record Standing
    {
        public long Id { get; init; }
        public string Hash { get; init; } = "";
        public string Parts { get; init; } = "[]";
        public string Model { get; init; } = "";
    }

    private sealed record Held
    {
        public long Id { get; init; }
        public string Model { get; init; } = "";
        public string? HeldBecause { get; init; }
    }

    private sealed record Newest(long Id, string Hash, string State);

    public Task<IReadOnlyList<ConfigurationProblem>> Check(IReadOnlyList<ConfigurationPart> parts, CancellationToken cancellation) =>
        Task.Run(() => ConfigurationReader.Read(parts).Problems, cancellation);

    public Task<ApplyResult> Apply(IReadOnlyList<ConfigurationPart> parts, string reason, Actor by, CancellationToken cancellation) => Apply(parts, reason, by, "config.apply", cancellation);

    /// <summary>The same; <paramref name="action"/> is what the record of who did what calls it.</summary>
    public async Task<ApplyResult> Apply(IReadOnlyList<ConfigurationPart> parts, string reason, Actor by, string action, CancellationToken cancellation)
    {
        var hash = ContentHash.Of(parts);
        var (model, problems) = await Task.Run(() => ConfigurationReader.Read(parts), cancellation);
        if (model is null)
            return await database.Write(unit => Refuse(unit, parts, hash, problems, reason, by), cancellation);
        while (true)
        {
            var standing = await ReadStanding(cancellation);
            // They are compared outside the transaction; if another revision came in force meanwhile, once more.
            var difference = standing?.Hash == hash ? RevisionDifference.Nothing : RevisionDifference.Between(standing is null ? null : (RevisionRow.ReadParts(standing.Parts), ConfigurationJson.Read<WeirConfiguration>(standing.Model)), (parts, model));
            if (await database.Write(unit => PutInForce(unit, parts, hash, model, difference, standing, reason, by, action), cancellation) is { } result)
                return result;
        }
    }

    /// <summary>
    /// What this content is no news against: the revision in force that somebody else put there after this very content had been applied by the same hand. Null: it is news, or in force.
    /// </summary>
    public Task<long?> ReplacedSince(IReadOnlyList<ConfigurationPart> parts, Actor by, CancellationToken cancellation) => database.QuerySingle<long?>("""
        SELECT f.revision_id FROM config_in_force f JOIN config_revisions r ON r.id = f.revision_id
        WHERE r.hash <> @hash AND r.author <> @Name
            AND @hash = (SELECT l.hash FROM config_revisions l WHERE l.author = @Name AND l.state <> 'Refused' ORDER BY l.id DESC LIMIT 1)
        """, new { hash = ContentHash.Of(parts), by.Name }, cancellation);

    /// <summary>Keeps an attempt that could not even be read as text.</summary>
    public Task<ApplyResult> Refuse(IReadOnlyList<ConfigurationPart> parts, IReadOnlyList<ConfigurationProblem> problems, string reason, Actor by, CancellationToken cancellation) =>
        database.Write(unit => Refuse(unit, parts, ContentHash.Of(parts), problems, reason, by), cancellation);

    private const string StandingSql = "SELECT id, hash, parts::text AS parts, model::text AS model FROM config_revisions WHERE id = (SELECT revision_id FROM config_in_force)";

    private Task<Standing?> ReadStanding(CancellationToken cancellation) => database.QuerySingle<Standing>(StandingSql, null, cancellation);

    /// <summary>Null: another revision than <paramref name="standing"/> is in force by now.</summary>
    private static async Task<ApplyResult?> PutInForce(
        StoreTransaction unit, IReadOnlyList<ConfigurationPart> parts, string hash, WeirConfiguration model, RevisionDifference difference, Standing? standing, string reason, Actor by, string action)
    {
        var (outcome, result) = await unit.Once<ApplyResult>(by, async () =>
        {
            await Gate.TakeWhole(unit);
            await LockRevisions(unit);
            if (await unit.QuerySingle<long?>("SELECT revision_id FROM config_in_force") != standing?.Id)
            {
                await unit.Rollback();
                return (new ActionOutcome.Conflict("Another revision is in force by now."), null);
            }
            if (standing?.Hash == hash)
            {
                await TakeBack(unit, standing.Id);
                return (new ActionOutcome.Done(), new(true, standing.Id, Changed: false, []));
            }
            return (new ActionOutcome.Done(), await OpenPlans.InTheWay(unit, model) is { } obstacle
                ? await HoldBack(unit, parts, hash, model, difference, standing, reason, by, action, obstacle)
                : await Write(unit, parts, hash, model, difference, standing, reason, by, action));
        });
        return outcome is ActionOutcome.KeyReused ? new(false, null, Changed: false, []) { KeyReused = true } : result;
    }

    private static async Task<ApplyResult> Write(
        StoreTransaction unit, IReadOnlyList<ConfigurationPart> parts, string hash, WeirConfiguration model, RevisionDifference difference, Standing? standing, string reason, Actor by, string action)
    {
        var id = await Insert(unit, parts, hash, model, difference, standing, reason, by, RevisionState.InForce, null);
        await Enforce(unit, id, model, standing);
        Audit.Write(unit, by, action, FormattableString.Invariant($"revision {id}"), reason);
        return new(true, id, Changed: true, []);
    }

    private static async Task<ApplyResult> HoldBack(
        StoreTransaction unit, IReadOnlyList<ConfigurationPart> parts, string hash, WeirConfiguration model, RevisionDifference difference, Standing? standing, string reason, Actor by, string action, OpenPlans.Obstacle obstacle)
    {
        if (await unit.QuerySingle<long?>("SELECT id FROM config_revisions WHERE state = 'HeldBack' AND hash = @hash", new { hash }) is { } same)
            return new(true, same, Changed: false, []) { HeldBecause = obstacle.Because };
        await unit.Execute("UPDATE config_revisions SET state = 'Superseded' WHERE state = 'HeldBack'");
        var id = await Insert(unit, parts, hash, model, difference, standing, reason, by, RevisionState.HeldBack, obstacle);
        Audit.Write(unit, by, action, FormattableString.Invariant($"revision {id}, held back"), reason);
        unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
        unit.Wake(WakeTopic.Held);
        unit.Wake(WakeTopic.Queue);
        return new(true, id, Changed: true, []) { HeldBecause = obstacle.Because };
    }

    private static async Task<long> Insert(
        StoreTransaction unit, IReadOnlyList<ConfigurationPart> parts, string hash, WeirConfiguration model, RevisionDifference difference, Standing? standing, string reason, Actor by, RevisionState state, OpenPlans.Obstacle? obstacle)
    {
        var id = await unit.QuerySingle<long>("""
            INSERT INTO config_revisions (hash, parent_id, author, created_at, reason, state, parts, model, difference, summary, held_because, held_for)
            VALUES (@hash, @parent, @author, weir_now(), @reason, @state, @parts::jsonb, @model::jsonb, @difference, @summary, @because, @builders) RETURNING id
            """, new { hash, parent = standing?.Id, author = by.Name, reason, state = state.ToString(), parts = ConfigurationJson.Write(parts), model = ConfigurationJson.Write(model), difference = difference.Text, difference.Summary, because = obstacle?.Because, builders = obstacle?.Builders ?? [] });
        await difference.Write(unit, id);
        return id;
    }

    private static async Task Enforce(StoreTransaction unit, long id, WeirConfiguration model, Standing? standing)
    {
        await unit.Execute("UPDATE config_revisions SET state = 'Superseded' WHERE state IN ('InForce', 'HeldBack') AND id <> @id", new { id });
        await unit.Execute("INSERT INTO config_in_force (revision_id) VALUES (@id) ON CONFLICT (single) DO UPDATE SET revision_id = @id", new { id });
        await NamedRows.Write(unit, model, standing is null ? null : ConfigurationJson.Read<WeirConfiguration>(standing.Model));
        unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
        foreach (var topic in new[] { WakeTopic.Configuration, WakeTopic.Queue, WakeTopic.Timers, WakeTopic.Workers })
            unit.Wake(topic);
    }

    /// <summary>Puts the revision in force that is held back, if nothing is in its way any more. Null: there is none.</summary>
    public async Task<(long Id, bool IsInForce)?> LetGo(CancellationToken cancellation)
    {
        // Looked at without the gate first: builds end all the time.
        if (await database.QuerySingle<Held>("SELECT id, model::text AS model, held_because FROM config_revisions WHERE state = 'HeldBack'", null, cancellation) is not { } held)
            return null;
        var model = ConfigurationJson.Read<WeirConfiguration>(held.Model);
        if (await OpenPlans.InTheWay(database, model, cancellation) is { } obstacle)
        {
            if (obstacle.Because != held.HeldBecause)
            {
                await database.Write(async unit =>
                {
                    if (await unit.Execute("UPDATE config_revisions SET held_because = @Because, held_for = @Builders WHERE id = @Id AND state = 'HeldBack'", new { obstacle.Because, obstacle.Builders, held.Id }) > 0)
                        unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
                }, cancellation);
            }
            return (held.Id, false);
        }
        return (held.Id, await database.Write(async unit =>
        {
            await Gate.TakeWhole(unit);
            await LockRevisions(unit);
            if (await OpenPlans.InTheWay(unit, model) is not null || await unit.Execute("UPDATE config_revisions SET state = 'InForce' WHERE id = @Id AND state = 'HeldBack'", new { held.Id }) == 0)
            {
                await unit.Rollback();
                return false;
            }
            await Enforce(unit, held.Id, model, await unit.QuerySingle<Standing>(StandingSql));
            Audit.Write(unit, Actor.Weir("configuration"), "config.in_force", FormattableString.Invariant($"revision {held.Id}"), "the builds have ended for which it was held back");
            return true;
        }, cancellation));
    }

    private static async Task<ApplyResult> Refuse(StoreTransaction unit, IReadOnlyList<ConfigurationPart> parts, string hash, IReadOnlyList<ConfigurationProblem> problems, string reason, Actor by)
    {
        await LockRevisions(unit);
        var newest = await unit.QuerySingle<Newest>("SELECT id, hash, state FROM config_revisions ORDER BY id DESC LIMIT 1");
        if (newest is { State: nameof(RevisionState.Refused) } && newest.Hash == hash)
            return new(false, newest.Id, Changed: false, problems);
        var id = await unit.QuerySingle<long>("""
            INSERT INTO config_revisions (hash, parent_id, author, created_at, reason, state, parts, problems)
            VALUES (@hash, (SELECT revision_id FROM config_in_force), @author, weir_now(), @reason, 'Refused', @parts::jsonb, @problems::jsonb) RETURNING id
            """, new
        {
            hash,
            author = by.Name,
            reason,
            parts = ConfigurationJson.Write(parts.Select(p => new ConfigurationPart(Storable(p.Name), Storable(p.Text)))),
            problems = ConfigurationJson.Write(problems.Select(p => p with { Part = Storable(p.Part), Path = Storable(p.Path), Message = Storable(p.Message) })),
        });
        Audit.Write(unit, by, "config.apply", FormattableString.Invariant($"revision {id}, refused"), reason);
        unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
        return new(false, id, Changed: false, problems);
    }

    /// <summary>The content in force was given again: attempts that were refused since then are over, and one that is held back is not wanted any more.</summary>
    private static async Task TakeBack(StoreTransaction unit, long inForce)
    {
        if (await unit.Execute("UPDATE config_revisions SET state = 'Superseded' WHERE state IN ('Refused', 'HeldBack') AND id > @inForce", new { inForce }) > 0)
            unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
    }

    /// <summary>One writer of revisions at a time; readers, and rows that refer to revisions, are not held up.</summary>
    private static Task LockRevisions(StoreTransaction unit) => unit.Execute("LOCK TABLE config_revisions IN SHARE ROW EXCLUSIVE MODE");

    /// <summary>A refused text may be anything; the store takes neither NUL nor half a surrogate pair, and need not keep what nobody can read.</summary>
    private static string Storable(string text)
    {
        if (text.Length > LongestRefused)
            text = string.Concat(text.AsSpan(0, LongestRefused), "\n… (cut: too long to be kept as a refused text)\n");
        return string.Concat(text.EnumerateRunes().Select(r => r.Value == 0 ? "\u2400" : r.ToString()));
    }
}
