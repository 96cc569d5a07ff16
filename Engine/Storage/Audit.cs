using Weir.Shared.Identity;

namespace Weir.Engine.Storage;

/// <summary>Writes who did what into the transaction that does it.</summary>
public static class Audit
{
    public static async Task Write(StoreTransaction unit, Partitions partitions, TimeProvider time, Actor by, string action, string subject, string? reason)
    {
        await partitions.EnsureDay("audit", DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), unit.Cancellation);
        await unit.Execute("""
            INSERT INTO audit (day, at, actor, action, subject, reason, address)
            VALUES ((weir_now() AT TIME ZONE 'UTC')::date, weir_now(), @Name, @action, @subject, @reason, @Address)
            """, new { by.Name, action, subject, reason, by.Address });
    }
}
