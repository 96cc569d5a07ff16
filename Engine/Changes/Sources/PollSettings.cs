using System.Security.Cryptography;

namespace Weir.Engine.Changes.Sources;

/// <summary>How pollers behave; the defaults are those of every master.</summary>
internal sealed record PollSettings
{
    /// <summary>How many repositories are polled at the same time.</summary>
    public int AtOnce { get; init; } = 4;

    /// <summary>After so long without a sign of life another engine polls.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A poll that never comes to its end is tried again after so long at the latest.</summary>
    public TimeSpan Unfinished { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From 0 to 1.</summary>
    public Func<double> Jitter { get; init; } = () => RandomNumberGenerator.GetInt32(1000) / 1000.0;

    /// <summary>The longest wait between two tries of a server that does not answer.</summary>
    public static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(30);

    /// <summary>When to look again after so many failures in a row: twice as long each time, up to half an hour, up to a fifth of it earlier.</summary>
    public static TimeSpan BackOff(TimeSpan every, int failures, double jitter)
    {
        var longest = every > LongestBackOff ? every : LongestBackOff;
        var wait = failures > 20 ? longest : TimeSpan.FromTicks((long)Math.Min((double)every.Ticks * (1L << failures), longest.Ticks));
        return wait * (1 - (0.2 * jitter));
    }
}
