using Microsoft.Extensions.Logging;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Backfills;

namespace Weir.Engine.Masters;

/// <summary>Runs the back-fills of this version to their end, with pauses, so that nobody else waits for them. One that fails is tried again later, and says why it stands.</summary>
internal sealed partial class Backfilling(Database database, IEnumerable<IBackfill> backfills, Wakeups wakeups, TimeProvider time, ILogger<Backfilling> logger) : Duty(wakeups, time, logger)
{
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);
    private readonly IReadOnlyList<IBackfill> backfills = [.. backfills];
    private readonly TimeProvider time = time;
    private readonly ILogger logger = logger;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var open = (await database.Query<string>("SELECT n.name FROM unnest(@names) AS n (name) LEFT JOIN backfills b USING (name) WHERE b.done_at IS NULL", new { names = backfills.Select(b => b.Name).ToArray() }, cancellation)).ToHashSet();
        if (open.Count == 0)
            return null;
        await BackfillRun.Announce(database, open, cancellation);
        foreach (var backfill in backfills.Where(b => open.Contains(b.Name)))
            await Run(backfill, cancellation);
        return BetweenLooks;
    }

    private async Task Run(IBackfill backfill, CancellationToken cancellation)
    {
        try
        {
            while (await BackfillRun.Step(database, backfill, cancellation))
                await Task.Delay(BetweenBatches, time, cancellation);
        }
        catch (Exception e) when (Database.IsFault(e) && !Database.IsUnavailable(e))
        {
            LogStands(e, backfill.Name);
            await BackfillRun.Complain(database, backfill.Name, e.Message, cancellation);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The back-fill {Name} stands still; it is tried again later.")]
    private partial void LogStands(Exception e, string name);
}
