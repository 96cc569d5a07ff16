using Bunit;
using Weir.App.Client.Home;
using Weir.Shared.Builds;

namespace Weir.Client.Tests.Home;

public sealed class HomeRegionTests : Components
{
    private static readonly HomeView Quiet = new() { Builders = [Samples.Builder()], Red = [], Running = [], Recent = [Samples.Build()], Waiting = 0, Attention = [] };

    [Fact]
    public void When_all_is_well_it_says_so() =>
        Assert.Contains("Nothing is red in 1 builder; nothing runs; nothing waits.", Sentence(Quiet));

    [Fact]
    public void What_is_red_is_told_with_change_author_step_and_last_good()
    {
        var failed = Samples.Build(9, BuildResult.Failure);
        var view = Quiet with
        {
            Red = [new(Samples.Builder() with { Last = failed }, failed, Samples.Change(), "test", Samples.Build(7))],
            Running = [Samples.Build(10, null)],
            Waiting = 4,
            OldestWaitingSince = Samples.Now.AddMinutes(-6),
        };

        var text = Sentence(view);
        Assert.Contains("1 builder red since a1b2c3d4e Fix the parser by Ann Example", text);
        Assert.Contains("1 build runs; 4 requests wait, the oldest for 6 min.", text);
        var shown = Region(view);
        Assert.Contains("failed in test", Text(shown));
        Assert.Contains("last good #7", Text(shown));
    }

    [Fact]
    public void An_installation_without_builders_leads_to_the_configuration()
    {
        var shown = Region(Quiet with { Builders = [], Recent = [] });

        Assert.Contains("No builder is configured yet", Text(shown));
        Assert.NotEmpty(shown.FindAll("a[href='/configuration']"));
    }

    [Fact]
    public void A_builder_that_never_built_is_on_the_map() =>
        Assert.Contains("linux: never built", Region(Quiet with { Builders = [Samples.Builder() with { Last = null, Recent = [] }] }).Find(".squares a").GetAttribute("title"));

    [Fact]
    public void A_person_sees_her_changes_and_builds_and_is_told_what_makes_them_hers()
    {
        var full = Show<MyWorkRegion>(p => p.Add(x => x.Work, new MyWork([Samples.Change()], [Samples.Build(9, BuildResult.Failure), Samples.Build(10, null)])).Add(x => x.User, "ann").Add(x => x.Moment, Moment));
        Assert.Equal("/changes/11", full.Find("[aria-labelledby=my-changes] a").GetAttribute("href"));
        Assert.Equal(["/builders/linux/builds/9", "/builders/linux/builds/10"], full.FindAll("[aria-labelledby=my-builds] a").Select(a => a.GetAttribute("href")));
        Assert.NotNull(full.Find("[data-live=buildsets]").GetAttribute("data-refresh"));

        var empty = Show<MyWorkRegion>(p => p.Add(x => x.Work, new MyWork([], [])).Add(x => x.User, "ann").Add(x => x.Moment, Moment));
        Assert.Contains("its author is called ann", empty.Markup);
    }

    private IRenderedComponent<HomeRegion> Region(HomeView view) => Show<HomeRegion>(p => p.Add(x => x.View, view).Add(x => x.Moment, Moment));

    private string Sentence(HomeView view) => Text(Show<HomeSentence>(p => p.Add(x => x.View, view).Add(x => x.Moment, Moment))).Replace(" ;", ";", StringComparison.Ordinal).Replace(" ,", ",", StringComparison.Ordinal);
}
