using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Timetables;

/// <summary>What is to be done about a due time: fire for one time (or none), pass over others, and when the next is due.</summary>
public sealed record DueStep(DateTimeOffset? Fire, DateTimeOffset? Next, int Missed, DateTimeOffset MissedFrom, DateTimeOffset MissedUntil);

/// <summary>Decides what becomes of times that passed while no engine was there. Pure.</summary>
public static class CatchingUp
{
    /// <summary>So many missed times are made up for at most, the newest ones.</summary>
    public const int Most = 100;

    /// <summary>Who is late by less was not away: an engine that dies is replaced sooner.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    private const int MostCounted = 100_000;

    /// <param name="timetable">The rule.</param>
    /// <param name="due">The first of its times that nothing has been done about, not after <paramref name="now"/>.</param>
    /// <param name="now">The present.</param>
    /// <param name="rule">What the scheduler says of missed times.</param>
    public static DueStep At(Timetable timetable, DateTimeOffset due, DateTimeOffset now, CatchUp rule)
    {
        if (rule == CatchUp.All)
            return OneOfAll(timetable, due, now);
        var latest = timetable.Latest(due, now);
        var next = timetable.Next(now > latest ? now : latest);
        var fires = rule == CatchUp.Once || now - latest <= Grace;
        var until = fires ? latest : now;
        return new(fires ? latest : null, next, Count(timetable, due, until), due, until);
    }

    private static DueStep OneOfAll(Timetable timetable, DateTimeOffset due, DateTimeOffset now)
    {
        var missed = 0;
        var newest = new Queue<DateTimeOffset>();
        for (DateTimeOffset? time = due; time is { } passed && passed <= now && missed < MostCounted; time = timetable.Next(passed))
        {
            newest.Enqueue(passed);
            if (newest.Count > Most)
            {
                newest.Dequeue();
                missed++;
            }
        }
        var fire = newest.Peek();
        return new(fire, timetable.Next(fire), missed, due, fire);
    }

    // How many of its times lie from the one on and before the other.
    private static int Count(Timetable timetable, DateTimeOffset from, DateTimeOffset before)
    {
        var count = 0;
        for (DateTimeOffset? time = from; time is { } passed && passed < before && count < MostCounted; time = timetable.Next(passed))
            count++;
        return count;
    }
}
