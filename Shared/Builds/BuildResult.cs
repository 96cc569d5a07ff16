namespace Weir.Shared.Builds;

/// <summary>The result of a step, build, request or buildset. The numbers are Buildbot's and stand in the store and in REST.</summary>
public enum BuildResult
{
    Success = 0,
    Warnings = 1,
    Failure = 2,
    Skipped = 3,
    Exception = 4,
    Retry = 5,
    Cancelled = 6,
}

/// <summary>The algebra of results: which of two is worse, and how each is written.</summary>
public static class BuildResults
{
    private static readonly BuildResult[] Order =
        [BuildResult.Skipped, BuildResult.Success, BuildResult.Warnings, BuildResult.Failure, BuildResult.Exception, BuildResult.Retry, BuildResult.Cancelled];

    /// <summary>All results. Skipped is better than success, so that a buildset of which a part was skipped is not worse for it (Buildbot's order).</summary>
    public static IReadOnlyList<BuildResult> BestFirst => Order;

    /// <summary>The worse of the two, by Buildbot's order: skipped, success, warnings, failure, exception, retry, cancelled.</summary>
    public static BuildResult Worst(BuildResult a, BuildResult b) => Array.IndexOf(Order, a) >= Array.IndexOf(Order, b) ? a : b;

    /// <summary>The word used in configuration, pages and REST: <c>success</c>, <c>warnings</c>, …</summary>
    public static string Word(this BuildResult result) => result switch
    {
        BuildResult.Success => "success",
        BuildResult.Warnings => "warnings",
        BuildResult.Failure => "failure",
        BuildResult.Skipped => "skipped",
        BuildResult.Exception => "exception",
        BuildResult.Retry => "retry",
        BuildResult.Cancelled => "cancelled",
        _ => "unknown",
    };
}
