using Weir.Engine.Steps;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Ends a build at once, without its worker: the open step with it.</summary>
internal static class BuildEnding
{
    /// <exception cref="OwnershipLostException">Somebody else owns it.</exception>
    public static Task EndNow(Transitions transitions, BuildState build, BuildResult results, string why, CancellationToken cancellation) => transitions.Owned(build, async unit =>
    {
        if (build.Current is { } step)
            await Transitions.EndStep(unit, build, step, new StepOutcome(results, why));
        await Transitions.Finish(unit, build, results, why);
    }, cancellation);
}
