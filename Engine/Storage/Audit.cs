using Weir.Shared.Identity;

namespace Weir.Engine.Storage;

/// <summary>Writes who did what into the transaction that does it.</summary>
public static class Audit
{
    /// <summary>Makes today's partition if need be. Called before the transaction: inside it a second connection would be needed, and many at once could exhaust the pool.</summary>
    public static Task Prepare(Partitions partitions, TimeProvider time, CancellationToken cancellation) =>
        partitions.EnsureDay("audit", DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), cancellation);

    public static async Task Write(StoreTransaction unit, Partitions partitions, TimeProvider time, Actor by, string action, string subject, string? reason)
    {
        await Prepare(partitions, time, unit.Cancellation);
        await unit.Execute("""
            INSERT INTO audit (day, at, actor, action, subject, reason, address)
            VALUES ((weir_now() AT TIME ZONE 'UTC')::date, weir_now(), @Name, @action, @subject, @reason, @Address)
            """, new { by.Name, action, subject, reason, by.Address });
    }
}
