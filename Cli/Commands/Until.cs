using System.Globalization;
using Weir.Cli.Connection;

namespace Weir.Cli.Commands;

/// <summary>A moment to come as people write it: in so long, at a time of the day by the clock here, or exactly.</summary>
internal static class Until
{
    public static DateTimeOffset Read(string text, TimeProvider time)
    {
        var now = time.GetUtcNow();
        if (text.Length is > 1 and < 8 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && "smhd".Contains(text[^1], StringComparison.Ordinal))
            return now + (text[^1] switch { 's' => TimeSpan.FromSeconds(number), 'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), _ => TimeSpan.FromDays(number) });
        if (TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock))
        {
            var today = TimeZoneInfo.ConvertTime(now, time.LocalTimeZone).Date + clock.ToTimeSpan();
            var at = new DateTimeOffset(today, time.LocalTimeZone.GetUtcOffset(today));
            return at > now ? at : new DateTimeOffset(today.AddDays(1), time.LocalTimeZone.GetUtcOffset(today.AddDays(1)));
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var exact) ? exact
            : throw new CommandException(ExitCode.Usage, $"\"{text}\" is no moment: 2h, 18:00 or 2026-12-24T18:00 was expected.");
    }
}
