using System.Runtime.CompilerServices;
using Weir.Engine.Configuration.Timetables;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers;

/// <summary>The timetables of schedulers that the clock sets off. Pure; what was read from a configuration is prepared once.</summary>
internal static class Schedules
{
    private static readonly ConditionalWeakTable<NightlyConfiguration, CronTimetable> Prepared = [];

    /// <exception cref="FormatException">The system's zone data has lost the zone, or the revision was checked by another version.</exception>
    public static CronTimetable Of(NightlyConfiguration scheduler) => Prepared.GetValue(scheduler, static s => CronTimetable.Read(s.Cron, s.TimeZone, s.Name));

    /// <summary>What its due times are worked out from.</summary>
    public static string Rule(NightlyConfiguration scheduler) => $"{scheduler.Cron} | {scheduler.TimeZone}";

    /// <summary>Why it builds, in words.</summary>
    public static string Reason(TimedConfiguration scheduler, DateTimeOffset due) => scheduler.Reason ?? scheduler switch
    {
        NightlyConfiguration nightly => FormattableString.Invariant($"scheduler {scheduler.Name}, {Of(nightly).Clock.WallAt(due):yyyy-MM-dd HH:mm} {nightly.TimeZone}"),
        PeriodicConfiguration periodic => $"scheduler {scheduler.Name}, every {Every(periodic.Every)}",
        _ => $"scheduler {scheduler.Name}",
    };

    private static string Every(TimeSpan every) => every switch
    {
        { Ticks: var t } when t % TimeSpan.TicksPerDay == 0 => FormattableString.Invariant($"{every.TotalDays}d"),
        { Ticks: var t } when t % TimeSpan.TicksPerHour == 0 => FormattableString.Invariant($"{every.TotalHours}h"),
        { Ticks: var t } when t % TimeSpan.TicksPerMinute == 0 => FormattableString.Invariant($"{every.TotalMinutes}m"),
        _ => FormattableString.Invariant($"{every.TotalSeconds}s"),
    };
}
