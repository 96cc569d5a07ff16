using Weir.App.Client.Parts;
using Weir.Shared.Builds;

namespace Weir.App.Client.Waterfall;

/// <summary>How bad a state is among others: what a cluster or a summary of many builds wears. <c>ranks.ts</c> has the same.</summary>
public static class Ranks
{
    public static int Of(Shown state) => state switch
    {
        Shown.Failure => 9,
        Shown.Exception => 8,
        Shown.Running => 7,
        Shown.Warnings => 6,
        Shown.Retry => 5,
        Shown.Cancelled => 4,
        Shown.Skipped => 1,
        _ => 2,
    };

    public static int Of(BuildResult? result) => Of(result is { } r ? ShownStates.Of(r) : Shown.Running);

    /// <summary>The state of a rank.</summary>
    public static Shown State(int rank) => Array.Find(Enum.GetValues<Shown>(), s => Of(s) == rank);
}
