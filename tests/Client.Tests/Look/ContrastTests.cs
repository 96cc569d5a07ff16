using System.Globalization;
using System.Text.RegularExpressions;
using Weir.App.Client.Logs;
using Weir.App.Client.Parts;

namespace Weir.Client.Tests.Look;

/// <summary>Recomputes from tokens.css what can be read on what, so that nobody breaks it by taste.</summary>
public sealed partial class ContrastTests
{
    private static readonly Dictionary<string, (int Light, int Dark)> Tokens = Read();

    public static TheoryData<string> States => [.. Enum.GetValues<Shown>().Select(s => s.Word())];

    [Theory]
    [MemberData(nameof(States))]
    public void A_state_can_be_read_on_its_fill_and_its_ink_on_any_surface(string state)
    {
        Holds($"{state}-on", $"{state}-fill", 4.5);
        Holds($"{state}-edge", "surface-1", 3);
        Holds($"{state}-edge", "surface-0", 3);
        Holds($"{state}-ink", "surface-1", 4.5);
        Holds($"{state}-ink", "surface-0", 4.5);
    }

    [Theory]
    [InlineData("text", 12)]
    [InlineData("text-muted", 5.5)]
    [InlineData("link", 5.4)]
    [InlineData("control-border", 3)]
    public void Text_and_controls_can_be_seen_on_both_surfaces(string token, double least)
    {
        Holds(token, "surface-0", least);
        Holds(token, "surface-1", least);
    }

    [Fact]
    public void Colours_of_logs_can_be_read()
    {
        for (var i = 1; i < 16; i++)
            Holds($"ansi-{i.ToString(CultureInfo.InvariantCulture)}", "surface-0", 4.5);
        Holds("ansi-0", "surface-0", 3);
    }

    [Fact]
    public void No_two_fills_are_the_same()
    {
        var fills = Enum.GetValues<Shown>().Select(s => Tokens[$"{s.Word()}-fill"]).ToList();
        Assert.Equal(fills.Count, fills.Select(f => f.Light).Distinct().Count());
        Assert.Equal(fills.Count, fills.Select(f => f.Dark).Distinct().Count());
    }

    private static void Holds(string token, string on, double least)
    {
        var (a, b) = (Tokens[token], Tokens[on]);
        // The table has one decimal; so has this.
        Assert.True(Math.Round(Legible.Contrast(a.Light, b.Light), 1) >= least, $"{token} on {on}, light: {Legible.Contrast(a.Light, b.Light):0.00}");
        Assert.True(Math.Round(Legible.Contrast(a.Dark, b.Dark), 1) >= least, $"{token} on {on}, dark: {Legible.Contrast(a.Dark, b.Dark):0.00}");
    }

    private static Dictionary<string, (int, int)> Read() =>
        Token().Matches(File.ReadAllText(Path.Combine(Waterfall.AxisCases.ScriptFolder, "..", "Look", "tokens.css")))
            .ToDictionary(m => m.Groups[1].Value, m => (Hex(m.Groups[2].Value), Hex(m.Groups[3].Value)));

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex("--([a-z0-9-]+): light-dark\\(#([0-9a-f]{6}), #([0-9a-f]{6})\\);")]
    private static partial Regex Token();
}
