namespace Weir.App.Client.Waterfall;

/// <summary>The zooms that can be chosen, and how time is cut at each of them.</summary>
public static class Scales
{
    private const double UsualBuildPixels = 96;
    private const double UsualZoom = 4;

    // Nearer than that every short pause would be a fold of its own.
    private const double MostFitting = 16;

    /// <summary>Pixels per minute, from weeks to minutes.</summary>
    public static IReadOnlyList<double> Zooms { get; } = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128];

    public static int IndexOf(double zoom) => Zooms.Index().FirstOrDefault(z => z.Item == zoom, (-1, 0)).Index;

    /// <summary>At weeks single builds are too small to be drawn; they are counted in slots.</summary>
    public static bool IsCounted(double zoom) => zoom < 0.5;

    /// <summary>How long a chunk is: all viewers of a zoom cut time at the same moments.</summary>
    public static TimeSpan ChunkLength(double zoom) => zoom switch
    {
        < 0.25 => TimeSpan.FromDays(7),
        < 0.5 => TimeSpan.FromDays(2),
        < 1 => TimeSpan.FromHours(12),
        < 16 => TimeSpan.FromHours(6),
        _ => TimeSpan.FromHours(1),
    };

    /// <summary>The zoom at which a long but usual build is nearest to a hand's breadth.</summary>
    public static double Fitting(IEnumerable<TimeSpan> durations)
    {
        var minutes = durations.Select(d => d.TotalMinutes).Order().ToList();
        if (minutes.Count == 0)
            return UsualZoom;
        var usual = Math.Max(0.05, minutes[(int)(minutes.Count * 0.9)]);
        return Zooms.Where(z => !IsCounted(z) && z <= MostFitting).MinBy(z => Math.Abs(Math.Log(z * usual / UsualBuildPixels)));
    }
}
