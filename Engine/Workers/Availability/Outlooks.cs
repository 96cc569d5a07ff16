using Weir.Engine.Configuration.Timetables;
using Weir.Shared.Configuration;
using Weir.Shared.Workers;

namespace Weir.Engine.Workers.Availability;

/// <summary>Works out a worker's outlook. Pure.</summary>
internal static class Outlooks
{
    public const int Days = 14;
    public const int Weeks = 4;
    private const int HoursOfWeek = 168;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static WorkerOutlook Of(AvailabilityConfiguration? rule, int slots, IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> builds, DateTimeOffset now)
    {
        var clock = ZoneClock.Find(rule?.TimeZone ?? "UTC") ?? ZoneClock.Find("UTC")!;
        return new(clock.Name, rule is null ? [] : [.. ToCome(rule, now)], Use(clock, slots, builds, now), Weeks);
    }

    public static IEnumerable<OutlookDay> ToCome(AvailabilityConfiguration rule, DateTimeOffset now)
    {
        var hours = OpeningHours.Of(rule);
        var today = DateOnly.FromDateTime(hours.Clock.WallAt(now).Date);
        for (var date = today; date < today.AddDays(Days); date = date.AddDays(1))
        {
            yield return new(date, [.. hours.OnTheWall(date).Select(p => new OpenHours((int)p.From.TotalMinutes, (int)p.Until.TotalMinutes))],
                rule.Exceptions.Any(e => e.Date <= date && date <= (e.Until ?? e.Date)));
        }
    }

    private static double[] Use(ZoneClock clock, int slots, IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> builds, DateTimeOffset now)
    {
        var since = now - TimeSpan.FromDays(7 * Weeks);
        var used = new double[HoursOfWeek];
        foreach (var (from, until) in builds)
        {
            for (var at = from < since ? since : from; at < until && at < now;)
            {
                var wall = clock.WallAt(at);
                var next = at + (Hour - TimeSpan.FromTicks(wall.TimeOfDay.Ticks % Hour.Ticks));
                var end = next < until ? next : until;
                used[(Weekdays.Place(wall.DayOfWeek) * 24) + wall.Hour] += ((end < now ? end : now) - at).TotalHours;
                at = end;
            }
        }
        return [.. used.Select(u => Math.Min(1, u / (Weeks * Math.Max(1, slots))))];
    }
}
