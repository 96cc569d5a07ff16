using Weir.Shared.Identity;

namespace Weir.Shared.Schedulers;

/// <summary>Lets a person set off by hand what a scheduler would do by itself.</summary>
public interface ISchedulerFiring
{
    /// <summary>
    /// One that the clock sets off fires now, besides its timetable; one that waits for a quiet tree takes the changes that wait. <see cref="ActionOutcome.Done.Id"/> is the buildset,
    /// where it is made at once.
    /// </summary>
    Task<ActionOutcome> Fire(string scheduler, string? reason, Actor by, CancellationToken cancellation);
}
