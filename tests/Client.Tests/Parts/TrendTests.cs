using Bunit;
using Weir.App.Client.Parts;
using Weir.Shared.Builds;

namespace Weir.Client.Tests.Parts;

public sealed class TrendTests : Components
{
    private static List<BuildMark> Marks(params int[] seconds) => [.. seconds.Select((s, i) => new BuildMark(seconds.Length - i, Samples.Now, Samples.Now + TimeSpan.FromSeconds(s), BuildResult.Success))];

    [Theory]
    [InlineData("steady", 60, 61, 60, 59, 60, 60)]
    [InlineData("100 % slower than before", 120, 120, 90, 90, 60, 60)]
    [InlineData("50 % faster than before", 30, 30, 40, 50, 60, 60)]
    public void A_trend_is_said_in_words(string said, params int[] newestFirst) => Assert.EndsWith(said, Trend.Of(Marks(newestFirst))!.Text, StringComparison.Ordinal);

    [Fact]
    public void Too_few_good_builds_make_no_trend()
    {
        Assert.Null(Trend.Of(Marks(60, 60)));
        Assert.Null(Trend.Of([.. Marks(60, 60, 60).Select(m => m with { Results = BuildResult.Failure })]));
        Assert.Empty(Show<Sparkline>(p => p.Add(x => x.Builds, [])).FindAll("svg"));
    }

    [Fact]
    public void A_line_goes_from_the_oldest_at_the_left_to_the_newest_at_the_right()
    {
        var points = Trend.Of(Marks(100, 50, 0))!.Points.Split(' ');

        Assert.Equal(["1,23", "48,12", "95,1"], points);
    }

    [Fact]
    public void One_build_that_hung_does_not_make_dots_of_the_others()
    {
        var shown = Show<BuildStrip>(p => p.Add(x => x.Builder, "linux").Add(x => x.Builds, Marks([86400, .. Enumerable.Repeat(60, 19)])));

        var builds = shown.FindAll(".strip a");
        Assert.Equal(20, builds.Count);
        Assert.All(builds, b => Assert.Equal("--h:1", b.GetAttribute("style")));
        Assert.Equal("/builders/linux/builds/20", builds[^1].GetAttribute("href"));
        Assert.Equal("#20 success, 1 d", builds[^1].GetAttribute("title"));
    }

    [Theory]
    [InlineData(1, "100 %")]
    [InlineData(0.999, "99 %")]
    [InlineData(0.001, "1 %")]
    [InlineData(0, "0 %")]
    [InlineData(0.505, "51 %")]
    public void A_percentage_is_whole_and_says_neither_all_nor_none_when_it_is_not(double share, string said) => Assert.Equal(said, Words.Percent(share));
}
