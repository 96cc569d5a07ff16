using Weir.Shared.Configuration;

namespace Weir.Engine.Queue;

/// <summary>What is known of a builder's builds on a worker.</summary>
/// <param name="Usual">How long good ones take; null: there was none yet.</param>
/// <param name="LastStarted">When the last one began.</param>
public sealed record WorkerPast(TimeSpan? Usual, DateTimeOffset LastStarted);

/// <summary>
/// On which of the workers that could take it a request starts, as its builder says. Pure. Whatever the rule says of two that are equal by it, the one goes first that has more room.
/// </summary>
public static class Placement
{
    /// <param name="builder">The builder.</param>
    /// <param name="request">Its request.</param>
    /// <param name="workers">Those that could take it.</param>
    /// <param name="free">Free slots by worker.</param>
    public static IEnumerable<DispatchWorker> Order(DispatchBuilder builder, WaitingRequest request, IEnumerable<DispatchWorker> workers, IReadOnlyDictionary<long, int> free)
    {
        // What another engine would have to start comes last: it may not know yet that it is wanted.
        var mine = workers.OrderByDescending(w => w.Mine);
        var ordered = builder.Placement switch
        {
            PlacementRule.LeastLoaded => mine,
            // Who has not built it yet is tried first, or nobody would ever know.
            PlacementRule.Fastest => mine.ThenBy(w => builder.Past.GetValueOrDefault(w.Id)?.Usual ?? TimeSpan.Zero),
            PlacementRule.LastUsed => mine.ThenByDescending(w => builder.Past.GetValueOrDefault(w.Id)?.LastStarted ?? DateTimeOffset.MinValue),
            PlacementRule.Random => mine.ThenBy(w => Mixed(request.Id, request.Attempt, w.Id)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return ordered.ThenByDescending(w => free[w.Id]).ThenBy(w => w.Id);
    }

    // Even over workers, and the same each time it is asked: what was explained is what will happen. (The finaliser of SplitMix64.)
    private static ulong Mixed(long request, int attempt, long worker)
    {
        var x = unchecked(((ulong)request * 0x9E3779B97F4A7C15) + ((ulong)worker * 0xD1B54A32D192ED03) + (ulong)attempt);
        x = unchecked((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9);
        x = unchecked((x ^ (x >> 27)) * 0x94D049BB133111EB);
        return x ^ (x >> 31);
    }
}
