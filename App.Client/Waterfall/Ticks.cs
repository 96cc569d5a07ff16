using System.Globalization;

namespace Weir.App.Client.Waterfall;

/// <summary>A mark of the time gutter; the first of a day names it.</summary>
public readonly record struct Tick(long At, double Y, string? Day, string Time);

/// <summary>Chooses whole hours or minutes that stand far enough apart, none inside a fold or reaching into the label of one. Written in UTC here, in the viewer's zone by the browser.</summary>
public static class Ticks
{
    public const double Apart = 48;

    // Nearer to the now line a mark would stand under its label.
    private const double UnderNow = 30;

    // How high a mark is, without its day and with it.
    private const double Height = 15;
    private const double HeightWithDay = 29;

    private static readonly int[] Steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080];

    public static IReadOnlyList<Tick> Of(Axis axis, long from, long to, double zoom, bool isLive = true)
    {
        var step = (Array.Find(Steps, s => s * zoom >= Apart) is var found and > 0 ? found : Steps[^1]) * 60_000L;
        var ticks = new List<Tick>();
        var (lastY, lastDay) = (double.NegativeInfinity, -1L);
        for (var at = (from + step - 1) / step * step; at <= to; at += step)
        {
            var y = axis.Y(at);
            var day = at / 86_400_000;
            var height = day == lastDay ? Height : HeightWithDay;
            if (y - lastY < Apart * 0.8 || (isLive && axis.Height - y < UnderNow) || axis.Folds.Any(f => at < f.To && y > axis.Y(f.From) - height))
                continue;
            var time = DateTimeOffset.FromUnixTimeMilliseconds(at);
            ticks.Add(new(at, y, day == lastDay ? null : time.ToString("ddd d", CultureInfo.InvariantCulture), time.ToString("HH:mm", CultureInfo.InvariantCulture)));
            (lastY, lastDay) = (y, day);
        }
        return ticks;
    }
}
