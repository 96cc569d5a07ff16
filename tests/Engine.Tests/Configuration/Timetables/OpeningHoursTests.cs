using System.Globalization;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Timetables;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration.Timetables;

public sealed class OpeningHoursTests
{
    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static OpeningHours Hours(string windows, string exceptions = "", string zone = "UTC")
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part($"weir: 1\nworkers: {{ w: {{ availability: {{ timeZone: {zone}, windows: [ {windows} ], exceptions: [ {exceptions} ] }} }} }}\n"));
        Assert.Empty(problems);
        return OpeningHours.Of(model!.Workers[0].Availability!);
    }

    private static string Said(OpeningHours hours, string from, string until) =>
        string.Join(", ", hours.Between(At(from), At(until)).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.From:MM-dd HH:mm}/{s.Until:MM-dd HH:mm}")));

    [Theory]
    // 5 January 2026 is a Monday.
    [InlineData("{ days: mon-fri, from: '09:00', to: '17:00' }", "", "2026-01-09T00:00Z", "2026-01-13T00:00Z", "01-09 09:00/01-09 17:00, 01-12 09:00/01-12 17:00")]
    [InlineData("{ days: mon-fri, from: '19:00', to: '07:00' }, { days: sat-sun }", "", "2026-01-08T12:00Z", "2026-01-13T00:00Z", "01-08 19:00/01-09 07:00, 01-09 19:00/01-12 00:00, 01-12 19:00/01-13 00:00")]
    [InlineData("{ from: '08:00', to: '12:00' }, { from: '12:00', to: '18:00' }", "", "2026-01-05T00:00Z", "2026-01-06T00:00Z", "01-05 08:00/01-05 18:00")] // windows that touch are one
    [InlineData("{ from: '08:00', to: '14:00' }, { from: '10:00', to: '12:00' }", "", "2026-01-05T00:00Z", "2026-01-06T00:00Z", "01-05 08:00/01-05 14:00")]
    [InlineData("{ days: mon, from: '20:00', to: '24:00' }, { days: tue, to: '06:00' }", "", "2026-01-05T00:00Z", "2026-01-07T00:00Z", "01-05 20:00/01-06 06:00")]
    [InlineData("{ from: '00:00', to: '24:00' }", "", "2026-01-05T00:00Z", "2026-01-12T00:00Z", "01-05 00:00/01-12 00:00")]
    // An exception counts from midnight to midnight, against the window of the evening before as well; what it opens itself may go on behind midnight.
    [InlineData("{ from: '19:00', to: '07:00' }", "{ date: 2026-01-06, open: false }", "2026-01-05T12:00Z", "2026-01-08T00:00Z", "01-05 19:00/01-06 00:00, 01-07 19:00/01-08 00:00")]
    [InlineData("{ from: '19:00', to: '07:00' }", "{ date: 2026-01-06, from: '22:00', to: '05:00' }", "2026-01-05T12:00Z", "2026-01-07T12:00Z", "01-05 19:00/01-06 00:00, 01-06 22:00/01-07 05:00")]
    [InlineData("{ days: sun }", "{ date: 2026-01-06, until: 2026-01-07, open: true }", "2026-01-05T00:00Z", "2026-01-09T00:00Z", "01-06 00:00/01-08 00:00")]
    [InlineData("", "{ date: 2026-01-06, to: '06:00' }, { date: 2026-01-06, from: '18:00' }", "2026-01-05T00:00Z", "2026-01-09T00:00Z", "01-06 00:00/01-06 06:00, 01-06 18:00/01-07 00:00")]
    public void Windows_open_and_close_by_the_week_and_exceptions_win(string windows, string exceptions, string from, string until, string expected) =>
        Assert.Equal(expected, Said(Hours(windows, exceptions), from, until));

    [Theory]
    // The gap of 29 March (02:00 to 03:00): what lies in it does not happen, what reaches into it is as much shorter.
    [InlineData("{ from: '02:15', to: '02:45' }", "Europe/Budapest", "2026-03-28T00:00Z", "2026-03-30T12:00Z", "03-28 01:15/03-28 01:45, 03-30 00:15/03-30 00:45")]
    [InlineData("{ from: '01:30', to: '03:30' }", "Europe/Budapest", "2026-03-28T12:00Z", "2026-03-29T12:00Z", "03-29 00:30/03-29 01:30")]
    [InlineData("{ from: '02:30', to: '05:00' }", "Europe/Budapest", "2026-03-28T12:00Z", "2026-03-29T12:00Z", "03-29 01:00/03-29 03:00")]
    // The doubled hour of 25 October (02:00 to 03:00): what lies in it happens twice, whatever covers it is an hour longer.
    [InlineData("{ from: '02:15', to: '02:45' }", "Europe/Budapest", "2026-10-24T12:00Z", "2026-10-25T12:00Z", "10-25 00:15/10-25 00:45, 10-25 01:15/10-25 01:45")]
    [InlineData("{ from: '19:00', to: '07:00' }", "Europe/Budapest", "2026-10-24T12:00Z", "2026-10-25T12:00Z", "10-24 17:00/10-25 06:00")]
    [InlineData("{ from: '02:00', to: '03:00' }", "Europe/Budapest", "2026-10-24T12:00Z", "2026-10-25T12:00Z", "10-25 00:00/10-25 02:00")] // twice, and the two touch
    [InlineData("{ days: [thu, sat] }", "Pacific/Apia", "2011-12-29T00:00Z", "2011-12-31T00:00Z", "12-29 10:00/12-31 00:00")] // Friday was left out: Thursday touches Saturday
    public void What_the_clock_on_the_wall_shows_decides(string windows, string zone, string from, string until, string expected) =>
        Assert.Equal(expected, Said(Hours(windows, zone: zone), from, until));

    [Theory]
    [InlineData("{ days: mon-fri, from: '09:00', to: '17:00' }", "", "2026-01-05T08:00Z", "2026-01-05T09:00Z", "2026-01-05T17:00Z")]
    [InlineData("{ days: mon-fri, from: '09:00', to: '17:00' }", "", "2026-01-05T09:00Z", null, "2026-01-05T17:00Z")]
    [InlineData("{ days: mon-fri, from: '09:00', to: '17:00' }", "", "2026-01-09T17:00Z", "2026-01-12T09:00Z", "2026-01-12T17:00Z")]
    [InlineData("{ from: '00:00' }", "", "2026-01-05T09:00Z", null, "never")]
    [InlineData("{ from: '00:00' }", "{ date: 2029-05-01, open: false }", "2026-01-05T09:00Z", null, "2029-05-01T00:00Z")]
    [InlineData("", "{ date: 2029-05-01, open: true }", "2026-01-05T09:00Z", "2029-05-01T00:00Z", "2029-05-02T00:00Z")]
    [InlineData("", "{ date: 2025-05-01, open: true }", "2026-01-05T09:00Z", "never", "never")]
    [InlineData("{ days: mon }", "{ date: 2026-01-01, until: 2027-12-31, open: false }", "2026-01-05T09:00Z", "2028-01-03T00:00Z", "2028-01-04T00:00Z")]
    public void The_stretch_of_a_moment_is_the_one_that_is_open_or_the_next(string windows, string exceptions, string now, string? opens, string closes)
    {
        var stretch = Hours(windows, exceptions).StretchAt(At(now));

        Assert.Equal(opens is null ? DateTimeOffset.MinValue : opens == "never" ? DateTimeOffset.MaxValue : At(opens), stretch.From);
        Assert.Equal(closes == "never" ? DateTimeOffset.MaxValue : At(closes), stretch.Until);
    }

    [Theory]
    [InlineData("mon", "mon")]
    [InlineData("mon-fri", "mon-fri")]
    [InlineData("sat-tue", "mon-tue, sat-sun")]
    [InlineData("sun-sat", "every day")]
    [InlineData("mon,wed,thu,sun", "mon, wed-thu, sun")]
    public void Days_are_read_and_said(string text, string said) => Assert.Equal(said, Weekdays.Words([.. text.Split(',').SelectMany(d => Weekdays.Read(d)!)]));
}
