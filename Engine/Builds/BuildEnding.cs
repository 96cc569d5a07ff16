using Weir.Engine.Steps;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Builds;

/// <summary>Ends a build at once, without its worker: the open step with it.</summary>
internal static class BuildEnding
{
    /// <exception cref="OwnershipLostException">Somebody else owns it.</exception>
    public static async Task EndNow(Transitions transitions, BuildState build, BuildResult results, string why, CancellationToken cancellation)
    {
        // Nobody is left to wait for what it has set off.
        if (build.Current is { Configuration: TriggerStepConfiguration { Wait: true } } trigger && await transitions.Triggered(trigger.Id, cancellation) is { Complete: false } set)
            await transitions.CancelTriggered(build, set, new(build.Stop?.By ?? Actor.Weir("builds").Name, build.Stop?.Reason ?? $"The build that waits for it is over: {why}"), cancellation);
        await transitions.Store(build, new()
        {
            Ending = build.Current is { } step ? (step, new StepOutcome(results, why)) : null,
            End = new(results, why),
        }, unstored: null, session: null, cancellation);
    }
}
