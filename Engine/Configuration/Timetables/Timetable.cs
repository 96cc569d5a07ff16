namespace Weir.Engine.Configuration.Timetables;

/// <summary>When something happens again and again.</summary>
public abstract class Timetable
{
    private static readonly TimeSpan[] Back = [TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(32), TimeSpan.FromDays(366), TimeSpan.FromDays(366 * 9)];

    /// <summary>The first time after this; null: never again.</summary>
    public abstract DateTimeOffset? Next(DateTimeOffset after);

    /// <summary>The next times after this, so many at most.</summary>
    public IReadOnlyList<DateTimeOffset> NextOnes(DateTimeOffset after, int count)
    {
        var times = new List<DateTimeOffset>();
        while (times.Count < count && Next(times.Count > 0 ? times[^1] : after) is { } next)
            times.Add(next);
        return times;
    }

    /// <summary>The last time that is not after <paramref name="until"/>, and not before <paramref name="first"/>, which is one of its times.</summary>
    public DateTimeOffset Latest(DateTimeOffset first, DateTimeOffset until)
    {
        // From as near as possible: the timetable of every minute is not walked through after a year's absence.
        var latest = first;
        foreach (var start in Back.Select(b => until - b))
        {
            if (start <= first)
                break;
            if (Next(start) is { } near && near <= until)
            {
                latest = near;
                break;
            }
        }
        while (Next(latest) is { } next && next <= until)
            latest = next;
        return latest;
    }
}

/// <summary>Every so often, counted from one of its times.</summary>
internal sealed class EverySoOften(DateTimeOffset one, TimeSpan period) : Timetable
{
    public override DateTimeOffset? Next(DateTimeOffset after) => one + (period * (Math.Floor((after - one) / period) + 1));
}
