using System.Diagnostics;
using Weir.Engine.Changes;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Changes;

public sealed class ChangeFilterTests
{
    private static ChangeRecord Change(string? branch = "main", params string[] files) => new()
    {
        Id = 1, Author = "Ann <ann@example.org>", Codebase = "lib", Project = "gst", Branch = branch, Category = "push", Comments = "", Files = files,
        When = DateTimeOffset.UnixEpoch, ReceivedAt = DateTimeOffset.UnixEpoch,
    };

    [Theory]
    [InlineData("main", "main", true)]
    [InlineData("main", "main2", false)]
    [InlineData("main", "Main", false)]
    [InlineData("*", "release/1", false)]
    [InlineData("**", "release/1", true)]
    [InlineData("release/*", "release/1.0", true)]
    [InlineData("release/*", "release/1/x", false)]
    [InlineData("release/[0-9].?", "release/1.x", true)]
    [InlineData("release/[!0-9]*", "release/1.0", false)]
    [InlineData("{main,stable}", "stable", true)]
    [InlineData("c++/*", "c++/x", true)]
    [InlineData("a.b*", "axb", false)]
    [InlineData("src/**/x.c", "src/x.c", true)]
    [InlineData("src/**/x.c", "src/a/b/x.c", true)]
    [InlineData("**/*.c", "x.c", true)]
    [InlineData("src/**", "src/a/b", true)]
    [InlineData("src/**", "srcs/a", false)]
    [InlineData("[", "[", true)]
    [InlineData("a{b", "a{b", true)]
    [InlineData("ünï*", "ünïcode", true)]
    [InlineData("*", "a\nb", true)]
    public void A_pattern_matches_whole_names(string pattern, string name, bool matches) => Assert.Equal(matches, new Glob(pattern).Matches(name));

    [Fact]
    public void A_nasty_pattern_takes_linear_time()
    {
        var watch = Stopwatch.StartNew();
        Assert.False(new Glob(string.Concat(Enumerable.Repeat("**a", 30)) + "b").Matches(new string('a', 4000)));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void All_given_conditions_must_hold()
    {
        var filter = new ChangeFilterConfiguration { Codebases = ["lib"], Branches = ["main", "release/*"], Projects = ["gst"], Authors = ["*@example.org*"], Categories = ["push"] };

        Assert.True(ChangeFilter.Matches(filter, Change()));
        Assert.True(ChangeFilter.Matches(filter, Change("release/1")));
        Assert.False(ChangeFilter.Matches(filter, Change("other")));
        Assert.False(ChangeFilter.Matches(filter, Change(null)));
        Assert.False(ChangeFilter.Matches(filter, Change() with { Codebase = null }));
        Assert.False(ChangeFilter.Matches(filter, Change() with { Project = "x" }));
        Assert.False(ChangeFilter.Matches(filter, Change() with { Author = "Bob" }));
        Assert.False(ChangeFilter.Matches(filter, Change() with { Category = null }));
        Assert.True(ChangeFilter.Matches(new(), Change(null) with { Codebase = null, Category = null }));
    }

    [Fact]
    public void The_last_pattern_that_matches_a_file_decides()
    {
        string[] patterns = ["src/**", "!src/docs/**", "src/docs/api.md"];

        Assert.True(Wanted("src/a.c"));
        Assert.False(Wanted("src/docs/x.md"));
        Assert.True(Wanted("src/docs/api.md"));
        Assert.False(Wanted("README"));
        Assert.True(Wanted("README", "src/a.c"));
        Assert.True(Wanted());
        Assert.True(ChangeFilter.IsImportant(patterns, Change("main", "README") with { FilesCut = true }));
        Assert.True(ChangeFilter.IsImportant(["!docs/**"], Change("main", "src/a.c")));
        Assert.False(ChangeFilter.IsImportant(["!docs/**"], Change("main", "docs/a")));

        bool Wanted(params string[] files) => ChangeFilter.IsImportant(patterns, Change("main", files));
    }
}
