using Weir.Engine.Changes;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>Fires schedulers by hand, each time in one transaction with its audit row.</summary>
internal sealed class HandFiring(InForce inForce, TimeProvider time) : ISchedulerFiring
{
    private sealed record Row(long Id, bool Enabled);

    public async Task<ActionOutcome> Fire(string scheduler, string? reason, Actor by, CancellationToken cancellation) =>
        await inForce.Write((unit, revision) => Fire(unit, revision, scheduler, reason, by), cancellation) ?? new ActionOutcome.Conflict("There is no configuration yet.");

    private async Task<ActionOutcome?> Fire(StoreTransaction unit, RevisionInForce revision, string name, string? reason, Actor by)
    {
        var scheduler = revision.Model.Schedulers.FirstOrDefault(s => s.Name == name);
        var row = scheduler is null ? null : await unit.QuerySingle<Row>("SELECT id, enabled FROM schedulers WHERE name = @Name AND retired_at IS NULL", new { scheduler.Name });
        if (scheduler is null || row is null)
            return new ActionOutcome.NotFound($"scheduler {ChangeText.Fit(name, 100)}");
        if (!scheduler.Enabled || !row.Enabled)
            return new ActionOutcome.Conflict($"The scheduler {name} is switched off.");
        if (await Pausing.WhyNot(unit, name) is { } paused)
            return paused;
        if (scheduler is ForceConfiguration)
            return new ActionOutcome.Conflict($"The scheduler {name} is a form: force it.");
        if (scheduler is TriggerableConfiguration)
            return new ActionOutcome.Conflict($"The scheduler {name} is set off by trigger steps of builds.");
        // Whoever holds the timer's row is firing it at this moment; the wish then finds no row, or the next due time.
        var waiting = await unit.Execute("UPDATE timers SET due_at = weir_now() WHERE kind = 'stable' AND split_part(subject, ':', 1) = @id AND due_at > weir_now()", new { id = FormattableString.Invariant($"{row.Id}") });
        if (waiting > 0)
        {
            unit.Wake(WakeTopic.Timers);
            Audit.Write(unit, by, "scheduler.fire", $"scheduler {name}: the changes that wait", reason);
            return new ActionOutcome.Done();
        }
        // What is set off by changes has nothing to build without one.
        if (scheduler is SingleBranchConfiguration)
            return new ActionOutcome.Conflict($"No change waits for {name}'s tree to be quiet; there is nothing to fire.");
        var set = await Firing.Fire(unit, revision, new FiringOrder
        {
            Scheduler = scheduler,
            Identity = $"hand:{Guid.CreateVersion7(time.GetUtcNow())}",
            Reason = $"scheduler {name}, fired by {by.Name}" + (string.IsNullOrWhiteSpace(reason) ? "" : ": " + ChangeText.Clean(reason.Trim())),
        });
        if (set is null)
        {
            await unit.Rollback();
            return new ActionOutcome.Conflict("None of its builders is there.");
        }
        Audit.Write(unit, by, "scheduler.fire", $"scheduler {name}: buildset {set.Id}", reason);
        return new ActionOutcome.Done(set.Id);
    }
}
