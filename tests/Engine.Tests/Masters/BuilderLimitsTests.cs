using Weir.Engine.Masters;

namespace Weir.Engine.Tests.Masters;

public sealed class BuilderLimitsTests
{
    public static TheoryData<string[], string[], string, string[], bool> Cases => new()
    {
        { [], [], "lib", [], true },
        { ["lib"], [], "lib", [], true },
        { ["lib"], [], "lib2", [], false },
        { ["rust-*", "docs"], [], "rust-nightly", [], true },
        { ["rust-*", "docs"], [], "go", ["rust-"], false },
        { [], ["arm"], "lib", ["x64", "arm"], true },
        { [], ["arm"], "lib", [], false },
        { [], ["arm*"], "lib", ["arm64"], true },
        { ["docs"], ["arm"], "lib", ["arm"], true },
        { ["docs"], ["arm"], "docs", [], true },
        { ["docs"], ["arm"], "lib", ["x64"], false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_builder_is_allowed_by_its_name_or_by_one_of_its_tags(string[] names, string[] tags, string builder, string[] itsTags, bool allowed) =>
        Assert.Equal(allowed, new BuilderLimits(names, tags).Allow(builder, itsTags));

    [Fact]
    public void Limits_are_said_in_words()
    {
        Assert.Equal("all builders", BuilderLimits.None.InWords);
        Assert.Equal("the builders rust-*, go and docs", new BuilderLimits(["rust-*", "go", "docs"], []).InWords);
        Assert.Equal("builders tagged arm or x64", new BuilderLimits([], ["arm", "x64"]).InWords);
        Assert.Equal("the builders docs, and those tagged arm", new BuilderLimits(["docs"], ["arm"]).InWords);
    }
}
