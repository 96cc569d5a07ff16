using System.Diagnostics;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Identity;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>
/// Checks configurations and puts them in force. A good one becomes a revision in one transaction, behind the whole gate: after its commit no claim acts on the one before.
/// A bad one changes nothing that was good; it is kept as refused, with what is wrong. One that must not come in force yet is stored, and is the one to come (<see cref="RevisionsToCome"/>).
/// </summary>
internal sealed class RevisionActions(Database database, ConfigurationInForce configuration, IRetiredRequests retired) : IConfigurationActions
{
    /// <summary>The revision in force.</summary>
    private sealed record Standing
    {
        public long Id { get; init; }
        public string Hash { get; init; } = "";
        public string Parts { get; init; } = "[]";
        public WeirConfiguration Model { get; init; } = new();
    }

    private sealed record Newest(long Id, string Hash, string State);

    /// <summary>A revision that is to be made, with the one that it follows.</summary>
    private sealed record Wanted(IReadOnlyList<ConfigurationPart> Parts, string Hash, WeirConfiguration Model, RevisionDifference Difference, Standing? Standing, string Reason, Actor By, string Action)
    {
        public required Draft Draft { get; init; }

        /// <summary>Those of its author, or of what waits already and is in it.</summary>
        public WaitingTerms Terms { get; init; } = new();
    }

    public async Task<IReadOnlyList<ConfigurationProblem>> Check(IReadOnlyList<ConfigurationPart> parts, CancellationToken cancellation) => (await Judge(s => s.LookedAt(parts), cancellation)).Problems;

    public async Task<ApplyResult> Apply(IReadOnlyList<ConfigurationPart> parts, string reason, ApplyTerms terms, Actor by, CancellationToken cancellation) =>
        await Apply(s => s.Sent(parts) with { Terms = terms }, reason, by, "config.apply", cancellation) ?? throw new UnreachableException();

    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> RemovePart(string name, string? reason, Actor by, CancellationToken cancellation)
    {
        if (!SourceSet.Reserved.Contains(name))
            return (new ActionOutcome.Conflict($"The part {name} is one of a repository, or there is none of this name: what comes out of a repository goes with its declaration under \"parts\". By themselves {string.Join(", ", SourceSet.Reserved)} can be removed."), null);
        var result = await Apply(s => s.Find(name) is { } row ? Draft.Of(new Offer(name, row.OriginKind, [])) : null, string.IsNullOrWhiteSpace(reason) ? $"the part {name} removed" : reason, by, "config.part.remove", cancellation);
        return result is null ? (new ActionOutcome.NotFound($"part {name}"), null) : result.KeyReused ? (new ActionOutcome.KeyReused(), null) : (new ActionOutcome.Done(), result);
    }

    /// <summary>What would come of a draft; nothing is stored.</summary>
    public async Task<Judgement> Judge(Func<SourceSet, Draft> draft, CancellationToken cancellation)
    {
        var sources = await SourceRows.Read(database, cancellation);
        return await WithNames(await Task.Run(() => Judgement.Of(sources, draft(sources)), cancellation), cancellation);
    }

    /// <summary>The same with what it would change of what is in force; without that if it is not good, or if <paramref name="draft"/> gives up.</summary>
    public async Task<(Judgement? Judged, RevisionDifference? Difference)> Preview(Func<SourceSet, Draft?> draft, CancellationToken cancellation)
    {
        var sources = await SourceRows.Read(database, cancellation);
        var standing = await ReadStanding(cancellation);
        var judged = await Task.Run(() => draft(sources) is { } wanted ? Judgement.Of(sources, wanted) : null, cancellation);
        judged = judged is null ? null : await WithNames(judged, cancellation);
        return (judged, judged?.Model is { } model ? await Task.Run(() => Difference(standing, judged.Parts, model), cancellation) : null);
    }

