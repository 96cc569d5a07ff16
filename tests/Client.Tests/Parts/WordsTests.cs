using System.Text.Json.Nodes;
using Weir.App.Client.Parts;
using Weir.Client.Tests.Waterfall;

namespace Weir.Client.Tests.Parts;

public sealed class WordsTests
{
    private static readonly JsonNode Cases = JsonNode.Parse(File.ReadAllText(Path.Combine(AxisCases.Folder, "..", "Parts", "words-cases.json")))!;

    [Fact]
    public void Durations_and_ages_are_said_as_people_say_them()
    {
        foreach (var c in Cases["durations"]!.AsArray())
            Assert.Equal(c![1]!.GetValue<string>(), Words.Duration(TimeSpan.FromMilliseconds(c[0]!.GetValue<double>())));
        foreach (var c in Cases["ages"]!.AsArray())
            Assert.Equal(c![1]!.GetValue<string>(), Words.Ago(Samples.Now - TimeSpan.FromMilliseconds(c[0]!.GetValue<double>()), Samples.Now));
    }

    [Fact]
    public async Task TypeScript_says_the_same() =>
        Assert.Equal("", await AxisCases.RunNode(Path.Combine("..", "Parts", "words-cases.ts"), TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", "a1b2c3d4e")]
    [InlineData("r1234", "r1234")]
    [InlineData(null, "")]
    public void A_hash_is_shortened_and_nothing_else(string? revision, string shown) => Assert.Equal(shown, Words.Revision(revision));

    [Theory]
    [InlineData("Ann <ann@example.org>", "Ann")]
    [InlineData("ann@example.org", "ann@example.org")]
    [InlineData("<ann@example.org>", "<ann@example.org>")]
    public void A_person_is_shown_without_the_address(string author, string shown) => Assert.Equal(shown, Words.Person(author));

    [Theory]
    [InlineData("\"text\"", "text")]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    [InlineData("4", "4")]
    [InlineData("broken", "broken")]
    public void A_value_is_shown_without_needless_quotes(string json, string shown) => Assert.Equal(shown, Words.Json(json));

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1, "1 byte")]
    [InlineData(2048, "2 KiB")]
    [InlineData(210_000_000, "200.3 MiB")]
    public void Sizes_are_said_in_powers_of_two(long bytes, string shown) => Assert.Equal(shown, Words.Bytes(bytes));
}
