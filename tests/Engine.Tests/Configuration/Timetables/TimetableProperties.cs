using Weir.Engine.Configuration.Timetables;

namespace Weir.Engine.Tests.Configuration.Timetables;

/// <summary>All zones, to the end of 2037, against an oracle that reads the zone files itself.</summary>
public sealed class TimetableProperties
{
    private const long Day = 86400;
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2037, 12, 30, 0, 0, 0, TimeSpan.Zero);

    private static IEnumerable<string> AllZones => TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id).Where(id => File.Exists($"/usr/share/zoneinfo/{id}"));

    // Those of one content are one zone under several names.
    private static IEnumerable<string> DistinctZones => AllZones.DistinctBy(id => string.Join(';', ZoneFile.Read(id).Segments.Where(s => s.From > Start.ToUnixTimeSeconds() - (400 * Day)))
        + ZoneFile.Read(id).OffsetAt(Start.ToUnixTimeSeconds()));

    [Fact]
    public void A_daily_schedule_happens_exactly_once_for_each_local_date_in_every_zone()
    {
        Assert.SkipUnless(ZoneFile.CanBeRead, "no zone files here");
        foreach (var (n, zone) in DistinctZones.Index())
        {
            // The hours in which clocks are moved, in turn.
            foreach (var minutes in new[] { (n * 37) % 240, n % 3 == 0 ? 1380 + (n % 60) : 150 })
            {
                var table = CronTimetable.Read($"{minutes % 60} {minutes / 60} * * *", zone, "x");
                var file = ZoneFile.Read(zone);
                var times = new List<long>();
                for (var at = Start; table.Next(at) is { } next && next < End; at = next)
                    times.Add(next.ToUnixTimeSeconds());

                var dates = new List<long>();
                for (var date = (Start.ToUnixTimeSeconds() / Day) - 2; date * Day < End.ToUnixTimeSeconds() + (2 * Day); date++)
                {
                    var instant = file.FirstShowing((date * Day) + (minutes * 60), Start.ToUnixTimeSeconds() - (3 * Day));
                    if (instant > Start.ToUnixTimeSeconds() && instant < End.ToUnixTimeSeconds())
                        dates.Add(instant);
                }
                Assert.True(dates.SequenceEqual(times), $"{zone} at {minutes / 60}:{minutes % 60:00}: {First(dates, times)}");
                // Once for each date of the zone's calendar, and on that date; only where the clock is put forward over midnight does the gap end on the next.
                var shown = times.Select(t => (t + file.OffsetAt(t)) / Day).ToList();
                for (var i = 0; i < shown.Count; i++)
                    Assert.True(shown[i] == shown[0] + i || (shown[i] == shown[0] + i + 1 && file.Segments.Any(s => s.From == times[i])), $"{zone} at {minutes / 60}:{minutes % 60:00} does not happen once for each date");
            }
        }
    }

    [Fact]
    public void A_schedule_of_minutes_follows_the_time_that_passes_and_never_happens_twice_for_an_instant()
    {
        Assert.SkipUnless(ZoneFile.CanBeRead, "no zone files here");
        foreach (var zone in DistinctZones)
        {
            var file = ZoneFile.Read(zone);
            var table = CronTimetable.Read("*/7 * * * *", zone, "x");
            foreach (var change in file.Segments.Select(s => s.From).Where(f => f > Start.ToUnixTimeSeconds() && f < End.ToUnixTimeSeconds()))
            {
                var (from, to) = (change - 10800, change + 14400);
                var times = new List<long>();
                for (var at = DateTimeOffset.FromUnixTimeSeconds(from - 1); table.Next(at) is { } next && next.ToUnixTimeSeconds() <= to; at = next)
                    times.Add(next.ToUnixTimeSeconds());

                var expected = new List<long>();
                for (var t = from; t <= to; t++)
                {
                    var wall = t + file.OffsetAt(t);
                    if (wall % 60 == 0 && wall / 60 % 60 % 7 == 0)
                        expected.Add(t);
                    else if (wall % 60 != 0)
                        t += 59 - (wall % 60); // on to the next whole minute of the wall
                }
                Assert.True(expected.SequenceEqual(times), $"{zone} near {DateTimeOffset.FromUnixTimeSeconds(change):u}: {First(expected, times)}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_schedule_agrees_with_an_oracle_that_looks_at_the_wall_every_minute(int seed)
    {
        Assert.SkipUnless(ZoneFile.CanBeRead, "no zone files here");
        var random = new Random(seed);
        var zones = AllZones.ToArray();
        for (var round = 0; round < 120; round++)
        {
            var zone = zones[random.Next(zones.Length)];
            var file = ZoneFile.Read(zone);
            var changes = file.Segments.Select(s => s.From).Where(f => f > Start.ToUnixTimeSeconds() && f < End.ToUnixTimeSeconds()).ToArray();
            var around = changes.Length > 0 ? changes[random.Next(changes.Length)] : Start.ToUnixTimeSeconds() + random.Next(500_000_000);
            var (from, to) = (around - (2 * Day) - random.Next(3600), around + (2 * Day));
            var cron = SmallCron.Random(random);
            var table = CronTimetable.Read(cron.ToString(), zone, "x");
            var times = new List<long>();
            for (var at = DateTimeOffset.FromUnixTimeSeconds(from); table.Next(at) is { } next && next.ToUnixTimeSeconds() <= to; at = next)
                times.Add(next.ToUnixTimeSeconds());

            var expected = cron.EveryHour ? Passing(file, cron, from, to) : OnTheWall(file, cron, from, to);

            Assert.True(expected.SequenceEqual(times), $"seed {seed}, {zone}, {cron}, {DateTimeOffset.FromUnixTimeSeconds(from):u}: {First(expected, times)}");
        }
    }

    private static List<long> Passing(ZoneFile file, SmallCron cron, long from, long to)
    {
        var found = new List<long>();
        for (var t = from + 1; t <= to; t++)
        {
            var wall = t + file.OffsetAt(t);
            if (wall % 60 != 0)
                t += 59 - (wall % 60); // on to the next whole minute of the wall
            else if (cron.Matches(DateTimeOffset.FromUnixTimeSeconds(wall)))
                found.Add(t);
        }
        return found;
    }

    private static List<long> OnTheWall(ZoneFile file, SmallCron cron, long from, long to)
    {
        var found = new List<long>();
        var early = from - (3 * Day);
        for (var wall = (from - (2 * Day)) / 60 * 60; wall <= to + (2 * Day); wall += 60)
        {
            if (cron.Matches(DateTimeOffset.FromUnixTimeSeconds(wall)) && file.FirstShowing(wall, early) is var t && t > from && t <= to)
                found.Add(t);
        }
        return [.. found.Distinct()];
    }

    private static string First(IReadOnlyList<long> expected, IReadOnlyList<long> got)
    {
        var i = 0;
        while (i < expected.Count && i < got.Count && expected[i] == got[i])
            i++;
        return $"number {i} of {expected.Count} ({got.Count}): expected {Say(expected, i)}, got {Say(got, i)}";

        static string Say(IReadOnlyList<long> list, int i) => i < list.Count ? $"{DateTimeOffset.FromUnixTimeSeconds(list[i]):u}" : "nothing";
    }
}

/// <summary>The oracle's own cron: five sets of numbers.</summary>
internal sealed record SmallCron(string Minute, string Hour, string DayOfMonth, string Month, string DayOfWeek)
{
    public bool EveryHour => Hour == "*";

    public static SmallCron Random(Random random) => new(
        Field(random, 0, 59, 0.1), Field(random, 0, 23, 0.4), Field(random, 1, 28, 0.7), Field(random, 1, 12, 0.9), Field(random, 0, 6, 0.7));

    private static string Field(Random random, int least, int most, double star)
    {
        if (random.NextDouble() < star)
            return "*";
        return random.Next(4) switch
        {
            0 => $"*/{random.Next(2, Math.Max(3, most / 2))}",
            1 => $"{random.Next(least, most + 1)}",
            2 when random.Next(least, most) is var a => $"{a}-{random.Next(a + 1, most + 1)}",
            _ => string.Join(',', Enumerable.Range(0, 3).Select(_ => random.Next(least, most + 1)).Distinct()),
        };
    }

    public bool Matches(DateTimeOffset wall)
    {
        var (dom, dow) = (In(DayOfMonth, wall.Day, 1), In(DayOfWeek, (int)wall.DayOfWeek, 0));
        // As in every cron: when both days are named, either will do. Who names all seven has named none.
        var day = DayOfMonth == "*" || DayOfWeek is "*" or "0-6" ? dom && dow : dom || dow;
        return In(Minute, wall.Minute, 0) && In(Hour, wall.Hour, 0) && In(Month, wall.Month, 1) && day;
    }

    private static bool In(string field, int value, int least) => field == "*" || field.Split(',').Any(part =>
        part.StartsWith("*/", StringComparison.Ordinal) ? (value - least) % int.Parse(part[2..]) == 0
        : part.Split('-') is [var a, var b] ? value >= int.Parse(a) && value <= int.Parse(b) : value == int.Parse(part));

    public override string ToString() => $"{Minute} {Hour} {DayOfMonth} {Month} {DayOfWeek}";
}
