using System.Collections.Concurrent;

namespace Weir.Engine.Configuration.Timetables;

/// <summary>The clock of a time zone was, or will be, moved: from one distance to UTC to another.</summary>
public sealed record ClockChange(DateTimeOffset At, TimeSpan Before, TimeSpan After);

/// <summary>
/// What clocks on a wall of a zone show, and when they are moved. Asks the zone's data only for the offset at an instant, which is never ambiguous, and works out gaps and
/// doubled hours itself. Wall times are written as <see cref="DateTimeOffset"/> with the offset 0.
/// </summary>
public sealed class ZoneClock
{
    // No zone moves its clock and back again within so few days; of what was found a year is kept.
    private static readonly TimeSpan Look = TimeSpan.FromDays(4);
    private static readonly TimeSpan Around = TimeSpan.FromHours(49);
    private static readonly ConcurrentDictionary<string, ZoneClock> Known = new();

    private readonly TimeZoneInfo zone;
    private readonly ConcurrentDictionary<int, IReadOnlyList<ClockChange>> years = new();

    private ZoneClock(TimeZoneInfo zone) => this.zone = zone;

    public string Name => zone.Id;

    /// <summary>The zone of this IANA name; null: there is none.</summary>
    public static ZoneClock? Find(string name) =>
        Known.TryGetValue(name, out var known) ? known
        : Zones.Find(name) is { } zone ? Known.GetOrAdd(name, new ZoneClock(zone)) : null;

    public TimeSpan OffsetAt(DateTimeOffset instant)
    {
        var utc = instant.UtcDateTime;
        var changes = Year(utc.Year);
        for (var i = changes.Count - 1; i >= 0; i--)
        {
            if (changes[i].At.UtcDateTime <= utc)
                return changes[i].After;
        }
        return changes.Count > 0 ? changes[0].Before : zone.GetUtcOffset(instant);
    }

    /// <summary>What the clock on the wall shows.</summary>
    public DateTimeOffset WallAt(DateTimeOffset instant) => new(instant.UtcDateTime + OffsetAt(instant), TimeSpan.Zero);

    /// <summary>The changes after the one instant, up to and with the other.</summary>
    public IEnumerable<ClockChange> Changes(DateTimeOffset after, DateTimeOffset until)
    {
        for (var year = after.UtcDateTime.Year; year <= until.UtcDateTime.Year; year++)
        {
            foreach (var change in Year(year).Where(c => c.At > after && c.At <= until))
                yield return change;
        }
    }

    /// <summary>
    /// When the wall shows this: the first time if it does so twice; the end of the gap if it never does, because the clock is put forward over it; null if that whole day is
    /// left out of the calendar.
    /// </summary>
    public DateTimeOffset? FirstInstantOf(DateTimeOffset wall)
    {
        var changes = Changes(wall - Around, wall + Around).ToArray();
        if (changes.Length == 0)
            return wall - OffsetAt(wall);
        var segmentStart = DateTimeOffset.MinValue;
        foreach (var change in changes)
        {
            var instant = wall - change.Before;
            if (instant >= segmentStart && instant < change.At)
                return instant;
            if (change.At + change.Before <= wall && wall < change.At + change.After)
                return SkipsTheDayOf(wall, change) ? null : change.At;
            segmentStart = change.At;
        }
        return wall - changes[^1].After;
    }

    private static bool SkipsTheDayOf(DateTimeOffset wall, ClockChange change)
    {
        var day = new DateTimeOffset(wall.Date, TimeSpan.Zero);
        return change.At + change.Before <= day && change.At + change.After >= day.AddDays(1);
    }

    private IReadOnlyList<ClockChange> Year(int year) => years.TryGetValue(year, out var known) ? known : years.GetOrAdd(year, Find(year));

    private List<ClockChange> Find(int year)
    {
        var found = new List<ClockChange>();
        var end = year < 9998 ? new DateTimeOffset(year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero) : DateTimeOffset.MaxValue - Look;
        var from = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(year > 1 ? -1 : 0);
        end = end.AddTicks(-1);
        while (from < end)
        {
            var to = end - from < Look ? end : from + Look;
            if (zone.GetUtcOffset(from) != zone.GetUtcOffset(to))
                found.Add(Between(from, to));
            from = to;
        }
        return found;
    }

    private ClockChange Between(DateTimeOffset from, DateTimeOffset to)
    {
        var before = zone.GetUtcOffset(from);
        var (low, high) = (from.UtcTicks / TimeSpan.TicksPerSecond, (to.UtcTicks / TimeSpan.TicksPerSecond) + 1);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (zone.GetUtcOffset(new DateTimeOffset(middle * TimeSpan.TicksPerSecond, TimeSpan.Zero)) == before)
                low = middle;
            else
                high = middle;
        }
        var at = new DateTimeOffset(high * TimeSpan.TicksPerSecond, TimeSpan.Zero);
        return new(at, before, zone.GetUtcOffset(at));
    }
}
