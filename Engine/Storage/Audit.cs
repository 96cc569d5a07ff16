using Weir.Shared.Identity;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Storage;

/// <summary>Writes who did what into the transaction that does it.</summary>
public static class Audit
{
    /// <summary>The beginning of a statement that writes it: actor, action, subject, reason and address follow.</summary>
    internal const string Insert = "INSERT INTO audit (day, at, actor, action, subject, reason, address) SELECT (weir_now() AT TIME ZONE 'UTC')::date, weir_now()";

    public static void Write(StoreTransaction unit, Actor by, string action, string subject, string? reason) => unit.Last($"{Insert}, $1, $2, $3, $4, $5",
        P(by.Name), P(action), P(subject), P(reason), P(by.Address));
}
