using System.Globalization;

namespace Weir.Shared;

/// <summary>A moment to come as people write it on a command line: in so long (30m, 2h, 1d), at a time of the day by the clock here (18:00, today or tomorrow), or exactly.</summary>
public static class Until
{
    /// <summary>Null: it is none of these.</summary>
    public static DateTimeOffset? Read(string text, TimeProvider time)
    {
        var now = time.GetUtcNow();
        if (text.Length is > 1 and < 8 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && "smhd".Contains(text[^1], StringComparison.Ordinal))
            return now + (text[^1] switch { 's' => TimeSpan.FromSeconds(number), 'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), _ => TimeSpan.FromDays(number) });
        if (TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock))
        {
            var today = TimeZoneInfo.ConvertTime(now, time.LocalTimeZone).Date + clock.ToTimeSpan();
            return At(today) > now ? At(today) : At(today.AddDays(1));
        }
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var exact)
            ? exact.Kind == DateTimeKind.Utc ? new DateTimeOffset(exact) : At(exact) : null;

        DateTimeOffset At(DateTime wall) => new(wall, time.LocalTimeZone.GetUtcOffset(wall));
    }
}
