using Weir.Engine.Configuration.Timetables;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration.Timetables;

/// <summary>All zones and all their clock changes to the end of 2037, against an oracle that reads the zone files itself and looks at the wall every minute.</summary>
public sealed class OpeningHoursProperties
{
    private const long Minute = 60;
    private const long Day = 86400;
    private static readonly long Start = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
    private static readonly long End = new DateTimeOffset(2037, 12, 30, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    private static IEnumerable<(string Zone, ZoneFile File)> Zones => TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id).Where(id => File.Exists($"/usr/share/zoneinfo/{id}"))
        .Select(id => (id, ZoneFile.Read(id))).DistinctBy(z => string.Join(';', z.Item2.Segments.Where(s => s.From > Start - (400 * Day))) + z.Item2.OffsetAt(Start));

    [Fact]
    public void Windows_agree_with_the_wall_minute_by_minute_in_every_zone_whose_clock_is_moved()
    {
        Assert.SkipUnless(ZoneFile.CanBeRead, "no zone files here");
        var random = new Random(20260105);
        foreach (var (zone, file) in Zones)
        {
            var changes = ChangesOf(file);
            // Two of each zone in each run, another two for each seed; all of them is the slow test.
            foreach (var around in changes.Length == 0 ? [Start + random.NextInt64(End - Start)] : changes.OrderBy(_ => random.Next()).Take(2))
                Compare(zone, file, RuleNear(random, around), around, days: 1);
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Windows_agree_with_the_wall_minute_by_minute_around_every_clock_change_of_every_zone()
    {
        Assert.SkipUnless(ZoneFile.CanBeRead, "no zone files here");
        var random = new Random(7);
        foreach (var (zone, file) in Zones)
        {
            foreach (var around in ChangesOf(file))
                Compare(zone, file, RuleNear(random, around), around, days: 2);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_next_change_is_the_first_minute_at_which_the_wall_says_otherwise(int seed)
    {
        Assert.SkipUnless(ZoneFile.CanBeRead, "no zone files here");
        var random = new Random(seed);
        var zones = Zones.ToArray();
        for (var round = 0; round < 150; round++)
        {
            var (zone, file) = zones[random.Next(zones.Length)];
            var changes = ChangesOf(file);
            var around = changes.Length == 0 ? Start + random.NextInt64(End - Start) : changes[random.Next(changes.Length)];
            var oracle = RuleNear(random, around);
            var from = (around / Minute * Minute) - random.NextInt64(3 * Day);
            var limit = from + (60 * Day);
            var open = oracle.IsOpen(file, from);
            var expected = from / Minute * Minute;
            while (expected < limit && (expected <= from || oracle.IsOpen(file, expected) == open))
                expected += Minute;

            var got = OpeningHours.Of(oracle.Rule(zone)).NextChange(DateTimeOffset.FromUnixTimeSeconds(from));

            var said = $"seed {seed}, {zone}, {oracle.Rule(zone).InWords}, exceptions {string.Join(", ", oracle.Rule(zone).Exceptions.Select(e => e.InWords))}, from {DateTimeOffset.FromUnixTimeSeconds(from):u}";
            if (expected < limit)
                Assert.True(got?.ToUnixTimeSeconds() == expected, $"{said}: expected {DateTimeOffset.FromUnixTimeSeconds(expected):u}, got {got:u}");
            else
                Assert.True(got is null || got.Value.ToUnixTimeSeconds() >= limit, $"{said}: expected nothing for sixty days, got {got:u}");
        }
    }

    private static long[] ChangesOf(ZoneFile file) => [.. file.Segments.Select(s => s.From).Where(f => f > Start && f < End)];

    private static void Compare(string zone, ZoneFile file, OpeningOracle oracle, long around, int days)
    {
        var (from, until) = ((around / Minute * Minute) - (days * Day), (around / Minute * Minute) + (days * Day));
        var hours = OpeningHours.Of(oracle.Rule(zone));
        var stretches = hours.Between(DateTimeOffset.FromUnixTimeSeconds(from), DateTimeOffset.FromUnixTimeSeconds(until));
        for (var i = 1; i < stretches.Count; i++)
            Assert.True(stretches[i - 1].Until < stretches[i].From, $"{zone}: stretches touch at {stretches[i].From:u}");
        var at = 0;
        for (var t = from; t < until; t += Minute)
        {
            while (at < stretches.Count && stretches[at].Until.ToUnixTimeSeconds() <= t)
                at++;
            var inStretch = at < stretches.Count && stretches[at].From.ToUnixTimeSeconds() <= t;
            var expected = oracle.IsOpen(file, t);
            if (inStretch != expected || (t % (37 * Minute) == 0 && hours.IsOpenAt(DateTimeOffset.FromUnixTimeSeconds(t)) != expected))
                Assert.Fail($"{zone}, {oracle.Rule(zone).InWords}, exceptions {string.Join(", ", oracle.Rule(zone).Exceptions.Select(e => e.InWords))}: at {DateTimeOffset.FromUnixTimeSeconds(t):u} it is {(expected ? "open" : "closed")}");
        }
    }

    private static OpeningOracle RuleNear(Random random, long instant) => OpeningOracle.Random(random, (int)(instant / Day));
}

/// <summary>The oracle's own rule: minutes of the wall, counted without any of Weir's types.</summary>
internal sealed class OpeningOracle
{
    // Day of the week (Monday 0) → windows, and date (days since 1970) → windows instead; minutes, an end that is not after the start is on the next day.
    private readonly List<(bool[] Days, int From, int To)> weekly = [];
    private readonly List<(int First, int Last, bool Open, int From, int To)> exceptions = [];

    public static OpeningOracle Random(Random random, int date)
    {
        var made = new OpeningOracle();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var days = Enumerable.Range(0, 7).Select(_ => random.Next(3) > 0).ToArray();
            days[random.Next(7)] = true;
            var (from, to) = Hours(random);
            made.weekly.Add((days, from, to));
        }
        for (var n = random.Next(3); n > 0; n--)
        {
            var first = date + random.Next(-3, 4);
            if (made.exceptions.Exists(e => e.First <= first + 1 && first <= e.Last))
                continue;
            var (from, to) = Hours(random);
            made.exceptions.Add((first, first + random.Next(2), random.Next(2) == 0, from, to));
        }
        return made;
    }

    // Often in the hours in which clocks are moved, and at midnight.
    private static (int From, int To) Hours(Random random)
    {
        var from = random.Next(4) switch { 0 => 0, 1 => random.Next(240), _ => random.Next(1440) };
        var to = random.Next(4) switch { 0 => 1440, 1 => 1 + random.Next(240), _ => 1 + random.Next(1439) };
        return (from, to == from ? to + 1 : to);
    }

    public bool IsOpen(ZoneFile file, long instant)
    {
        var wall = instant + file.OffsetAt(instant);
        var (date, second) = ((int)Math.Floor(wall / 86400.0), (int)(((wall % 86400) + 86400) % 86400));
        foreach (var (from, to) in On(date))
        {
            if (from * 60 <= second && (to <= from || second < to * 60))
                return true;
        }
        if (exceptions.Exists(e => e.First <= date && date <= e.Last))
            return false;
        foreach (var (from, to) in On(date - 1))
        {
            if (to <= from && second < to * 60)
                return true;
        }
        return false;
    }

    private IEnumerable<(int From, int To)> On(int date)
    {
        var today = exceptions.FindAll(e => e.First <= date && date <= e.Last);
        return today.Count > 0 ? today.Where(e => e.Open).Select(e => (e.From, e.To)) : weekly.Where(w => w.Days[(date + 3) % 7]).Select(w => (w.From, w.To));
    }

    private AvailabilityConfiguration? rule;

    public AvailabilityConfiguration Rule(string zone) => rule ??= new()
    {
        TimeZone = zone,
        Windows = [.. weekly.Select(w => new OpeningWindow { Days = [.. Enumerable.Range(0, 7).Where(d => w.Days[d]).Select(d => (DayOfWeek)((d + 1) % 7))], From = Time(w.From), To = End(w.To) })],
        Exceptions = [.. exceptions.Select(e => new OpeningException { Date = Date(e.First), Until = e.Last == e.First ? null : Date(e.Last), Open = e.Open, From = Time(e.From), To = End(e.To) })],
    };

    private static DateOnly Date(int day) => DateOnly.FromDayNumber(DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber + day);

    private static TimeOnly Time(int minutes) => new(minutes / 60, minutes % 60);

    private static TimeOnly? End(int minutes) => minutes == 1440 ? null : Time(minutes);
}
