using Weir.Shared.Identity;

namespace Weir.Engine.Storage;

/// <summary>Writes who did what into the transaction that does it.</summary>
public static class Audit
{
    public static Task Write(StoreTransaction unit, Actor by, string action, string subject, string? reason) => unit.Execute("""
        INSERT INTO audit (day, at, actor, action, subject, reason, address)
        VALUES ((weir_now() AT TIME ZONE 'UTC')::date, weir_now(), @Name, @action, @subject, @reason, @Address)
        """, new { by.Name, action, subject, reason, by.Address });
}