    /// <summary>The same with the model in force instead, which is empty if there is none, and with what would be in the way of its coming in force.</summary>
    public async Task<(Judgement? Judged, WeirConfiguration Standing, Foresight? Foresight)> BesideStanding(Func<SourceSet, Draft?> draft, CancellationToken cancellation)
    {
        Draft? drafted = null;
        var sources = await SourceRows.Read(database, cancellation);
        var standing = await ReadStanding(cancellation);
        var (judged, model) = await Task.Run(() => ((drafted = draft(sources)) is { } wanted ? Judgement.Of(sources, wanted) : null, standing?.Model ?? new()), cancellation);
        judged = judged is null ? null : await WithNames(judged, cancellation);
        return (judged, model, judged?.Model is null ? null : await Foresee(drafted!, judged, standing, cancellation));
    }

    // As PutInForce decides it, without the gate: a build may end or begin meanwhile.
    private async Task<Foresight?> Foresee(Draft drafted, Judgement judged, Standing? standing, CancellationToken cancellation)
    {
        if (standing?.Hash == ContentHash.Of(judged.Parts))
            return null;
        var (said, unknown) = Named(drafted.Terms, standing, judged.Model);
        var coming = await RevisionToCome.Find(database, cancellation);
        var before = coming?.IdleBuilders is null ? standing?.Parts : await database.QuerySingle<string>("SELECT parts::text FROM config_revisions WHERE id = @Id", new { coming.Id }, cancellation);
        var terms = WaitingTerms.Of(said, drafted.Exact, coming, RevisionRow.ReadParts(before ?? "[]"), judged.Parts);
        return new(terms, await RevisionToCome.InTheWay(database, () => Task.FromResult(judged.Model!), unknown.Count > 0 ? null : terms.IdleBuilders, cancellation), unknown);
    }

    /// <summary>What a revision would wait for.</summary>
    /// <param name="Terms">With what waits already.</param>
    /// <param name="Obstacle">What is in its way now; null: nothing.</param>
    /// <param name="Unknown">Builders for which it could not wait.</param>
    internal sealed record Foresight(WaitingTerms Terms, RevisionToCome.Obstacle? Obstacle, IReadOnlyList<ConfigurationProblem> Unknown);

    /// <summary>Checks and applies what is made of the sources as they stand; <paramref name="draft"/> answers null to give up, and is asked again when they have changed meanwhile. <paramref name="action"/> is what the record of who did what calls it.</summary>
    public async Task<ApplyResult?> Apply(Func<SourceSet, Draft?> draft, string reason, Actor by, string action, CancellationToken cancellation)
    {
        while (true)
        {
            var sources = await SourceRows.Read(database, cancellation);
            var standing = await ReadStanding(cancellation);
            // Checked and compared outside the transaction; if another revision came in force meanwhile, once more.
            var (made, judged) = await Task.Run(() => draft(sources) is { } drafted ? (drafted, Judgement.Of(sources, drafted)) : (null, null), cancellation);
            if (made is null || judged is null)
                return null;
            var (terms, unknown) = Named(made.Terms, standing, judged.Model);
            if (unknown.Count > 0)
                return new(false, null, Changed: false, unknown);
            judged = await WithNames(judged, cancellation);
            if (judged.Model is not { } model)
            {
                if (await database.Write(unit => Refuse(unit, judged, reason, by), cancellation) is { } refused)
                    return refused;
                continue;
            }
            var hash = ContentHash.Of(judged.Parts);
            var difference = standing?.Hash == hash ? RevisionDifference.Nothing : Difference(standing, judged.Parts, model);
            if (await database.Write(unit => PutInForce(unit, new(judged.Parts, hash, model, difference, standing, reason, by, action) { Draft = made with { Terms = terms } }, judged), cancellation) is { } result)
                return result;
        }
    }

