using Weir.Engine.Pauses;
using Weir.Engine.Storage;
using Weir.Shared;

namespace Weir.Engine.Schedulers;

/// <summary>What a paused scheduler answers to people who would have it fire.</summary>
internal static class Pausing
{
    private sealed record Row(string By, string? Reason);

    /// <summary>To be asked behind the gate; null: it is not paused.</summary>
    public static async Task<ActionOutcome.Conflict?> WhyNot(StoreTransaction unit, string scheduler) =>
        await unit.QuerySingle<Row>($"SELECT p.by_name AS by, p.reason FROM pauses p WHERE p.kind = 'Scheduler' AND p.subject = @scheduler AND {PauseRows.Holds}", new { scheduler }) is { } row
            ? Paused(scheduler, row.By, row.Reason)
            : null;

    public static ActionOutcome.Conflict Paused(string scheduler, string by, string? reason) =>
        new($"The scheduler {scheduler} is paused by {by}{(reason is { Length: > 0 } why ? ": " + why : "")}. Let it go on first.");
}
