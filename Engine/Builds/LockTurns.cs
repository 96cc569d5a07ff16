using Dapper;
using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration;
using Weir.Engine.Locks;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Builds;

/// <summary>
/// Passes locks on from step to step as soon as they are free or asked for, from what is held and who waits alone (<see cref="LockTurn"/>): a turn does not wait for a pass over the queue, and one who stands in a line costs
/// no pass when he comes. A while later there is one, which says why he waits, and finds those who wait for one another.
/// </summary>
internal sealed class LockTurns(Database database, ConfigurationInForce configuration, Granting granting, LockRelay relay, Wakeups wakeups, TimeProvider time, ILogger<LockTurns> logger) : Duty(wakeups, time, logger, WakeTopic.Locks)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MostRest = TimeSpan.FromMilliseconds(10);

    private readonly Wakeups wakeups = wakeups;
    private readonly TimeProvider time = time;
    private (long Revision, HashSet<string> Names) ofRequests = (0, []);
    private long? waitingSince;

    // Most who come stand in a line that is known already, and are passed on without a look (LockRelay): those who come together are looked at together.
    protected override TimeSpan RestAfter(TimeSpan took) => took * 2 < MostRest ? took * 2 : MostRest;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        relay.Look();
        var (revision, state) = await database.Read(async connection =>
        {
            await using var all = await connection.QueryMultipleAsync($"SELECT revision_id FROM config_in_force; {LockState.Sql}");
            return (await all.ReadFirstOrDefaultAsync<long>(), await LockState.Read(all));
        }, cancellation);
        if (ofRequests.Revision != revision && revision != 0)
            ofRequests = (revision, [.. (await configuration.Of(revision, cancellation)).Model.Builders.SelectMany(b => b.Locks).Where(l => l.From is null).Select(l => l.Name)]);
        state = relay.Seen(state, ofRequests.Names);
        if (revision == 0 || state.Waiters.Count == 0)
        {
            waitingSince = null;
            return null;
        }
        var turn = LockTurn.Of(state, ofRequests.Names);
        await granting.Grant(state, turn.Grants, cancellation);
        waitingSince ??= time.GetTimestamp();
        var rest = Patience - time.GetElapsedTime(waitingSince.Value);
        if (rest > TimeSpan.Zero && !turn.IsForQueue)
            return rest;
        waitingSince = null;
        wakeups.Signal([WakeTopic.Queue]);
        return null;
    }
}
