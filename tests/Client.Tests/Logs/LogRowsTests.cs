using Bunit;
using Weir.App.Client.Logs;
using Weir.Shared.Logs;

namespace Weir.Client.Tests.Logs;

public sealed class LogRowsTests : Components
{
    [Fact]
    public void A_row_has_a_link_to_itself_its_stream_and_its_colours()
    {
        var shown = Rows(Samples.Line(119, "\x1b[31merror\x1b[0m <here>", LogStream.Stderr));

        var row = shown.Find("#L120");
        Assert.Equal("/logs/50?line=120#L120", row.QuerySelector("a.no")!.GetAttribute("href"));
        Assert.Equal("120", row.QuerySelector("a.no")!.GetAttribute("data-n"));
        Assert.Contains("err", row.ClassList);
        Assert.Contains("stderr", row.TextContent);
        Assert.Equal("error <here>", row.QuerySelector(".tx")!.TextContent);
        Assert.Equal("f1", row.QuerySelector(".tx span")!.ClassName);
    }

    [Fact]
    public void White_space_is_kept_and_none_is_added() =>
        Assert.Equal("  a\tb ", Rows(Samples.Line(0, "  a\tb ")).Find(".tx").InnerHtml);

    [Fact]
    public void A_link_of_a_program_leads_away_without_telling_where_from()
    {
        var link = Rows(Samples.Line(0, "\x1b]8;;https://example.org/x\x1b\\docs\x1b]8;;\x1b\\")).Find(".tx a");

        Assert.Equal("https://example.org/x", link.GetAttribute("href"));
        Assert.Contains("noopener", link.GetAttribute("rel"));
        Assert.Contains("noreferrer", link.GetAttribute("rel"));
    }

    [Fact]
    public async Task Colours_that_began_before_the_first_shown_line_are_known()
    {
        var store = new SampleStore();
        store.Logs.Add(Samples.Log(50, 0, false));
        store.Append(50, "plain", "\x1b[32mgreen begins", "still", "still\x1b[0m", "over");

        var rows = await LogRow.Read(store, 50, 2, 10, Xunit.TestContext.Current.CancellationToken);

        Assert.Equal([3, 4, 5], rows.Select(r => (int)r.Number));
        Assert.Equal(2, rows[0].Spans[0].Style.Foreground);
        Assert.Equal(AnsiStyle.None, rows[2].Spans[0].Style.Foreground);
    }

    [Fact]
    public void A_part_of_a_long_log_leads_to_all_others_without_script()
    {
        var shown = View(Samples.Log(50, 10_000), first: 5000, count: 500);

        var links = shown.FindAll("nav a").Select(a => a.GetAttribute("href")).ToList();
        Assert.Contains("/logs/50?line=1", links);
        Assert.Contains("/logs/50?line=4501", links);
        Assert.Contains("/logs/50?line=5501", links);
        Assert.Contains("/logs/50?tail=true", links);
    }

    [Fact]
    public void A_growing_log_is_watched_from_the_lines_that_are_known()
    {
        var part = View(Samples.Log(50, 700, complete: false), 0, 500).Find("#log");
        Assert.Equal(("log/50", "700", "700"), (part.GetAttribute("data-live"), part.GetAttribute("data-next"), part.GetAttribute("data-lines")));
        Assert.Null(View(Samples.Log(50, 700), 200, 500).Find("#log").GetAttribute("data-live"));
    }

    [Theory]
    [InlineData("::group::Compile the hull", "grp", "b", "::group::")]
    [InlineData("##[group]Compile the hull", "grp", "b", "##[group]")]
    [InlineData("::endgroup::", "end", "e", null)]
    [InlineData("##[error]no rivets", "er", "n", "##[error]")]
    [InlineData("section_start:1700000000:prepare\r\x1b[0KPrepare", "grp", "b", null)]
    public void A_marker_stands_apart_from_what_it_marks(string line, string style, string group, string? marker)
    {
        var row = Rows(Samples.Line(4, line)).Find("#L5");

        Assert.Contains(style, row.ClassList);
        Assert.Equal(group, row.GetAttribute("data-g"));
        Assert.Equal(marker, row.QuerySelector(".mk")?.TextContent);
        Assert.Equal(line.Split("\x1b[0K")[^1], row.QuerySelector(".tx")!.TextContent);
    }

    [Fact]
    public void Hits_are_listed_for_who_has_no_script_and_lead_to_their_lines()
    {
        var wanted = new LogWanted("rivet", false, false, null, new() { Hits = [new(41, 3, 5, "no rivets")], Count = 1, Next = 2000 });

        var shown = Show<LogHitList>(p => p.Add(x => x.Log, Samples.Log(50, 10_000)).Add(x => x.Wanted, wanted));

        Assert.Equal("/logs/50?line=42#L42", shown.Find("ol a").GetAttribute("href"));
        Assert.Contains("/logs/50?q=rivet&list=2000", shown.FindAll("a").Select(a => a.GetAttribute("href")));
        Assert.Contains("Not a regular expression", Text(Show<LogHitList>(p => p.Add(x => x.Log, Samples.Log(50, 1)).Add(x => x.Wanted, wanted with { Hits = null, Problem = "Not a regular expression: x" }))));
    }

    [Fact]
    public void An_empty_log_says_whether_something_may_still_come()
    {
        Assert.Contains("Nothing has been written yet", Text(View(Samples.Log(50, 0, complete: false), 0, 0)));
        Assert.Contains("The log is empty", Text(View(Samples.Log(50, 0), 0, 0)));
    }

    private IRenderedComponent<LogRows> Rows(params LogLine[] lines) => Show<LogRows>(p => p.Add(x => x.LogId, 50).Add(x => x.Rows, LogRow.Of(lines, new AnsiReader())).Add(x => x.WithIds, true));

    private IRenderedComponent<LogView> View(LogRecord log, int first, int count) => Show<LogView>(p => p
        .Add(x => x.Log, log).Add(x => x.Moment, Moment).Add(x => x.Count, Math.Max(10, count)).Add(x => x.Build, Samples.Build()).Add(x => x.Step, Samples.Step(0, "test"))
        .Add(x => x.Rows, LogRow.Of([.. Enumerable.Range(first, count).Select(i => Samples.Line(i, $"line {i}"))], new AnsiReader())));
}
