using System.Globalization;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Timetables;

/// <summary>A worker's windows as its row keeps them: the rule, the stretch that is open or comes next, and when that changes.</summary>
/// <param name="Availability">JSON; null: always open.</param>
/// <param name="OpensAt">A time as the store reads it; so the others.</param>
/// <param name="ClosesAt">When the stretch ends.</param>
/// <param name="ChangesAt">When it opens, or, where it is open, closes.</param>
/// <param name="LongestOpen">The longest stretch of the next weeks, in seconds; null: it has no end.</param>
internal sealed record OpeningColumns(string? Availability, string OpensAt, string ClosesAt, string ChangesAt, double? LongestOpen)
{
    private static readonly TimeSpan Look = TimeSpan.FromDays(22);

    private static OpeningColumns Always { get; } = new(null, "-infinity", "infinity", "infinity", null);

    public static OpeningColumns Never(string? availability) => new(availability, "infinity", "infinity", "infinity", 0);

    /// <exception cref="FormatException">The system's zone data has lost the zone.</exception>
    public static OpeningColumns Of(AvailabilityConfiguration? rule, DateTimeOffset now)
    {
        if (rule is null)
            return Always;
        var hours = OpeningHours.Of(rule);
        var stretch = hours.StretchAt(now);
        double? longest = stretch.From <= now && stretch.Until == DateTimeOffset.MaxValue ? null
            : hours.Between(now, now + Look).Append(stretch).Where(s => s.From > DateTimeOffset.MinValue && s.Until < DateTimeOffset.MaxValue).Select(s => (s.Until - s.From).TotalSeconds).DefaultIfEmpty(0).Max();
        return new(ConfigurationJson.Write(rule), Text(stretch.From), Text(stretch.Until), Text(stretch.From > now ? stretch.From : stretch.Until), longest);
    }

    private static string Text(DateTimeOffset at) => at == DateTimeOffset.MinValue ? "-infinity" : at == DateTimeOffset.MaxValue ? "infinity" : at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
