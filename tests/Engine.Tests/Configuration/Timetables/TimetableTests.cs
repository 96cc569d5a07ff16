using System.Globalization;
using Weir.Engine.Configuration.Timetables;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration.Timetables;

public sealed class TimetableTests
{
    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    [Theory]
    [InlineData("30 2 * * *", "Europe/Budapest", "2026-03-28T12:00Z", "2026-03-29T01:00Z 2026-03-30T00:30Z")] // the gap: right after it, once
    [InlineData("30 2 * * *", "Europe/Budapest", "2026-10-24T12:00Z", "2026-10-25T00:30Z 2026-10-26T01:30Z")] // the doubled hour: at its first
    [InlineData("0,30 2 * * *", "Europe/Budapest", "2026-03-28T12:00Z", "2026-03-29T01:00Z 2026-03-30T00:00Z")] // two in the gap are one instant
    [InlineData("30 * * * *", "Europe/Budapest", "2026-03-29T00:00Z", "2026-03-29T00:30Z 2026-03-29T01:30Z")] // every hour: the time passes
    [InlineData("30 * * * *", "Europe/Budapest", "2026-10-24T23:40Z", "2026-10-25T00:30Z 2026-10-25T01:30Z 2026-10-25T02:30Z")]
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", "2026-10-03T15:30Z 2026-10-04T15:15Z")] // half an hour's gap
    [InlineData("0 2 * * *", "Pacific/Apia", "2011-12-29T00:00Z", "2011-12-29T12:00Z 2011-12-30T12:00Z")] // 30 December was left out
    [InlineData("0 12 * * *", "Africa/Casablanca", "2026-02-14T00:00Z", "2026-02-14T11:00Z 2026-02-15T12:00Z")]
    [InlineData("0 0 29 2 *", "UTC", "2026-01-01T00:00Z", "2028-02-29T00:00Z 2032-02-29T00:00Z")]
    [InlineData("@hourly", "Asia/Kathmandu", "2026-01-01T00:00Z", "2026-01-01T00:15Z 2026-01-01T01:15Z")]
    [InlineData("@daily", "America/Sao_Paulo", "2018-11-03T12:00Z", "2018-11-04T03:00Z 2018-11-05T02:00Z")] // midnight itself was missing
    public void Clock_changes_have_a_rule(string cron, string zone, string after, string expected)
    {
        var times = expected.Split(' ').Select(At).ToArray();

        Assert.Equal(times, CronTimetable.Read(cron, zone, "x").NextOnes(At(after), times.Length));
    }

    [Fact]
    public void H_is_a_number_of_the_name_that_stays_and_spreads()
    {
        var minutes = Enumerable.Range(0, 60).Select(n => CronTimetable.Read("H 3 * * *", "UTC", $"nightly-{n}").Next(At("2026-01-01T00:00Z"))!.Value.Minute).ToList();

        Assert.True(minutes.Distinct().Count() > 25, $"only {minutes.Distinct().Count()} of 60 minutes are used");
        Assert.Equal(minutes[7], CronTimetable.Read("H 3 * * *", "Asia/Tokyo", "nightly-7").Next(At("2026-01-01T00:00Z"))!.Value.Minute);
    }

    [Theory]
    [InlineData("30 2 * * *", null)]
    [InlineData("H H(1-5) * * 1-5", null)]
    [InlineData("@weekly", null)]
    [InlineData("0 0 30 2 *", "never happens")]
    [InlineData("0 25 * * *", "between 0 and 23")]
    [InlineData("* * * *", "not 4")]
    [InlineData("0 0 2 * * *", "not 6. Seconds")]
    [InlineData("@reboot", "@daily")]
    [InlineData("often", "not 1")]
    [InlineData("", "not 0")]
    public void A_cron_text_that_cannot_be_is_refused_in_words(string cron, string? complaint)
    {
        if (complaint is null)
            Assert.Null(CronTimetable.Complaint(cron));
        else
            Assert.Contains(complaint, CronTimetable.Complaint(cron), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Europe/Budapest", null)]
    [InlineData("EST5EDT", null)]
    [InlineData("UTC", null)]
    [InlineData("Europe/Kiev", null)]
    [InlineData("Europe/Budapst", "Did you mean \"Europe/Budapest\"?")]
    [InlineData("Kyiv", "Did you mean \"Europe/Kyiv\"?")]
    [InlineData("europe/budapest", "Did you mean \"Europe/Budapest\"?")]
    [InlineData("UTC+25", "no time zone")]
    [InlineData("../../etc/passwd", "name was expected")]
    public void A_zone_that_is_not_there_is_refused_with_the_nearest(string zone, string? complaint)
    {
        if (complaint is null)
            Assert.Null(Zones.Complaint(zone));
        else
            Assert.Contains(complaint, Zones.Complaint(zone), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 2 * * *", CatchUp.Once, "2026-01-01T02:00Z", "2026-01-01T02:00:03Z", "2026-01-01T02:00Z", 0)]
    [InlineData("0 2 * * *", CatchUp.Once, "2026-01-01T02:00Z", "2026-01-22T01:00Z", "2026-01-21T02:00Z", 20)]
    [InlineData("0 2 * * *", CatchUp.Skip, "2026-01-01T02:00Z", "2026-01-01T02:04Z", "2026-01-01T02:00Z", 0)]
    [InlineData("0 2 * * *", CatchUp.Skip, "2026-01-01T02:00Z", "2026-01-22T01:00Z", null, 21)]
    [InlineData("0 2 * * *", CatchUp.All, "2026-01-01T02:00Z", "2026-01-22T01:00Z", "2026-01-01T02:00Z", 0)]
    [InlineData("* * * * *", CatchUp.All, "2026-01-01T00:00Z", "2026-01-01T03:00Z", "2026-01-01T01:21Z", 81)]
    [InlineData("* * * * *", CatchUp.Once, "2025-01-01T00:00Z", "2026-01-01T00:00:30Z", "2026-01-01T00:00Z", 100_000)]
    public void Missed_times_are_made_up_for_as_the_scheduler_says(string cron, CatchUp rule, string due, string now, string? fires, int missed)
    {
        var step = CatchingUp.At(CronTimetable.Read(cron, "UTC", "x"), At(due), At(now), rule);

        Assert.Equal(fires is null ? null : At(fires), step.Fire);
        Assert.Equal(missed, step.Missed);
        Assert.True(rule == CatchUp.All || step.Next > At(now));
    }
}
