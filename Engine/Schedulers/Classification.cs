using Weir.Engine.Changes;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers;

/// <summary>A scheduler that wants a change.</summary>
internal sealed record Classified(SchedulerConfiguration Scheduler, ChangeRecord Change, bool Important)
{
    /// <summary>Changes of one line wait, and are built, together.</summary>
    public string Line => Scheduler switch
    {
        AnyBranchConfiguration => $"{Change.Codebase ?? Change.Repository}:{Change.Branch}",
        TimedConfiguration => TimedFiring.Line,
        _ => Change.Branch ?? "",
    };

    /// <summary>How long the line must be quiet; null: the change does not wait, or waits for the clock.</summary>
    public TimeSpan? Quiet => (Scheduler as ChangeDrivenConfiguration)?.TreeStable;
}

/// <summary>Decides which schedulers want which changes. Pure.</summary>
internal static class Classification
{
    /// <summary>In the order of the changes, and for each in that of the configuration.</summary>
    public static IReadOnlyList<Classified> Decide(WeirConfiguration model, IReadOnlySet<string> switchedOn, IReadOnlyList<ChangeRecord> changes)
    {
        var schedulers = model.Schedulers.Where(s => s.Enabled && switchedOn.Contains(s.Name) && s is ChangeDrivenConfiguration or TimedConfiguration { OnlyIfChanged: true }).ToArray();
        return
        [
            .. from change in changes
               from scheduler in schedulers
               let filter = Filter(scheduler)
               where Carries(model, scheduler, change) && ChangeFilter.Matches(filter.Changes, change)
               select new Classified(scheduler, change, ChangeFilter.IsImportant(filter.Important, change)),
        ];
    }

    private static (ChangeFilterConfiguration Changes, IReadOnlyList<string> Important) Filter(SchedulerConfiguration scheduler) => scheduler switch
    {
        ChangeDrivenConfiguration driven => (driven.Changes, driven.Important),
        TimedConfiguration timed => (timed.Changes, timed.Important),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    // Who names its codebases wants changes of these only. The clock's builds are of what they check out, and of its default branch unless the filter names others.
    private static bool Carries(WeirConfiguration model, SchedulerConfiguration scheduler, ChangeRecord change)
    {
        if (scheduler is not TimedConfiguration timed)
            return scheduler.Codebases.Count == 0 || (change.Codebase is not null && scheduler.Codebases.Contains(change.Codebase));
        return change.Codebase is not null && SourceStamps.Codebases(model, scheduler).Contains(change.Codebase)
            && (timed.Changes.Branches.Count > 0 || change.Branch == model.Codebases.FirstOrDefault(c => c.Name == change.Codebase)?.Branch);
    }
}
