using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Weir.Engine.Storage;
using Weir.Shared.Events;

namespace Weir.Engine.Queue;

/// <summary>
/// Says where builds wait for one another for ever: as an error in the log, as a count, and as a row for the page of locks and for <c>weir doctor</c>. What is seen once may be torn, since its rows were not read at one
/// moment; what is seen again after a while is not.
/// </summary>
public sealed partial class Standstills(Database database, TimeProvider time, ILogger<Standstills> logger)
{
    private static readonly TimeSpan Sure = TimeSpan.FromSeconds(2);
    private static readonly Meter Meter = new("Weir.Engine");
    private static readonly Counter<long> Found = Meter.CreateCounter<long>("weir.queue.standstills", null, "Builds that wait for one another for ever: each is a bug.");
    private string? seen;
    private long seenAt;

    /// <summary>What the store has, as far as this engine knows; another one may have left something.</summary>
    private string? stored = "unknown";

    /// <summary>When to look again; null: there is no need to.</summary>
    /// <param name="state">What the decision rests on; null: nobody waits.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<TimeSpan?> Look(DispatchState? state, CancellationToken cancellation)
    {
        var circle = state is null || state.Locks.Waiters.Count + state.Triggered.Count + state.Asking.Count == 0 ? null : Dispatching.Standstill(state);
        if (circle != seen)
            (seen, seenAt) = (circle, time.GetTimestamp());
        if (circle == stored)
            return null;
        if (circle is not null && time.GetElapsedTime(seenAt) is var since && since < Sure)
            return Sure - since;
        await database.Write(async unit =>
        {
            var gone = await unit.Execute("DELETE FROM standstills WHERE text IS DISTINCT FROM @circle", new { circle });
            var come = circle is null ? 0 : await unit.Execute("INSERT INTO standstills (text, since) VALUES (@circle, weir_now()) ON CONFLICT DO NOTHING", new { circle });
            if (gone + come == 0)
                await unit.Rollback();
            else
                unit.Add(new WeirEvent { Kind = EventKind.RequestChanged });
        }, cancellation);
        stored = circle;
        if (circle is not null)
        {
            Found.Add(1);
            LogFound(circle);
        }
        return null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Builds wait for one another for ever, which the check of the configuration should have excluded. Stop one of them, and please report this: {Circle}")]
    private partial void LogFound(string circle);
}
