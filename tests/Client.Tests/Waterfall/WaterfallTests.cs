using Bunit;
using Weir.App.Client.Parts;
using Weir.App.Client.Waterfall;
using Weir.Shared.Builds;

namespace Weir.Client.Tests.Waterfall;

public sealed class WaterfallTests : Components
{
    [Theory]
    [InlineData("6h", "/waterfall")]
    [InlineData("90m", "/waterfall?span=90m")]
    [InlineData("3d", "/waterfall?span=3d")]
    [InlineData("100d", "/waterfall?span=31d")]
    [InlineData("1m", "/waterfall?span=10m")]
    [InlineData("nonsense", "/waterfall")]
    [InlineData("99999999999h", "/waterfall")]
    public void A_span_survives_its_address_and_a_wrong_one_is_the_usual(string span, string url) => Assert.Equal(url, Options(span: span).Url);

    [Fact]
    public void Place_filter_and_zoom_survive_copy_and_paste()
    {
        var url = WaterfallOptions.Read("core", null, "main", "a,b", "1d", "2026-11-20T03:00:00Z", "4", "1763600000000,17").Url;

        Assert.Equal("/waterfall?project=core&branch=main&builders=a%2Cb&span=1d&to=2026-11-20T03%3A00%3A00Z&z=4&open=1763600000000%2C17", url);
    }

    [Theory]
    [InlineData("3", null)]
    [InlineData("4", 4.0)]
    [InlineData("x", null)]
    public void Only_known_zooms_count(string zoom, double? known) => Assert.Equal(known, WaterfallOptions.Read(null, null, null, null, null, null, zoom, null).Zoom);

    [Fact]
    public void A_builder_that_never_built_has_its_column_and_what_waits_its_reason()
    {
        var shown = Grid(new WaterfallColumn(Samples.Builder("never", 9) with { Last = null, Recent = [] }, [Samples.Request()], []));

        Assert.Contains("never built", shown.Find("#wf-head-9").TextContent);
        Assert.Contains("both workers that can build it are busy", shown.Find("#wf-wait-9 .chip").GetAttribute("title"));
        Assert.NotNull(shown.Find("#wf-col-9"));
    }

    [Fact]
    public void A_block_carries_times_for_the_browser_and_a_place_for_the_first_paint()
    {
        var build = Samples.Build(7, BuildResult.Failure, ago: TimeSpan.FromHours(1), took: TimeSpan.FromMinutes(20));
        var block = Grid(Column(build)).Find($"#wf-{build.Id}");

        Assert.Equal(build.StartedAt.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture), block.GetAttribute("data-s"));
        Assert.Contains("--y:", block.GetAttribute("style"));
        Assert.Contains("is-failure", block.ClassList);
        Assert.Contains("failure", block.TextContent);
        Assert.Contains("test", block.QuerySelector(".wf-step")!.TextContent);
    }

    [Fact]
    public void A_fragment_of_a_block_carries_times_and_no_pixels()
    {
        var shown = Show<WaterfallBlockView>(p => p.Add(x => x.Block, new WaterfallBlock(Samples.Build(), [])).Add(x => x.Event, 5).Add(x => x.Now, Samples.Now).Add(x => x.IsPlaced, false));

        Assert.Null(shown.Find("a").GetAttribute("style"));
        Assert.False(shown.Find("a").HasAttribute("hidden"));
        Assert.Equal("5", shown.Find("a").GetAttribute("data-event"));
    }

    [Fact]
    public void What_a_cluster_took_in_is_in_the_table_for_who_does_not_see_it()
    {
        var builds = Enumerable.Range(1, 12).Select(i => Samples.Build(i, i == 3 ? BuildResult.Failure : BuildResult.Success, ago: TimeSpan.FromMinutes(120) - TimeSpan.FromSeconds(10 * i), took: TimeSpan.FromSeconds(4))).ToArray();
        var shown = Grid(Column(builds));
        var cluster = shown.FindAll(".cluster").First(c => c.ClassList.Contains("is-failure"));

        Assert.True(int.Parse(cluster.GetAttribute("data-members")!, System.Globalization.CultureInfo.InvariantCulture) > 1);
        Assert.Equal(12, shown.FindAll(".wf-block").Count);
        var table = Show<WaterfallTable>(p => p.Add(x => x.View, View(Column(builds))));
        Assert.Equal(12, table.FindAll("td a").Count);
    }

    [Fact]
    public void Of_many_steps_the_failed_one_is_always_on_the_rail()
    {
        var build = Samples.Build(7, BuildResult.Failure);
        var steps = Enumerable.Range(0, 40).Select(i => new StepBand(i, $"s{i}", build.StartedAt.AddSeconds(i), build.StartedAt.AddSeconds(i + 1), i == 39 ? BuildResult.Failure : BuildResult.Success)).ToList();

        var data = StepBands.Data(new(build, steps));

        Assert.Equal(8, data.Split(';').Length);
        Assert.EndsWith("failure", data);
    }

    [Fact]
    public void Every_rank_that_a_cluster_can_have_is_a_state() =>
        Assert.All(Enum.GetValues<BuildResult>().Select(ShownStates.Of).Append(Shown.Running), s => Assert.Equal(WaterfallPlan.Rank(s), WaterfallPlan.Rank(WaterfallPlan.OfRank(WaterfallPlan.Rank(s)))));

    [Fact]
    public void Changes_that_stand_too_near_are_folded_into_one_mark()
    {
        var plan = new WaterfallPlan(View(Column()) with { Changes = [.. Enumerable.Range(1, 5).Select(i => Samples.Change(i) with { ReceivedAt = Samples.Now.AddHours(-1).AddSeconds(i) })] }, 2, []);

        Assert.Equal(4, plan.Changes.Count(c => c.IsFolded));
        Assert.Equal(4, Assert.Single(plan.Changes, c => !c.IsFolded).More);
    }

    private static WaterfallOptions Options(string? span = null) => WaterfallOptions.Read(null, null, null, null, span, null, null, null);

    private static WaterfallColumn Column(params BuildSummary[] builds) => new(Samples.Builder(), [],
        [.. builds.OrderByDescending(b => b.StartedAt).Select(b => new WaterfallBlock(b, [new(0, "test", b.StartedAt, b.CompletedAt, b.Results)]))]);

    private static WaterfallView View(params WaterfallColumn[] columns) => new() { From = Samples.Now.AddHours(-6), To = Samples.Now, Now = Samples.Now, Columns = columns, Changes = [] };

    private IRenderedComponent<WaterfallGrid> Grid(params WaterfallColumn[] columns)
    {
        var view = View(columns);
        return Show<WaterfallGrid>(p => p.Add(x => x.View, view).Add(x => x.Plan, new WaterfallPlan(view, 2, [])).Add(x => x.Options, Options()).Add(x => x.Moment, Moment));
    }
}