    /// <summary>The revision in force, if the watched file gave this content before and another was put in its place since (a revision was restored, say). Null: it is news, or in force.</summary>
    public async Task<long?> ReplacedSince(string given, CancellationToken cancellation) =>
        (await SourceRows.Read(database, cancellation)).Find(SourceSet.File) is { Pending: null } file && file.Given == given && ContentHash.Of(file.Good()) != given
            ? await database.QuerySingle<long?>("SELECT revision_id FROM config_in_force", null, cancellation)
            : null;

    // A builder that comes with the revision is known as well, and one that it renames still has its former name.
    private static (ApplyTerms Terms, IReadOnlyList<ConfigurationProblem> Unknown) Named(ApplyTerms terms, Standing? standing, WeirConfiguration? model)
    {
        if (terms.WhenIdle is not { Count: > 0 } named || model is null)
            return (terms, []);
        var known = standing?.Model.Builders.Select(b => b.Name).ToHashSet() ?? [];
        var names = named.Select(n => known.Contains(n) ? n : model.Builders.FirstOrDefault(b => b.Name == n)?.Was ?? n).ToArray();
        known.UnionWith(model.Builders.Select(b => b.Name));
        return (terms with { WhenIdle = names }, [.. named.Zip(names).Where(n => !known.Contains(n.First) && !known.Contains(n.Second))
            .Select(n => new ConfigurationProblem("", 0, 0, "when_idle", $"There is no builder \"{n.First}\" for which it could wait.{Suggestion.DidYouMean(n.First, known)}"))]);
    }

    // Which names there were only the store knows.
    private async Task<Judgement> WithNames(Judgement judged, CancellationToken cancellation) =>
        judged.Model is { } model && await Renaming.Complaints(database, judged.Parts, model, cancellation) is { Count: > 0 } wrong ? judged with { Model = null, Problems = wrong } : judged;

    private static RevisionDifference Difference(Standing? standing, IReadOnlyList<ConfigurationPart> parts, WeirConfiguration model) =>
        RevisionDifference.Between(standing is null ? null : (RevisionRow.ReadParts(standing.Parts), standing.Model), (parts, model));

    private async Task<Standing?> ReadStanding(CancellationToken cancellation) =>
        await database.QuerySingle<Standing>("SELECT id, hash, parts::text AS parts FROM config_revisions WHERE id = (SELECT revision_id FROM config_in_force)", null, cancellation) is { } standing
            ? standing with { Model = (await configuration.Of(standing.Id, cancellation)).Model }
            : null;

    /// <summary>Null: another revision than the standing one is in force by now, or a source has other content.</summary>
    private async Task<ApplyResult?> PutInForce(StoreTransaction unit, Wanted wanted, Judgement judged)
    {
        var (standing, by) = (wanted.Standing, wanted.By);
        var (outcome, result) = await unit.Once<ApplyResult>(by, async () =>
        {
            await LockRevisions(unit);
            if (await unit.QuerySingle<long?>("SELECT revision_id FROM config_in_force") != standing?.Id || !await judged.Stands(unit))
            {
                await unit.Rollback();
                return (new ActionOutcome.Conflict("Another revision is in force by now."), null);
            }
            await SourceRows.Take(unit, judged);
            if (standing is not null && standing.Hash == wanted.Hash)
            {
                await Gate.TakeWhole(unit);
                await TakeBack(unit, standing.Id, wanted);
                return (new ActionOutcome.Done(), new(true, standing.Id, Changed: false, []));
            }
            var coming = await RevisionToCome.Find(unit);
            if (coming?.Hash == wanted.Hash && wanted.Draft.Terms is { Now: false, WhenIdle: null, CancelsWaiting: false })
                return (new ActionOutcome.Done(), new(true, coming.Id, Changed: false, []) { State = Enum.Parse<RevisionState>(coming.State), HeldBecause = coming.HeldBecause });
            var before = coming?.IdleBuilders is null ? standing?.Parts : await unit.QuerySingle<string>("SELECT parts::text FROM config_revisions WHERE id = @Id", new { coming.Id });
            wanted = wanted with { Terms = WaitingTerms.Of(wanted.Draft.Terms, wanted.Draft.Exact, coming, RevisionRow.ReadParts(before ?? "[]"), wanted.Parts) };
            // The same content makes no revision: one that is to come may come in force itself, whoever is first to see that nothing is in its way any more. What is large is written before the gate is closed: no claim waits for that.
            var known = coming?.Hash == wanted.Hash ? coming.Id : (long?)null;
            var id = known ?? await Insert(unit, wanted);
            await Gate.TakeWhole(unit);
            return (new ActionOutcome.Done(), await RevisionToCome.InTheWay(unit, wanted.Model, wanted.Terms.IdleBuilders) is { } obstacle ? await HoldBack(unit, wanted, id, known is null, obstacle) : await Write(unit, wanted, id, known is null));
        });
        return outcome is ActionOutcome.KeyReused ? new(false, null, Changed: false, []) { KeyReused = true } : result;
    }

