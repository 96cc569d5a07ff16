using Quartz;

namespace Weir.Engine.Configuration.Timetables;

/// <summary>
/// A cron text in a time zone. Quartz reads the text and says which wall times it means; what the zone's clock changes make of them is decided here. A timetable that names
/// its hours (30 2 * * *) happens once for each wall time it means: at the first of a doubled hour, and right after a gap for what falls into it. One for every hour (*/5 * * * *)
/// follows the time that really passes: it goes on through a doubled hour, and a gap has nothing to make up for.
/// </summary>
public sealed class CronTimetable : Timetable
{
    private readonly CronExpression wall;

    private CronTimetable(CronExpression wall, ZoneClock clock, bool everyHour)
    {
        this.wall = wall;
        Clock = clock;
        EveryHour = everyHour;
    }

    public ZoneClock Clock { get; }

    /// <summary>The hours are not named: it follows the time that passes.</summary>
    public bool EveryHour { get; }

    /// <param name="cron">Five fields, or one of @hourly, @daily and so on; H stands for a number that <paramref name="name"/> decides.</param>
    /// <param name="timeZone">An IANA name.</param>
    /// <param name="name">Whose timetable it is.</param>
    /// <exception cref="FormatException">The text is no timetable; the message says what is wrong.</exception>
    public static CronTimetable Read(string cron, string timeZone, string name)
    {
        var clock = ZoneClock.Find(timeZone) ?? throw new FormatException(Zones.Complaint(timeZone));
        return new(Parse(cron, name).WithTimeZone(TimeZoneInfo.Utc), clock, CoversEveryHour(cron));
    }

    /// <summary>Null, or what is wrong with a cron text, in a sentence.</summary>
    public static string? Complaint(string cron)
    {
        try
        {
            var expression = Parse(cron, "x").WithTimeZone(TimeZoneInfo.Utc);
            return expression.GetNextValidTimeAfter(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)) is null ? $"\"{cron}\" never happens: there is no such day." : null;
        }
        catch (FormatException e)
        {
            return $"This is no cron text: {e.Message}";
        }
    }

    public override DateTimeOffset? Next(DateTimeOffset after) => EveryHour ? NextAsTimePasses(after) : NextByTheWall(after);

    // What the wall shows later comes later (or at the same instant), so the first that is late enough is the next.
    private DateTimeOffset? NextByTheWall(DateTimeOffset after)
    {
        var at = Clock.WallAt(after);
        while (wall.GetNextValidTimeAfter(at) is { } next)
        {
            if (Clock.FirstInstantOf(next) is { } instant && instant > after)
                return instant;
            at = next;
        }
        return null;
    }

    // Between two clock changes the wall and the time that passes run side by side.
    private DateTimeOffset? NextAsTimePasses(DateTimeOffset after)
    {
        while (true)
        {
            var offset = Clock.OffsetAt(after);
            if (wall.GetNextValidTimeAfter(new DateTimeOffset(after.UtcDateTime + offset, TimeSpan.Zero)) is not { } next)
                return null;
            var instant = next - offset;
            if (Clock.Changes(after, instant).FirstOrDefault() is not { } change)
                return instant;
            after = change.At.AddTicks(-1);
            if (wall.GetNextValidTimeAfter(new DateTimeOffset(after.UtcDateTime + change.After, TimeSpan.Zero)) is not { } beyond)
                return null;
            if (!Clock.Changes(change.At, beyond - change.After).Any())
                return beyond - change.After;
            after = change.At;
        }
    }

    private static CronExpression Parse(string cron, string name)
    {
        if (cron.Any(c => char.IsControl(c) && c != '\t') || cron.Length > 250)
            throw new FormatException("It is one line of five fields: minute, hour, day of the month, month, day of the week.");
        var fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields is [['@', .. var word]])
        {
            return word.ToLowerInvariant() is "hourly" or "daily" or "midnight" or "weekly" or "monthly" or "yearly" or "annually"
                ? CronExpression.ParseWithHash(cron.Trim(), CronFormat.Unix, name)
                : throw new FormatException($"Of words there are @hourly, @daily (@midnight), @weekly, @monthly and @yearly (@annually), not \"{cron.Trim()}\".");
        }
        if (fields.Length != 5)
            throw new FormatException($"It has five fields (minute, hour, day of the month, month, day of the week), not {fields.Length}.{(fields.Length is 6 or 7 ? " Seconds and years are not among them." : "")}");
        return CronExpression.ParseWithHash(string.Join(' ', fields), CronFormat.Unix, name);
    }

    private static bool CoversEveryHour(string cron) => cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) switch
    {
        [var word] => word.Equals("@hourly", StringComparison.OrdinalIgnoreCase),
        [_, "*" or "*/1" or "0-23" or "?", ..] => true,
        _ => false,
    };
}
