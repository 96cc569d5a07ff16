using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Checks configurations at a master of pages, where to put one in force is ordered.</summary>
internal sealed class RevisionOrders(OrderBook book, RevisionActions actions, RevisionHistory history) : IConfigurationActions, IRevisionHistory, IRevisionToCome
{
    private sealed record OfParts(IReadOnlyList<ConfigurationPart> Parts)
    {
        public ApplyTerms Terms { get; init; } = ApplyTerms.None;
    }

    private sealed record OfRevision(long Id)
    {
        public ApplyTerms Terms { get; init; } = ApplyTerms.None;
    }

    private sealed record OfPart(string Name);

    public static IEnumerable<OrderKind> Kinds(RevisionActions actions, RevisionHistory history, RevisionsToCome toCome, IThingActions things) =>
    [
        OrderKind.Of<ThingEdit, ThingAnswer>("config.thing", async (edit, reason, by, cancellation) => (new ActionOutcome.Done(), await things.Save(edit with { Reason = reason }, by, cancellation))),
        OrderKind.Of<OfParts, ApplyResult>("config.apply", async (a, reason, by, cancellation) =>
        {
            var result = await actions.Apply(a.Parts, reason ?? "", a.Terms, by, cancellation);
            return (new ActionOutcome.Done(), result);
        }),
        OrderKind.Of<OfPart, ApplyResult>("config.part.remove", (a, reason, by, cancellation) => actions.RemovePart(a.Name, reason, by, cancellation)),
        OrderKind.Of<OfRevision, ApplyResult>("config.restore", (a, reason, by, cancellation) => history.Restore(a.Id, reason, a.Terms, by, cancellation)),
        OrderKind.Of<OfRevision, ApplyResult>("config.cancel", (a, reason, by, cancellation) => toCome.Cancel(a.Id, reason, by, cancellation)),
        OrderKind.Of<OfRevision, ApplyResult>("config.enforce", (a, reason, by, cancellation) => toCome.Enforce(a.Id, reason, by, cancellation)),
    ];

    public Task<IReadOnlyList<ConfigurationProblem>> Check(IReadOnlyList<ConfigurationPart> parts, CancellationToken cancellation) => actions.Check(parts, cancellation);

    public async Task<ApplyResult> Apply(IReadOnlyList<ConfigurationPart> parts, string reason, ApplyTerms terms, Actor by, CancellationToken cancellation)
    {
        var (outcome, result) = await book.Ask<ApplyResult>("config.apply", "a configuration", new OfParts(parts) { Terms = terms }, reason, by, cancellation);
        return result ?? outcome switch
        {
            ActionOutcome.Ordered ordered => new(true, null, Changed: false, []) { Order = ordered.Order },
            ActionOutcome.KeyReused => new(false, null, Changed: false, []) { KeyReused = true },
            ActionOutcome.Conflict conflict => new(false, null, Changed: false, [new("", 0, 0, "", conflict.Why)]),
            _ => new(true, null, Changed: false, []),
        };
    }

    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> RemovePart(string name, string? reason, Actor by, CancellationToken cancellation) =>
        await book.Ask<ApplyResult>("config.part.remove", $"part {name}", new OfPart(name), reason, by, cancellation);

    public Task<TextDifference?> Between(long from, long to, CancellationToken cancellation) => history.Between(from, to, cancellation);

    public Task<TextDifference> FromInForce(IReadOnlyList<ConfigurationPart> parts, CancellationToken cancellation) => history.FromInForce(parts, cancellation);

    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> Restore(long id, string? reason, ApplyTerms terms, Actor by, CancellationToken cancellation) =>
        await book.Ask<ApplyResult>("config.restore", $"revision {id}", new OfRevision(id) { Terms = terms }, reason, by, cancellation);

    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> Cancel(long id, string? reason, Actor by, CancellationToken cancellation) =>
        await book.Ask<ApplyResult>("config.cancel", $"revision {id}", new OfRevision(id), reason, by, cancellation);

    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> Enforce(long id, string? reason, Actor by, CancellationToken cancellation) =>
        await book.Ask<ApplyResult>("config.enforce", $"revision {id}", new OfRevision(id), reason, by, cancellation);
}
