using Weir.Engine.Configuration;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration;

public sealed class WorkerMatchingTests
{
    [Theory]
    [InlineData("", "", true)]
    [InlineData("attic", "", true)]
    [InlineData("cellar,attic", "", true)]
    [InlineData("cellar", "", false)]
    [InlineData("", "linux", true)]
    [InlineData("", "linux,x64", true)]
    [InlineData("", "linux,arm", false)]
    [InlineData("cellar", "linux", true)]
    [InlineData("attic", "arm", true)]
    [InlineData("cellar", "arm", false)]
    [InlineData("att*", "", true)]
    public void A_worker_needs_one_of_the_names_or_all_of_the_tags(string names, string tags, bool expected) =>
        Assert.Equal(expected, WorkerMatching.Matches(new WorkerSelector { Names = Split(names), Tags = Split(tags) }, "attic", ["linux", "x64"]));

    [Theory]
    [InlineData("*", "anything", true)]
    [InlineData("*", "", true)]
    [InlineData("a*", "a", true)]
    [InlineData("a*", "ba", false)]
    [InlineData("*-arm", "board-1-arm", true)]
    [InlineData("*-arm", "board-arm-2", false)]
    [InlineData("board-*-arm", "board-1-2-arm", true)]
    [InlineData("board-*-arm", "board-arm", false)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("*a*b*", "xxbxxaxx", false)]
    [InlineData("a**b", "ab", true)]
    [InlineData("*aab", "aaab", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("a?c", "abc", false)]
    public void A_star_stands_for_any_characters(string pattern, string name, bool expected) => Assert.Equal(expected, WorkerMatching.MatchesName(pattern, name));

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
