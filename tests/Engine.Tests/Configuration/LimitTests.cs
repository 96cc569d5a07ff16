using System.Diagnostics;
using System.Text;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration;

/// <summary>Texts that were made to do harm: each is refused with words, in bounded time.</summary>
public sealed class LimitTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_bomb_of_aliases_is_refused_at_the_alias_that_is_too_much()
    {
        var text = new StringBuilder("weir: 1\nx-0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 9; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"x-{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n");

        var problem = Assert.Single(Read(text.ToString()));

        Assert.Equal("weir.yaml:7:16: The part has more than 200,000 values, with what its aliases stand for.", problem.ToString());
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Deep_nesting_is_refused_without_recursion(string opener)
    {
        var problem = Assert.Single(Read("weir: 1\nx-a:\n  " + string.Concat(Enumerable.Repeat(opener, 10_000))));

        Assert.Contains("deeper than 64", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_do_not_hide_depth()
    {
        var text = new StringBuilder("weir: 1\nx-0: &a0 [x]\n");
        for (var i = 1; i < 70; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"x-{i}: &a{i} [*a{i - 1}]\n");

        Assert.Contains(Read(text.ToString()), p => p.Message.Contains("deeper than 64", StringComparison.Ordinal));
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused()
    {
        Assert.Equal("A part may have at most 8 MiB.", Assert.Single(Read("weir: 1\n#" + new string('x', 8 * 1024 * 1024))).Message);
        Assert.Contains("at most 250 are allowed", Assert.Single(Read("weir: 1\ntitle: " + new string('x', 5_000_000))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_builders_are_refused_and_many_are_read()
    {
        Assert.Contains(Read(Many(10_001)), p => p.Message == "At most 10,000 are allowed here, not 10,001.");
        Assert.Empty(Read(Many(5_000)));

        static string Many(int count) => "weir: 1\nworkers: { w: {} }\nbuilders:\n" + string.Concat(Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"  b{i}: {{ steps: [ run: 'make ${{{{ properties.branch }}}}' ] }}\n")));
    }

    [Fact]
    public void A_flood_of_problems_is_cut()
    {
        var problems = Read("weir: 1\nprojects:\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => FormattableString.Invariant($"  p{i}: {{ x: 1 }}\n"))));

        Assert.Equal(201, problems.Count);
        Assert.Equal("… and 4800 more problems.", problems[^1].Message);
    }

    [Fact]
    public void Parts_are_merged_and_a_name_defined_twice_names_both_places()
    {
        var problems = ConfigurationReader.Read([
            new("a.yaml", "weir: 1\ntitle: A\nworkers: { w: {} }\n"),
            new("b.yaml", "weir: 1\ntitle: B\nworkers:\n  w: {}\n  v: { x: 1 }\n"),
            new("c.yaml", "builders: { b: { steps: [ run: x ], project: p } }\n"),
        ]).Problems;

        Assert.Equal(
        [
            "b.yaml:2:1: title: \"title\" is defined twice: here and at a.yaml:2:1.",
            "b.yaml:4:3: workers.w: \"w\" is defined twice: here and at a.yaml:3:12.",
            "b.yaml:5:8: workers.v.x: A worker has no key \"x\". It has was, maxBuilds, tags, properties, missingAfter, availability.",
            "c.yaml:1:1: The key \"weir\" is missing: The version of this format: 1.",
            "c.yaml:1:46: builders.b.project: There is no project \"p\".",
        ], problems.Select(p => p.ToString()));
    }

    [Fact]
    public void No_parts_and_empty_parts_are_refused()
    {
        Assert.NotEmpty(ConfigurationReader.Read([]).Problems);
        Assert.Equal("weir.yaml:1:1: A configuration is a map that starts with \"weir: 1\"; this file holds none.", Assert.Single(Read("")).ToString());
        Assert.Equal(["x:1:1: 2 parts have this name.", "part 3:1:1: A part's name is one line of 1 to 250 characters."], ConfigurationReader.Read([new("x", "weir: 1"), new("x", "weir: 1"), new("a\nb", "weir: 1")]).Problems.Select(p => p.ToString()).Order(StringComparer.Ordinal).Reverse());
        Assert.NotEmpty(Read("# nothing\n"));
        Assert.NotEmpty(Read("--- ~"));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0 }, 1, 1, "UTF-16")]
    [InlineData(new byte[] { 0x61, 0x0A, 0x62, 0xE9, 0x0A }, 2, 2, "The byte 0xE9 at offset 3 is not UTF-8")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, 1, 1, "The byte 0xED at offset 0 is not UTF-8")]
    [InlineData(new byte[] { 0x61, 0xC3 }, 1, 2, "The byte 0xC3 at offset 1 is not UTF-8")]
    public void Bytes_that_are_no_UTF8_are_refused_with_their_offset(byte[] bytes, int line, int column, string message)
    {
        var (_, problem) = SourceText.Decode("x", bytes);

        Assert.Equal((line, column), (problem!.Line, problem.Column));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_at_the_start_is_taken_off()
    {
        var (part, problem) = SourceText.Decode("x", [0xEF, 0xBB, 0xBF, .. "weir: 1"u8]);

        Assert.Null(problem);
        Assert.Equal("weir: 1", part.Text);
    }

    private static IReadOnlyList<ConfigurationProblem> Read(string text)
    {
        var started = Stopwatch.GetTimestamp();
        var problems = ConfigurationReader.Read(Samples.Part(text)).Problems;
        Assert.True(Stopwatch.GetElapsedTime(started) < Soon, "It took too long.");
        return problems;
    }
}
