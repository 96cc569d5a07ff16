using System.Globalization;
using Weir.Shared.Builds;

namespace Weir.App.Client.Parts;

/// <summary>How durations went, for a small line and for who cannot see it.</summary>
public sealed record Trend(string Points, string Text, TimeSpan Newest, TimeSpan Longest)
{
    public const int Width = 96;
    public const int Height = 24;

    // Below a tenth, what differs is noise.
    private const double Notable = 0.1;

    /// <summary>Of the good builds among the given ones (newest first); null when there are too few to speak of.</summary>
    public static Trend? Of(IReadOnlyList<BuildMark> newestFirst)
    {
        var durations = newestFirst.Where(b => b.IsGood).Select(b => b.Duration).Reverse().ToList();
        if (durations.Count < 3)
            return null;
        var longest = durations.Max();
        var points = durations.Select((d, i) => string.Create(CultureInfo.InvariantCulture,
            $"{i * (double)(Width - 2) / (durations.Count - 1) + 1:0.#},{Height - 1 - (longest > TimeSpan.Zero ? d / longest : 0) * (Height - 2):0.#}"));
        return new(string.Join(' ', points), Said(durations), durations[^1], longest);
    }

    /// <summary>The duration that nine in ten do not exceed.</summary>
    public static TimeSpan NineInTen(IEnumerable<TimeSpan> durations)
    {
        var sorted = durations.Order().ToList();
        return sorted.Count == 0 ? TimeSpan.Zero : sorted[(int)Math.Ceiling(sorted.Count * 0.9) - 1];
    }

    public static TimeSpan Median(IEnumerable<TimeSpan> durations)
    {
        var sorted = durations.Order().ToList();
        return sorted.Count == 0 ? TimeSpan.Zero : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static string Said(List<TimeSpan> durations)
    {
        var part = Math.Max(1, durations.Count / 3);
        var (before, now) = (Median(durations.Take(part)), Median(durations.TakeLast(part)));
        var change = before > TimeSpan.Zero ? now / before - 1 : 0;
        var trend = Math.Abs(change) < Notable ? "steady" : string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(change) * 100:0} % {(change > 0 ? "slower" : "faster")} than before");
        return $"Duration of the last {durations.Count} good builds: {Words.Duration(durations.Min())} to {Words.Duration(durations.Max())}, now {Words.Duration(now)}, {trend}";
    }
}
