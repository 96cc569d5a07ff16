using Bunit;
using Weir.App.Client.Builds;
using Weir.App.Client.Logs;
using Weir.Shared.Builds;
using Weir.Shared.Logs;
using Weir.Shared.Steps;

namespace Weir.Client.Tests.Builds;

public sealed class BuildRegionTests : Components
{
    [Fact]
    public void A_running_build_can_be_stopped_shows_what_it_does_and_counts_on()
    {
        var shown = Region(Samples.Detail(Samples.Build(8, null), Samples.Step(0, "git"), Samples.Step(1, "compile", null, true, Samples.Log(51, 3, complete: false)), Samples.Step(2, "test", null, begun: false)), (51, ["one", "two", "three"]));

        Assert.Equal("/builds/108/stop", shown.Find("button[data-needs=stop]").GetAttribute("formaction"));
        Assert.NotNull(shown.Find("button[data-needs=stop]").GetAttribute("data-confirm"));
        Assert.NotEmpty(shown.FindAll("[data-since]"));
        Assert.Equal("build/108", shown.Find("#live-build-108").GetAttribute("data-live"));
        Assert.Equal("42", shown.Find("#live-build-108").GetAttribute("data-event"));
        Assert.Equal("log/51", shown.Find(".tail").GetAttribute("data-live"));
        Assert.Equal("3", shown.Find(".tail").GetAttribute("data-next"));
        Assert.Contains("not begun", shown.Find("#step-2").TextContent);
        Assert.Empty(shown.FindAll("form"));
    }

    [Fact]
    public void A_failed_build_says_first_where_it_failed_and_shows_the_end_of_that_log()
    {
        var shown = Region(Samples.Detail(Samples.Build(9, BuildResult.Failure), Samples.Step(0, "git"), Samples.Step(1, "test", BuildResult.Failure, true, Samples.Log(51)), Samples.Step(2, "report")), (51, ["ok", "error: no"]));

        Assert.Contains("Failed first in test", string.Join(' ', shown.Find(".note.is-failure").TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains("error: no", shown.Find("#step-1 .tail").TextContent);
        Assert.Null(shown.Find("#step-1 .tail").GetAttribute("data-live"));
        Assert.Empty(shown.FindAll("#step-2 .tail"));
        Assert.Equal("/builds/109/rebuild", shown.Find("button[data-needs=force]").GetAttribute("formaction"));
    }

    [Fact]
    public void Who_asked_for_the_stop_is_told_with_the_reason_and_cannot_ask_twice()
    {
        var shown = Region(Samples.Detail(Samples.Build(8, null) with { StopRequestedAt = Samples.Now, StopRequestedBy = "ann" }) with { StopReason = "wrong branch" });

        Assert.Contains("asked by ann", Text(shown));
        Assert.Contains("“wrong branch”", Text(shown));
        Assert.Empty(shown.FindAll("button[data-needs=stop]"));
    }

    [Fact]
    public void Nothing_from_outside_is_taken_for_markup()
    {
        var build = Samples.Build(8, null) with { Reason = "<script>alert(1)</script>", StateText = "<b>x</b>" };
        var shown = Region(Samples.Detail(build, Samples.Step(0, "<i>step</i>", null, true, Samples.Log(51, 1, false))), (51, ["<img src=x onerror=alert(1)>"]));

        Assert.Empty(shown.FindAll("script, b, img, .step i:not([class])"));
        Assert.Contains("<script>alert(1)</script>", Text(shown));
    }

    [Fact]
    public void Bars_stand_where_their_steps_stood_in_time()
    {
        var build = Samples.Build(8) with { SubmittedAt = Samples.Now.AddMinutes(-12), StartedAt = Samples.Now.AddMinutes(-10), CompletedAt = Samples.Now.AddMinutes(-6) };
        var axis = StepAxis.Of(build, Samples.Now);

        Assert.True(axis.ShowsWait);
        Assert.Equal("--x:0;--w:0.3333", axis.Style(build.SubmittedAt, build.StartedAt));
        Assert.Equal("--x:0.3333;--w:0.6667", axis.Style(build.StartedAt, build.CompletedAt!.Value));
    }

    [Fact]
    public void A_long_wait_does_not_squeeze_the_steps_to_nothing()
    {
        var build = Samples.Build(8) with { SubmittedAt = Samples.Now.AddHours(-5), StartedAt = Samples.Now.AddMinutes(-10), CompletedAt = Samples.Now.AddMinutes(-6) };

        Assert.False(StepAxis.Of(build, Samples.Now).ShowsWait);
    }

    [Fact]
    public void Warnings_are_told_at_the_step_that_counted_them_and_their_sum_above()
    {
        static StepRecord Counting(int number, long warnings) => Samples.Step(number, $"compile-{number}", BuildResult.Warnings) with { Statistics = new Dictionary<string, long> { ["warnings-count"] = warnings } };
        var log = Samples.Log(51) with { Name = "warnings (1200)", Slug = "warnings" };
        var shown = Region(Samples.Detail(Samples.Build(9, BuildResult.Warnings), Samples.Step(0, "git"), Counting(1, 1200) with { Logs = [log] }, Counting(2, 1), Counting(3, 0)));

        Assert.Equal("/logs/51", shown.Find("#step-1 .name a").GetAttribute("href"));
        Assert.Equal("1,200 warnings", shown.Find("#step-1 .name a").TextContent);
        Assert.Equal("1 warning", shown.Find("#step-2 .name .is-warnings.small").TextContent.Trim());
        Assert.Empty(shown.FindAll("#step-0 .is-warnings.small, #step-3 .is-warnings.small"));
        var sum = shown.Find(".state .is-warnings a");
        Assert.Equal(("1,201 warnings", "/builders/linux/builds/9#step-1"), (sum.TextContent, sum.GetAttribute("href")));
    }

    private IRenderedComponent<BuildRegion> Region(BuildDetail detail, params (long Log, string[] Lines)[] tails)
    {
        var logs = detail.Steps.SelectMany(s => s.Logs.Select(l => (s.Id, Log: l))).ToList();
        var view = new BuildView(detail, tails.ToDictionary(t => logs.First(l => l.Log.Id == t.Log).Id, t => new LogTail(logs.First(l => l.Log.Id == t.Log).Log, LogRow.Of([.. t.Lines.Select((x, i) => Samples.Line(i, x, LogStream.Stdout))], new AnsiReader()))));
        return Show<BuildRegion>(p => p.Add(x => x.View, view).Add(x => x.Moment, Moment));
    }
}
