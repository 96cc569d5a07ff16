using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Pauses;

namespace Weir.Engine.Pauses;

/// <summary>Begins and ends pauses, each in one transaction with its audit rows: all of what was named, or nothing.</summary>
internal sealed class PauseActions(Database database) : IPauseActions
{
    public Task<ActionOutcome> Begin(NewPause pause, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        if (pause.Subjects.Count == 0)
            return new ActionOutcome.Invalid([new("subjects", "Name what to pause.")]);
        await Gate.TakeWhole(unit);
        if (pause.Until is { } until && await unit.QuerySingle<bool>("SELECT @until <= weir_now()", new { until }))
            return new ActionOutcome.Invalid([new("until", "This time is over already.")]);
        return await All(unit, pause.Subjects, subject => PauseRows.Begin(unit, subject, pause.Reason, pause.Until, by));
    }, cancellation);

    public Task<ActionOutcome> End(IReadOnlyList<PauseSubject> subjects, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        if (subjects.Count == 0)
            return new ActionOutcome.Invalid([new("subjects", "Name what shall go on.")]);
        await Gate.TakeWhole(unit);
        return await All(unit, subjects, subject => PauseRows.End(unit, subject, by));
    }, cancellation);

    // In one order, so that two who name the same things do not wait for each other in a circle.
    private static async Task<ActionOutcome> All(StoreTransaction unit, IReadOnlyList<PauseSubject> subjects, Func<PauseSubject, Task<long?>> act)
    {
        long? last = null;
        foreach (var subject in subjects.Distinct().OrderBy(s => s.Kind).ThenBy(s => s.Name, StringComparer.Ordinal))
        {
            last = await act(subject);
            if (last is not null)
                continue;
            await unit.Rollback();
            return new ActionOutcome.NotFound(subject.InWords);
        }
        return new ActionOutcome.Done(last);
    }
}
