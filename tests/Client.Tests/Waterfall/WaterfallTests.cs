using System.Globalization;
using Bunit;
using Weir.App.Client.Parts;
using Weir.App.Client.Waterfall;
using Weir.Shared.Builds;

namespace Weir.Client.Tests.Waterfall;

public sealed class WaterfallTests : Components
{
    [Fact]
    public void Filter_place_zoom_and_folds_survive_copy_and_paste()
    {
        const string url = "/waterfall?project=core&branch=main&result=red&builders=a%2Cb-%2A&to=2026-11-20T03%3A00%3A00Z&z=4&open=1763600000000%2C17&fold=web%2C~&wall=1";

        Assert.Equal(url, Read(url).Url);
        Assert.Equal("/waterfall?fold=-", Read("/waterfall?fold=-").Url);
        Assert.Equal("/waterfall", Read("/waterfall").Url);
        Assert.Equal("/waterfall/table?project=core&builders=x&to=2026-11-20T03%3A00%3A00Z", Read("/waterfall?project=core&builders=x&to=2026-11-20T03%3A00%3A00Z&z=2&fold=a&result=red").TableUrl);
    }

    [Theory]
    [InlineData("z=3")]
    [InlineData("z=x&to=tomorrow&result=purple&open=x,-1&wall=maybe")]
    [InlineData("to=2099-01-01")]
    [InlineData("to=now&project=&tag=+")]
    public void What_cannot_be_read_is_left_out(string query) => Assert.Equal("/waterfall", Read("/waterfall?" + query).Url);

    [Theory]
    [InlineData("now-6h", 6)]
    [InlineData("now-2d", 48)]
    [InlineData("now-1w", 168)]
    [InlineData("2026-11-21T10:03:12Z", 4)]
    [InlineData("2026-11-21T10:03:12", 4)]
    public void A_place_is_a_time_or_so_long_ago(string to, int hoursAgo) =>
        Assert.Equal(Samples.Now.AddHours(-hoursAgo), WaterfallOptions.Read(name => name == "to" ? to : null, Samples.Now).To);

    [Fact]
    public void A_builder_that_never_built_has_its_column_and_what_waits_its_reason()
    {
        var shown = Grid(Headed(Samples.Builder("never", 9) with { Last = null, Recent = [], Waiting = 1 }, Samples.Request()));

        Assert.Contains("never built", shown.Find("#wf-head-9").TextContent);
        Assert.Contains("both workers that can build it are busy", shown.Find("#wf-wait-9 .chip").GetAttribute("title"));
        Assert.NotNull(shown.Find(".wf-col[data-c='0']"));
    }

