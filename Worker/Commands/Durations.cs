using System.Globalization;

namespace Weir.Worker.Commands;

/// <summary>Durations as people say them: 250 ms, 12.3 s, 4 min 5 s, 2 h 10 min.</summary>
internal static class Durations
{
    public static string InWords(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.#} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes} min{Rest(duration.Seconds, "s")}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalHours} h{Rest(duration.Minutes, "min")}"),
    };

    private static string Rest(int count, string unit) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {count} {unit}");
}
