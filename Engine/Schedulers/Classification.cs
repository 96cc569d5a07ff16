using Weir.Engine.Changes;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers;

/// <summary>A scheduler that wants a change.</summary>
internal sealed record Classified(SingleBranchConfiguration Scheduler, ChangeRecord Change, bool Important);

/// <summary>Decides which schedulers want which changes. Pure.</summary>
internal static class Classification
{
    /// <summary>In the order of the changes, and for each in that of the configuration.</summary>
    public static IReadOnlyList<Classified> Decide(WeirConfiguration model, IReadOnlySet<string> switchedOn, IReadOnlyList<ChangeRecord> changes)
    {
        var schedulers = model.Schedulers.OfType<SingleBranchConfiguration>().Where(s => s.Enabled && switchedOn.Contains(s.Name)).ToArray();
        return
        [
            .. from change in changes
               from scheduler in schedulers
               where Carries(scheduler, change) && ChangeFilter.Matches(scheduler.Changes, change)
               select new Classified(scheduler, change, ChangeFilter.IsImportant(scheduler.Important, change)),
        ];
    }

    // Who names its codebases wants changes of these only.
    private static bool Carries(SingleBranchConfiguration scheduler, ChangeRecord change) =>
        scheduler.Codebases.Count == 0 || (change.Codebase is not null && scheduler.Codebases.Contains(change.Codebase));
}