    private async Task<ApplyResult> Write(StoreTransaction unit, Wanted wanted, long id, bool isNew)
    {
        await Enforce(unit, id, wanted.Model, wanted.Standing?.Model, wanted.Terms.CancelsWaiting, wanted.By);
        Audit.Write(unit, wanted.By, isNew ? wanted.Action : "config.in_force", FormattableString.Invariant($"revision {id}"), wanted.Reason);
        return new(true, id, Changed: true, []);
    }

    private static async Task<ApplyResult> HoldBack(StoreTransaction unit, Wanted wanted, long id, bool isNew, RevisionToCome.Obstacle obstacle)
    {
        await unit.Execute($"UPDATE config_revisions SET state = 'Superseded' WHERE {RevisionToCome.Is} AND id <> @id", new { id });
        await unit.Execute("""
            UPDATE config_revisions SET state = @state, held_because = @Because, held_for = @Builders, idle_builders = @IdleBuilders, deadline = @Deadline, at_deadline = @at, brought_by = @BroughtBy, cancels_waiting = @CancelsWaiting WHERE id = @id
            """, new { id, state = obstacle.State.ToString(), obstacle.Because, obstacle.Builders, wanted.Terms.IdleBuilders, wanted.Terms.Deadline, at = wanted.Terms.AtDeadline?.ToString(), wanted.Terms.BroughtBy, wanted.Terms.CancelsWaiting });
        Audit.Write(unit, wanted.By, wanted.Action, FormattableString.Invariant($"revision {id}, {(obstacle.State == RevisionState.HeldBack ? "held back" : $"when {RevisionToCome.Idle(wanted.Terms.IdleBuilders ?? [])}")}"), wanted.Reason);
        unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
        unit.Wake(WakeTopic.Held);
        unit.Wake(WakeTopic.Queue);
        return new(true, id, Changed: isNew, []) { State = obstacle.State, HeldBecause = obstacle.Because };
    }

    // Until it is known what becomes of it, it is none that counts.
    private static async Task<long> Insert(StoreTransaction unit, Wanted wanted)
    {
        var id = await unit.QuerySingle<long>("""
            INSERT INTO config_revisions (hash, parent_id, author, created_at, reason, state, parts, model, difference, summary)
            VALUES (@Hash, @parent, @author, weir_now(), @Reason, 'Superseded', @parts::jsonb, @model::jsonb, @difference, @summary) RETURNING id
            """, new
        {
            wanted.Hash,
            parent = wanted.Standing?.Id,
            author = wanted.By.Name,
            wanted.Reason,
            parts = ConfigurationJson.Write(wanted.Parts),
            model = ConfigurationJson.Write(wanted.Model),
            difference = wanted.Difference.Text,
            summary = wanted.Difference.Summary,
        });
        await wanted.Difference.Write(unit, id);
        return id;
    }

