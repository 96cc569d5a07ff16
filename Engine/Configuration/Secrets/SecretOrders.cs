using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Secrets;

/// <summary>Secrets of the store at a master of pages: listed there, written by an engine. A value is sealed before it is ordered, so that no order holds one that can be read.</summary>
internal sealed class SecretOrders(OrderBook book, StoredSecrets secrets) : ISecretStore
{
    private sealed record OfName(string Name);

    public static IEnumerable<OrderKind> Kinds(StoredSecrets secrets) =>
    [
        OrderKind.Of<SealedSecret>("secret.set", (secret, reason, by, cancellation) => secrets.Keep(secret with { Reason = reason }, by, cancellation)),
        OrderKind.Of<OfName>("secret.remove", (a, reason, by, cancellation) => secrets.Remove(a.Name, reason, by, cancellation)),
    ];

    public Task<IReadOnlyList<StoredSecret>> List(CancellationToken cancellation) => secrets.List(cancellation);

    public async Task<ActionOutcome> Set(SecretEdit edit, Actor by, CancellationToken cancellation) => secrets.Sealed(edit) switch
    {
        (_, { Count: > 0 } problems) => new ActionOutcome.Invalid(problems),
        var (made, _) => await book.Ask("secret.set", $"secret {edit.Name}", made!, edit.Reason, by, cancellation),
    };

    public Task<ActionOutcome> Remove(string name, string? reason, Actor by, CancellationToken cancellation) =>
        book.Ask("secret.remove", $"secret {name}", new OfName(name), reason, by, cancellation);
}
