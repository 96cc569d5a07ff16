using System.Globalization;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Format;

/// <summary>Times of the day, dates and days of the week, as the configuration writes them.</summary>
internal static class TimeTexts
{
    /// <summary>24:00 is the end of the day, which as the end of a window is midnight. Null: it is no time of the day.</summary>
    public static TimeOnly? Time(string? text) => text == "24:00" ? default(TimeOnly)
        : TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    public static DateOnly? Date(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    public static string? TimeComplaint(string text) => Time(text) is not null ? null : $"A time of the day was expected, from 00:00 to 24:00, like 19:30, not \"{text}\".";

    public static string? DateComplaint(string text) => Date(text) is { Year: >= 2000 and <= 2100 } ? null : $"A date was expected, like 2026-12-24, not \"{text}\".";

    public static string? DaysComplaint(string text) => Weekdays.Read(text) is not null ? null
        : $"A day of the week (mon, tue, wed, thu, fri, sat, sun) or a range of them, like mon-fri, was expected, not \"{text}\".";
}
