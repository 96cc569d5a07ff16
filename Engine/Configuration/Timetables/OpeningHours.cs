using System.Runtime.CompilerServices;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Timetables;

/// <summary>A stretch of time in which something is open: from the one instant on, and before the other.</summary>
public sealed record OpenStretch(DateTimeOffset From, DateTimeOffset Until);

/// <summary>
/// When a worker is open. Pure. What counts is what a clock on the wall of the zone shows: a window's time that is left out when the clock is put forward does not happen, and what the clock
/// shows twice is open twice, so nobody's machine is used while his own clock says that it is not to be. On the dates of exceptions these alone count, from midnight to midnight, also
/// against a window that was opened the evening before.
/// </summary>
public sealed class OpeningHours
{
    // Longer than a week with what a clock change can hide from it.
    private static readonly TimeSpan Chunk = TimeSpan.FromDays(22);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly ConditionalWeakTable<AvailabilityConfiguration, OpeningHours> Known = [];

    private readonly AvailabilityConfiguration rule;
    private readonly DateTimeOffset lastException;

    private OpeningHours(AvailabilityConfiguration rule)
    {
        this.rule = rule;
        Clock = ZoneClock.Find(rule.TimeZone) ?? throw new FormatException(Zones.Complaint(rule.TimeZone));
        lastException = rule.Exceptions.Count == 0 ? DateTimeOffset.MinValue : Wall(rule.Exceptions.Max(e => e.Until ?? e.Date)).AddDays(3);
    }

    public ZoneClock Clock { get; }

    /// <exception cref="FormatException">The system's zone data has lost the zone.</exception>
    public static OpeningHours Of(AvailabilityConfiguration rule) => Known.GetValue(rule, static r => new(r));

    public bool IsOpenAt(DateTimeOffset instant)
    {
        var wall = Clock.WallAt(instant);
        return PartsOf(DateOnly.FromDateTime(wall.Date)).Any(p => p.From <= wall.TimeOfDay && wall.TimeOfDay < p.Until);
    }

    /// <summary>The next instant after this one at which it opens or closes; null: never again.</summary>
    public DateTimeOffset? NextChange(DateTimeOffset after)
    {
        var open = IsOpenAt(after);
        for (var from = after; ; from += Chunk)
        {
            var until = from + Chunk;
            var stretch = Between(from, until).FirstOrDefault();
            if (open && stretch?.From != from)
                return from;
            if (open && stretch!.Until < until)
                return stretch.Until;
            if (!open && stretch is not null)
                return stretch.From;
            // Behind the last exception every week is like the next one.
            if (from > after && from > lastException)
                return null;
        }
    }

    /// <summary>The stretch that is open now, or else the next one. Its start is <see cref="DateTimeOffset.MinValue"/> where it is open already, its end <see cref="DateTimeOffset.MaxValue"/> where it never
    /// closes; both are <see cref="DateTimeOffset.MaxValue"/> if it never opens again.</summary>
    public OpenStretch StretchAt(DateTimeOffset now)
    {
        if (IsOpenAt(now))
            return new(DateTimeOffset.MinValue, NextChange(now) ?? DateTimeOffset.MaxValue);
        var opens = NextChange(now);
        return new(opens ?? DateTimeOffset.MaxValue, (opens is { } at ? NextChange(at) : null) ?? DateTimeOffset.MaxValue);
    }

    /// <summary>All that is open between two instants, in order; stretches that touch are one.</summary>
    public IReadOnlyList<OpenStretch> Between(DateTimeOffset from, DateTimeOffset until)
    {
        var stretches = new List<OpenStretch>();
        var start = from;
        foreach (var change in Clock.Changes(from, until))
        {
            AddSteady(stretches, start, change.At, change.Before);
            start = change.At;
        }
        AddSteady(stretches, start, until, Clock.OffsetAt(start));
        return stretches;
    }

    /// <summary>What is open of a date by the wall, in order; parts that touch are one.</summary>
    public IReadOnlyList<(TimeSpan From, TimeSpan Until)> OnTheWall(DateOnly date)
    {
        var parts = new List<(TimeSpan From, TimeSpan Until)>();
        foreach (var (from, until) in PartsOf(date).OrderBy(p => p.From))
        {
            if (parts.Count == 0 || parts[^1].Until < from)
                parts.Add((from, until));
            else if (parts[^1].Until < until)
                parts[^1] = (parts[^1].From, until);
        }
        return parts;
    }

    // Between two clock changes the wall and the time that passes run side by side.
    private void AddSteady(List<OpenStretch> stretches, DateTimeOffset from, DateTimeOffset until, TimeSpan offset)
    {
        if (from >= until)
            return;
        var last = DateOnly.FromDateTime(until.UtcDateTime + offset);
        for (var date = DateOnly.FromDateTime(from.UtcDateTime + offset); date <= last; date = date.AddDays(1))
        {
            foreach (var (partFrom, partUntil) in PartsOf(date).OrderBy(p => p.From))
            {
                var midnight = Wall(date) - offset;
                var (opens, closes) = (midnight + partFrom, midnight + partUntil);
                Add(stretches, opens < from ? from : opens, closes > until ? until : closes);
            }
        }
    }

    private static void Add(List<OpenStretch> stretches, DateTimeOffset from, DateTimeOffset until)
    {
        if (from >= until)
            return;
        if (stretches.Count == 0 || stretches[^1].Until < from)
            stretches.Add(new(from, until));
        else if (stretches[^1].Until < until)
            stretches[^1] = stretches[^1] with { Until = until };
    }

    // What is open of a date by the wall: what opens on it, and what was opened the evening before.
    private IEnumerable<(TimeSpan From, TimeSpan Until)> PartsOf(DateOnly date)
    {
        foreach (var (from, to) in OpeningOn(date))
            yield return (from.ToTimeSpan(), to is { } end && end > from ? end.ToTimeSpan() : Day);
        if (IsExceptional(date))
            yield break;
        foreach (var (from, to) in OpeningOn(date.AddDays(-1)))
        {
            if (to is { } end && end <= from)
                yield return (TimeSpan.Zero, end.ToTimeSpan());
        }
    }

    private IEnumerable<(TimeOnly From, TimeOnly? To)> OpeningOn(DateOnly date) => IsExceptional(date)
        ? rule.Exceptions.Where(e => Covers(e, date) && e.Open).Select(e => (e.From, e.To))
        : rule.Windows.Where(w => w.Days.Contains(date.DayOfWeek)).Select(w => (w.From, w.To));

    private bool IsExceptional(DateOnly date) => rule.Exceptions.Any(e => Covers(e, date));

    private static bool Covers(OpeningException exception, DateOnly date) => exception.Date <= date && date <= (exception.Until ?? exception.Date);

    private static DateTimeOffset Wall(DateOnly date) => new(date.ToDateTime(default), TimeSpan.Zero);
}