    [Fact]
    public void A_block_carries_times_for_the_browser_and_a_place_for_the_first_paint()
    {
        var build = Samples.Build(7, BuildResult.Failure, ago: TimeSpan.FromHours(1), took: TimeSpan.FromMinutes(40));
        var block = Grid([Headed()], build).Find($"[data-b='{build.Id}']");

        Assert.Equal(build.StartedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), block.GetAttribute("data-s"));
        Assert.Contains("--y:", block.GetAttribute("style"));
        Assert.Contains("is-failure", block.ClassList);
        Assert.Contains("failure", block.GetAttribute("aria-label"));
        Assert.Contains("test", block.QuerySelector(".wf-step")!.TextContent);
    }

    [Fact]
    public void A_fragment_of_a_block_carries_times_and_no_pixels()
    {
        var shown = Show<WaterfallBlockView>(p => p.Add(x => x.Block, new WaterfallBlock(Samples.Build(), [])).Add(x => x.Event, 5).Add(x => x.Now, Samples.Now).Add(x => x.IsPlaced, false));

        Assert.Null(shown.Find("a").GetAttribute("style"));
        Assert.False(shown.Find("a").HasAttribute("hidden"));
        Assert.Equal("5", shown.Find("a").GetAttribute("data-event"));
        Assert.Equal("1", shown.Find("a").GetAttribute("data-builder"));
    }

    [Fact]
    public void What_a_cluster_took_in_is_counted_on_it_and_named_for_its_card()
    {
        var builds = Enumerable.Range(1, 12).Select(i => Samples.Build(i, i == 3 ? BuildResult.Failure : BuildResult.Success, ago: TimeSpan.FromMinutes(120) - TimeSpan.FromSeconds(10 * i), took: TimeSpan.FromSeconds(4))).ToArray();
        var live = Grid([Headed()], builds);
        var cluster = live.FindAll(".cluster").First(c => c.ClassList.Contains("is-failure"));

        Assert.Equal(cluster.GetAttribute("data-members")!.Split(',').Length, int.Parse(cluster.GetAttribute("data-count")!, CultureInfo.InvariantCulture));
        Assert.Equal(12, live.FindAll(".wf-block").Count);
        // Of a chunk of the past only what is seen is sent; every build is still named by one of them.
        var past = Chunk(Plan([Headed()], isLive: false, builds));
        Assert.Equal(12, past.FindAll(".wf-block").Sum(b => b.GetAttribute("data-members")?.Split(',').Length ?? 1));
        Assert.True(past.FindAll(".wf-block").Count < 12);
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
        Assert.All(Enum.GetValues<BuildResult>().Select(ShownStates.Of).Append(Shown.Running), s => Assert.Equal(Ranks.Of(s), Ranks.Of(Ranks.State(Ranks.Of(s)))));

    [Fact]
    public void Changes_that_stand_too_near_are_folded_into_one_mark()
    {
        var stretch = Stretch(isLive: true) with { Changes = [.. Enumerable.Range(1, 5).Select(i => Samples.Change(i) with { ReceivedAt = Samples.Now.AddHours(-1).AddSeconds(i) })] };
        var plan = new ChunkPlan(stretch, new([new(1, "linux", "core")], null), 2, []);

        Assert.Equal(4, plan.Changes.Count(c => c.IsFolded));
        Assert.Equal(4, Assert.Single(plan.Changes, c => !c.IsFolded).More);
    }

    [Fact]
    public void Many_builders_begin_folded_by_project_and_the_address_can_say_otherwise()
    {
        BuilderPlace[] places = [.. Enumerable.Range(1, 500).Select(i => new BuilderPlace(i, $"b{i}", $"p{i % 20}"))];

        var usual = new WaterfallColumns(places, null);
        Assert.Equal(20, usual.All.Count);
        Assert.Equal(500, usual.All.Sum(c => c.Members.Count));
        var one = new WaterfallColumns(places, usual.Toggled(usual.Groups[3]));
        Assert.Equal(19 + 25, one.All.Count);
        Assert.Equal(usual.Groups[3].Project, one.All[3].Builder!.Project);
        Assert.Equal(500, new WaterfallColumns(places, []).All.Count);
        Assert.NotEqual(usual.Version, one.Version);
        Assert.Equal(usual.Version, new WaterfallColumns(places, null).Version);
    }

    [Fact]
    public void A_folded_project_shows_the_worst_that_ended_in_each_slot()
    {
        BuildSummary[] builds = [Build(1, 1, BuildResult.Success, 60), Build(2, 2, BuildResult.Failure, 60), Build(1, 3, BuildResult.Success, 20), Build(2, 4, null, 10)];
        var heads = new[] { Headed(Samples.Builder("a", 1)), Headed(Samples.Builder("b", 2)), Headed(Samples.Builder("c", 3) with { Project = "web" }) };
        var plan = new ChunkPlan(Stretch(true, builds), new([.. heads.Select(h => new BuilderPlace(h.Builder.Id, h.Builder.Name, h.Builder.Project))], ["core"]), 2, []);

        var cells = Chunk(plan).FindAll(".wf-cell");

        Assert.Equal(["2", "1"], cells.Select(c => c.TextContent));
        Assert.Contains("is-failure", cells[0].ClassList);
        Assert.Contains("is-success", cells[1].ClassList);
    }

    [Fact]
    public void The_scale_of_a_busy_day_is_a_few_knots()
    {
        var random = new Random(5);
        BuildSummary[] builds = [.. Enumerable.Range(1, 3000).Select(i => Samples.Build(i, ago: TimeSpan.FromMinutes(random.NextDouble() * 350), took: TimeSpan.FromSeconds(random.Next(5, 1200))))];
        var plan = Plan([Headed()], isLive: true, [.. builds.Where(b => b.CompletedAt < Samples.Now)]);

        Assert.InRange(plan.Axis.Knots.Count, 2, 60);
        Assert.Equal(plan.Stretch.Facts.Count, plan.Facts.Count(c => c == ';'));
    }

    [Theory]
    [InlineData("red", BuildResult.Failure, true)]
    [InlineData("red", BuildResult.Success, false)]
    [InlineData("exception", BuildResult.Exception, true)]
    [InlineData("running", BuildResult.Success, false)]
    [InlineData(null, BuildResult.Success, true)]
    public void Builders_are_chosen_by_their_last_result(string? wanted, BuildResult last, bool shown) =>
        Assert.Equal(shown, StateFilter.Matches(wanted, Samples.Builder() with { Last = Samples.Build(7, last) }));

    [Fact]
    public async Task A_page_that_was_told_bit_by_bit_knows_what_a_fresh_one_knows() =>
        Assert.Equal("", await AxisCases.RunNode("facts-cases.ts", Xunit.TestContext.Current.CancellationToken));

    private static WaterfallOptions Read(string url)
    {
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(url.Contains('?', StringComparison.Ordinal) ? url[url.IndexOf('?', StringComparison.Ordinal)..] : "");
        return WaterfallOptions.Read(name => query.TryGetValue(name, out var value) ? value.ToString() : null, Samples.Now);
    }

    private static BuildSummary Build(long builder, int number, BuildResult? result, int endedAgo) =>
        Samples.Build(number, result, ago: TimeSpan.FromMinutes(endedAgo + 5), took: TimeSpan.FromMinutes(5)) with { BuilderId = builder };

    private static WaterfallBuilder Headed(BuilderSummary? builder = null, params Weir.Shared.Queue.RequestSummary[] waiting) => new(builder ?? Samples.Builder(), waiting);

    private static WaterfallStretch Stretch(bool isLive, params BuildSummary[] builds) => new()
    {
        From = Samples.Now.AddHours(-6),
        To = Samples.Now,
        Now = isLive ? Samples.Now : Samples.Now.AddHours(1),
        IsLive = isLive,
        HasOlder = false,
        Facts = [.. builds.Select(b => new BuildFact(b.Id, b.BuilderId, b.StartedAt, b.CompletedAt, b.Results)).OrderBy(f => f.StartedAt)],
        Blocks = [.. builds.OrderByDescending(b => b.StartedAt).Select(b => new WaterfallBlock(b, [new(0, "test", b.StartedAt, b.CompletedAt, b.Results)]))],
        Counts = [],
        Changes = [],
    };

    private static ChunkPlan Plan(IReadOnlyList<WaterfallBuilder> heads, bool isLive, params BuildSummary[] builds) =>
        new(Stretch(isLive, builds), new([.. heads.Select(h => new BuilderPlace(h.Builder.Id, h.Builder.Name, h.Builder.Project))], null), 2, []);

    private IRenderedComponent<WaterfallChunk> Chunk(ChunkPlan plan) =>
        Show<WaterfallChunk>(p => p.Add(x => x.Plan, plan).Add(x => x.Options, new WaterfallOptions()).Add(x => x.Tiles, [0]).Add(x => x.Moment, Moment));

    private IRenderedComponent<WaterfallGrid> Grid(params WaterfallBuilder[] heads) => Grid(heads, []);

    private IRenderedComponent<WaterfallGrid> Grid(IReadOnlyList<WaterfallBuilder> heads, params BuildSummary[] builds)
    {
        var plan = Plan(heads, true, builds);
        var head = new WaterfallHead { Now = Samples.Now, Builders = heads, Projects = [], Tags = [], All = heads.Count };
        var screen = new WaterfallScreen { Options = new(), Head = head, Builders = heads, Columns = plan.Columns, Zoom = 2, Chunks = [plan], Tiles = [0] };
        return Show<WaterfallGrid>(p => p.Add(x => x.Screen, screen).Add(x => x.Moment, Moment));
    }
}
