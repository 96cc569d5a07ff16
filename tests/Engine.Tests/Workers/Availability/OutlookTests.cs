using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Workers.Availability;

public sealed class OutlookTests
{
    // A Monday, 13:00 in Budapest.
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private static readonly AvailabilityConfiguration ByNight = new()
    {
        TimeZone = "Europe/Budapest",
        Windows = [new() { Days = Weekdays.Read("mon-fri")!, From = new(19, 0), To = new(7, 0) }],
        Exceptions = [new() { Date = new(2026, 1, 7), Open = false }],
    };

    [Fact]
    public void The_days_to_come_are_shown_by_the_wall()
    {
        var days = Outlooks.Of(ByNight, 1, [], Now).Days;

        Assert.Equal(14, days.Count);
        Assert.Equal(["1140-1440", "0-420 1140-1440", "", "1140-1440", "0-420 1140-1440", "0-420", ""], days.Take(7).Select(d => string.Join(' ', d.Open.Select(o => $"{o.From}-{o.Until}"))));
        Assert.Equal([new DateOnly(2026, 1, 7)], days.Where(d => d.IsException).Select(d => d.Date));
        Assert.Empty(Outlooks.Of(null, 1, [], Now).Days);
    }

    [Fact]
    public void Use_is_what_ran_of_what_could_have_run_in_each_hour_of_the_week()
    {
        // On each of the four last Sundays from 22:30 to 00:30 by the wall, on a worker of two.
        var builds = Enumerable.Range(0, 4).Select(week => (From: new DateTimeOffset(2026, 1, 4, 21, 30, 0, TimeSpan.Zero).AddDays(-7 * week), Until: new DateTimeOffset(2026, 1, 4, 23, 30, 0, TimeSpan.Zero).AddDays(-7 * week)));

        var use = Outlooks.Of(ByNight, 2, builds, Now).Use;

        Assert.Equal(168, use.Count);
        Assert.Equal((0.25, 0.5, 0.25), (use[(6 * 24) + 22], use[(6 * 24) + 23], use[0]));
        Assert.Equal(1.0, use.Sum(), 6);
    }

    [Fact]
    public void A_build_that_still_runs_counts_up_to_now()
    {
        var use = Outlooks.Of(null, 1, [(Now.AddMinutes(-30), Now.AddHours(9))], Now).Use;

        Assert.Equal(0.5 / 4, use.Sum(), 6);
        Assert.Equal(0.5 / 4, use[11], 6);
    }
}