    /// <summary>A revision that the store has is the one in force from now on; the caller has <see cref="LockRevisions"/> and, since then, the gate.</summary>
    internal async Task Enforce(StoreTransaction unit, long id, WeirConfiguration model, WeirConfiguration? before, bool cancelsWaiting, Actor by)
    {
        await unit.Execute($"UPDATE config_revisions SET state = 'Superseded' WHERE (state = 'InForce' OR {RevisionToCome.Is}) AND id <> @id; UPDATE config_revisions SET state = 'InForce' WHERE id = @id", new { id });
        await unit.Execute("INSERT INTO config_in_force (revision_id) VALUES (@id) ON CONFLICT (single) DO UPDATE SET revision_id = @id", new { id });
        await NamedRows.Write(unit, id, model, before);
        if (cancelsWaiting && before is not null && await retired.Cancel(unit, [.. before.Builders.Select(b => b.Name).Except(model.Builders.Select(b => b.Name))]) is > 0 and var count)
            Audit.Write(unit, by, "request.cancel", FormattableString.Invariant($"{count} waiting requests"), FormattableString.Invariant($"revision {id} has no such builders any more"));
        unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
        foreach (var topic in new[] { WakeTopic.Configuration, WakeTopic.Queue, WakeTopic.Timers, WakeTopic.Workers })
            unit.Wake(topic);
    }

    /// <summary>Null: a source has other content by now.</summary>
    private static async Task<ApplyResult?> Refuse(StoreTransaction unit, Judgement judged, string reason, Actor by)
    {
        await LockRevisions(unit);
        if (!await judged.Stands(unit))
        {
            await unit.Rollback();
            return null;
        }
        await SourceRows.Refuse(unit, judged.Offers, judged.Problems);
        var hash = ContentHash.Of(judged.Parts);
        var newest = await unit.QuerySingle<Newest>("SELECT id, hash, state FROM config_revisions ORDER BY id DESC LIMIT 1");
        if (newest is { State: nameof(RevisionState.Refused) } && newest.Hash == hash)
            return new(false, newest.Id, Changed: false, judged.Problems);
        var id = await unit.QuerySingle<long>("""
            INSERT INTO config_revisions (hash, parent_id, author, created_at, reason, state, parts, problems)
            VALUES (@hash, (SELECT revision_id FROM config_in_force), @author, weir_now(), @reason, 'Refused', @parts::jsonb, @problems::jsonb) RETURNING id
            """, new
        {
            hash,
            author = by.Name,
            reason,
            parts = ConfigurationJson.Write(judged.Parts.Select(StorableText.OfRefused)),
            problems = ConfigurationJson.Write(judged.Problems.Select(StorableText.Of)),
        });
        Audit.Write(unit, by, "config.apply", FormattableString.Invariant($"revision {id}, refused"), reason);
        unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
        return new(false, id, Changed: false, judged.Problems);
    }

    /// <summary>The content in force was given again: one to come is not wanted any more, and attempts that were refused since then are over, unless a source still is as it was refused.</summary>
    private static async Task TakeBack(StoreTransaction unit, long inForce, Wanted wanted)
    {
        var toCome = await unit.QuerySingle<long?>($"UPDATE config_revisions SET state = 'Superseded' WHERE {RevisionToCome.Is} RETURNING id");
        if (toCome is { } id)
            Audit.Write(unit, wanted.By, wanted.Action, FormattableString.Invariant($"revision {id}, taken back"), wanted.Reason);
        var over = await SourceRows.AnyBroken(unit) ? 0 : await unit.Execute("UPDATE config_revisions SET state = 'Superseded' WHERE state = 'Refused' AND id > @inForce", new { inForce });
        if (toCome is null && over == 0)
            return;
        unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
        unit.Wake(WakeTopic.Queue);
    }

    /// <summary>One writer of revisions at a time; readers, and rows that refer to revisions, are not held up.</summary>
    internal static Task LockRevisions(StoreTransaction unit) => unit.Execute("LOCK TABLE config_revisions IN SHARE ROW EXCLUSIVE MODE");
}
