using Weir.Engine.Steps;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Ends a build at once, without its worker: the open step with it.</summary>
internal static class BuildEnding
{
    /// <exception cref="OwnershipLostException">Somebody else owns it.</exception>
    public static Task EndNow(Transitions transitions, BuildState build, BuildResult results, string why, CancellationToken cancellation) => transitions.Store(build, new()
    {
        Ending = build.Current is { } step ? (step, new StepOutcome(results, why)) : null,
        End = new(results, why),
    }, session: null, cancellation);
}
