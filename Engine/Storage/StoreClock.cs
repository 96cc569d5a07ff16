using Dapper;
using Npgsql;

namespace Weir.Engine.Storage;

/// <summary>
/// The program's clock is the store's (invariant 8): its distance to <c>weir_now()</c> is measured at connection and at every heartbeat, and it runs on the
/// monotonic clock between. Timers and time stamps run on the system's monotonic clock.
/// </summary>
public sealed class StoreClock : TimeProvider
{
    private sealed record Anchor(DateTimeOffset StoreTime, long Timestamp);

    private volatile Anchor anchor = new(System.GetUtcNow(), System.GetTimestamp());

    public override DateTimeOffset GetUtcNow()
    {
        var a = anchor;
        return a.StoreTime + System.GetElapsedTime(a.Timestamp);
    }

    public override long GetTimestamp() => System.GetTimestamp();

    public override long TimestampFrequency => System.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, dueTime, period);

    /// <summary>Measures again. The store's time is taken to be that of the middle of the round trip.</summary>
    public async Task Measure(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var before = System.GetTimestamp();
        var store = await connection.ExecuteScalarAsync<DateTime>(new CommandDefinition("SELECT weir_now()", cancellationToken: cancellation));
        Set(new DateTimeOffset(DateTime.SpecifyKind(store, DateTimeKind.Utc)), before);
    }

    /// <summary>Takes a reading of the store's clock that came with another statement, which was sent at <paramref name="sentAt"/>.</summary>
    public void Set(DateTimeOffset storeTime, long sentAt) => anchor = new(storeTime + (System.GetElapsedTime(sentAt) / 2), System.GetTimestamp());
}
