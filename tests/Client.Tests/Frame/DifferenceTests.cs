using Bunit;
using Weir.App.Client.Configuration;
using Weir.Shared.Configuration;

namespace Weir.Client.Tests.Frame;

public sealed class DifferenceTests : Components
{
    [Fact]
    public void A_difference_is_read_as_a_person_would_say_it()
    {
        var shown = Show<ThingDifference>(p => p.Add(x => x.Thing, Samples.Difference()));

        Assert.Contains("changed: builder linux", Text(shown));
        Assert.Equal(["~changed: step check: timeout 20m → 30m", "+added: tags arm"], shown.FindAll("li").Select(li => string.Join(' ', li.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));
        Assert.Equal("/builders/linux", shown.Find("a").GetAttribute("href"));
    }

    [Theory]
    [InlineData(DifferenceKind.Renamed, "↦renamed: builder old → new")]
    [InlineData(DifferenceKind.Added, "+added: builder new added")]
    [InlineData(DifferenceKind.Removed, "−removed: builder new removed")]
    [InlineData(DifferenceKind.Reordered, "↕reordered: builders: another order")]
    public void What_became_of_a_thing_has_a_sign_and_a_word(DifferenceKind kind, string said) =>
        Assert.Equal(said, Text(Show<ThingDifference>(p => p.Add(x => x.Thing, new(kind, "builder", "new", kind == DifferenceKind.Renamed ? "old" : null, [])))));

    [Fact]
    public void Many_that_merely_came_are_one_line()
    {
        var shown = Show<ThingList>(p => p.Add(x => x.Things, [.. Enumerable.Range(0, 40).Select(i => new ConfigurationDifference(DifferenceKind.Added, "worker", $"w{i}", null, [])), Samples.Difference()]));

        Assert.Equal(2, shown.FindAll("ul.things > li").Count);
        Assert.Contains("40 workers added", Text(shown));
    }
}
