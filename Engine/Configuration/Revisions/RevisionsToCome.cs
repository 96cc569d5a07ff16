using Weir.Engine.Configuration.Sources;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Puts the revision in force that is to come, as soon as nothing is in its way; drops it at its deadline, or when somebody takes it back. Any engine may do so, at any moment, and once.</summary>
internal sealed class RevisionsToCome(Database database, ConfigurationInForce configuration, RevisionActions revisions) : IRevisionToCome
{
    private static readonly Actor Self = Actor.Weir("configuration");

    /// <summary>What came of a look.</summary>
    /// <param name="Revision">The revision to come.</param>
    /// <param name="IsInForce">It is in force.</param>
    /// <param name="IsDropped">It is not wanted any more.</param>
    /// <param name="Deadline">Until when it waits; null: there is no deadline.</param>
    public sealed record Look(long Revision, bool IsInForce, bool IsDropped, DateTimeOffset? Deadline);

    /// <summary>Null: none is to come.</summary>
    public async Task<Look?> LetGo(CancellationToken cancellation)
    {
        // Looked at without the gate first: builds end all the time.
        if (await RevisionToCome.Find(database, cancellation) is not { } coming)
            return null;
        if (coming.IsToBeDropped)
        {
            Crash.At("revision.drop.before");
            var dropped = await Drop(coming, "its deadline is over, and builds still run for which it waited", Self, "config.cancel", cancellation);
            Crash.At("revision.drop.after");
            return new(coming.Id, false, dropped is not null, null);
        }
        WeirConfiguration? model = null;
        async Task<WeirConfiguration> Model() => model ??= ConfigurationJson.Read<WeirConfiguration>((await database.QuerySingle<string>("SELECT model::text FROM config_revisions WHERE id = @Id", new { coming.Id }, cancellation))!);
        if (await coming.InTheWay(database, Model, cancellation) is { } obstacle)
        {
            if (obstacle.Because != coming.HeldBecause)
                await database.Write(unit => Note(unit, coming, obstacle), cancellation);
            return new(coming.Id, false, false, coming.IsDue ? null : coming.Deadline);
        }
        var its = await Model();
        Crash.At("revision.held.before");
        var isInForce = await database.Write(unit => PutInForce(unit, coming, its), cancellation);
        Crash.At("revision.held.after");
        return new(coming.Id, isInForce, false, coming.IsDue ? null : coming.Deadline);
    }

    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> Cancel(long id, string? reason, Actor by, CancellationToken cancellation)
    {
        if (await ToCome(id, cancellation) is not { } coming)
            return (await NotToCome(id, cancellation), null);
        var result = await Drop(coming, string.IsNullOrWhiteSpace(reason) ? "taken back" : reason, by, "config.cancel", cancellation);
        return result is null ? (await NotToCome(id, cancellation), null) : result.KeyReused ? (new ActionOutcome.KeyReused(), null) : (new ActionOutcome.Done(id), result);
    }

    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> Enforce(long id, string? reason, Actor by, CancellationToken cancellation)
    {
        if (await ToCome(id, cancellation) is null)
            return (await NotToCome(id, cancellation), null);
        var outcome = await database.Act(by, async unit =>
        {
            await RevisionActions.LockRevisions(unit);
            if (await unit.Execute($"UPDATE config_revisions SET idle_builders = NULL, deadline = NULL WHERE id = @id AND {RevisionToCome.Is} AND idle_builders IS NOT NULL", new { id }) == 0)
                return new ActionOutcome.Conflict($"Revision {id} does not wait for idle builders (any more).");
            Audit.Write(unit, by, "config.enforce", FormattableString.Invariant($"revision {id}"), reason);
            unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
            unit.Wake(WakeTopic.Held);
            unit.Wake(WakeTopic.Queue);
            return new ActionOutcome.Done(id);
        }, cancellation);
        if (outcome is not ActionOutcome.Done)
            return (outcome, null);
        await LetGo(cancellation);
        var now = await database.QuerySingle<(string State, string? HeldBecause)>("SELECT state, held_because FROM config_revisions WHERE id = @id", new { id }, cancellation);
        var state = Enum.Parse<RevisionState>(now.State);
        return (outcome, new(true, id, Changed: true, []) { State = state, HeldBecause = state == RevisionState.HeldBack ? now.HeldBecause : null });
    }

    private async Task<RevisionToCome?> ToCome(long id, CancellationToken cancellation) => await RevisionToCome.Find(database, cancellation) is { } coming && coming.Id == id ? coming : null;

    private async Task<ActionOutcome> NotToCome(long id, CancellationToken cancellation) => await database.QuerySingle<string>("SELECT state FROM config_revisions WHERE id = @id", new { id }, cancellation) switch
    {
        null => new ActionOutcome.NotFound($"revision {id}"),
        nameof(RevisionState.InForce) => new ActionOutcome.Conflict($"Revision {id} is in force."),
        _ => new ActionOutcome.Conflict($"Revision {id} is not to come (any more): another has taken its place, or it was dropped."),
    };

    private static async Task Note(StoreTransaction unit, RevisionToCome coming, RevisionToCome.Obstacle obstacle)
    {
        if (await unit.Execute($"UPDATE config_revisions SET state = @state, held_because = @Because, held_for = @Builders WHERE id = @Id AND {RevisionToCome.Is}", new { state = obstacle.State.ToString(), obstacle.Because, obstacle.Builders, coming.Id }) > 0)
            unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
    }

    private async Task<bool> PutInForce(StoreTransaction unit, RevisionToCome seen, WeirConfiguration model)
    {
        await RevisionActions.LockRevisions(unit);
        await Gate.TakeWhole(unit);
        if (await RevisionToCome.Find(unit) is not { } coming || coming.Id != seen.Id || await RevisionToCome.InTheWay(unit, model, coming.IsDue ? null : coming.IdleBuilders) is not null)
        {
            await unit.Rollback();
            return false;
        }
        var before = await configuration.Read(unit);
        await revisions.Enforce(unit, coming.Id, model, before?.Model, coming.CancelsWaiting, Self);
        Audit.Write(unit, Self, "config.in_force", FormattableString.Invariant($"revision {coming.Id}"), coming switch
        {
            { IdleBuilders: null } => coming.HeldFor.Length > 0 ? "the builds have ended for which it was held back" : "it waits no more",
            { IsDue: true } => "its deadline is over",
            _ => $"{RevisionToCome.Idle(coming.IdleBuilders)}",
        });
        return true;
    }

    // What it brought goes back; the rest, of those who only wait with it, comes in force. Null: it is not to come any more.
    private async Task<ApplyResult?> Drop(RevisionToCome coming, string reason, Actor by, string action, CancellationToken cancellation)
    {
        var standing = RevisionRow.ReadParts(await database.QuerySingle<string>("SELECT parts::text FROM config_revisions WHERE id = (SELECT revision_id FROM config_in_force)", null, cancellation) ?? "[]");
        var isToCome = true;
        var now = new ApplyTerms { Now = true };
        return await revisions.Apply(sources =>
        {
            if (!isToCome)
                return null;
            var without = sources.With(coming.BroughtBy, standing);
            // Where the rest is no good without it, everything goes back.
            var draft = Judgement.Of(sources, without).Model is null ? sources.AsIn(standing) : without;
            return draft with { Terms = now, Guard = async unit => isToCome = await RevisionToCome.Find(unit) is { } still && still.Id == coming.Id };
        }, FormattableString.Invariant($"revision {coming.Id} dropped: {reason}"), by, action, cancellation);
    }
}
