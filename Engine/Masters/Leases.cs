using Weir.Engine.Storage;

namespace Weir.Engine.Masters;

/// <summary>
/// Leased duties (invariant 12): what leaves the store (a poll, a fetch) is done by one master at a time. Take the lease, work outside any transaction, and in the
/// transaction that stores the result ask whether it <see cref="StillStands"/>.
/// </summary>
public sealed class Leases(Database database, Self self, MasterOptions options)
{
    /// <summary>A taken lease; its number rises with each taking.</summary>
    public sealed record Lease(string Name, long Number);

    /// <summary>Null when another master holds it that lives. The holder may renew at any time, also an expired one that nobody took. Who only seems to be dead finds that his lease does not stand any more.</summary>
    public async Task<Lease?> Take(string name, TimeSpan length, CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        var number = await database.QuerySingle<long?>("""
            INSERT INTO duties AS d (name, master_id, number, expires_at, last_run_at)
            VALUES (@name, @master, 1, weir_now() + @length, weir_now())
            ON CONFLICT (name) DO UPDATE SET master_id = @master, number = d.number + 1, expires_at = weir_now() + @length, last_run_at = weir_now()
            WHERE d.master_id = @master OR d.expires_at < weir_now() OR (SELECT m.heartbeat_at < weir_now() - @Grace FROM masters m WHERE m.id = d.master_id)
            RETURNING number
            """, new { name, master, length, options.Grace }, cancellation);
        return number is { } n ? new(name, n) : null;
    }

    /// <summary>Locks the lease's row for the rest of the transaction; false if somebody else has taken it meanwhile.</summary>
    public static async Task<bool> StillStands(StoreTransaction unit, Lease lease) =>
        await unit.QuerySingle<long?>("SELECT number FROM duties WHERE name = @Name AND number = @Number FOR SHARE", lease) is not null;

    /// <summary>Gives it back early.</summary>
    public Task Release(Lease lease, string? error, CancellationToken cancellation) =>
        database.Query<int>("UPDATE duties SET expires_at = '-infinity', last_error = @error WHERE name = @Name AND number = @Number RETURNING 1", new { lease.Name, lease.Number, error }, cancellation);
}
