using FsCheck;
using FsCheck.Fluent;
using Weir.App.Client.Logs;
using Weir.Shared.Logs;

namespace Weir.Client.Tests.Logs;

public sealed class AnsiReaderTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\x1b[31mred\x1b[0m plain", "[f1]red|plain: plain")]
    [InlineData("\x1b[1;32mbold\x1b[22m not", "[f2 bo]bold|[f2] not")]
    [InlineData("\x1b[91mbright", "[f9]bright")]
    [InlineData("\x1b[41;37mground", "[b1]ground")]
    [InlineData("\x1b[7mturned\x1b[27m back", "[inv]turned|plain: back")]
    [InlineData("\x1b[4:3mcurly\x1b[4:0m none", "[un]curly|plain: none")]
    [InlineData("\x1b[38;5;9mnine", "[f9]nine")]
    [InlineData("\x1b[3;9mboth", "[it st]both")]
    [InlineData("\x1b[mreset", "reset")]
    [InlineData("\x1b[?25lhidden cursor\x1b[?25h", "hidden cursor")]
    [InlineData("\x1b]0;title\aafter a title", "after a title")]
    [InlineData("\x1b(Bcharset", "charset")]
    [InlineData("\x1bPdevice\x1b\\after", "after")]
    [InlineData("bell\a and \0nul", "bell and nul")]
    [InlineData("\x1b]unended command", "unended command")]
    [InlineData("\x1b[31", "")]
    [InlineData("\x1b", "")]
    public void A_line_becomes_spans(string line, string expected) => Assert.Equal(expected, Said(new AnsiReader().Read(line, out _)));

    [Theory]
    [InlineData("10 %\r55 %\r100 %", "100 %")]
    [InlineData("windows\r", "windows")]
    [InlineData("long text\rshort", "shorttext")]
    [InlineData("long text\rshort\x1b[K", "short")]
    [InlineData("abc\b\bX", "aXc")]
    [InlineData("abc\x1b[2K\rnew", "new")]
    [InlineData("spin |\b/\b-\b\\", "spin \\")]
    [InlineData("a\x1b[5Cb", "a     b")]
    [InlineData("abcdef\x1b[3Gx", "abxdef")]
    public void A_line_written_over_shows_its_last_state(string line, string expected) => Assert.Equal(expected, string.Concat(new AnsiReader().Read(line, out _).Select(s => s.Text)));

    [Fact]
    public void Colour_goes_on_in_the_next_line_until_it_is_reset()
    {
        var reader = new AnsiReader();

        reader.Read("\x1b[31mfirst", out _);

        Assert.Equal("[f1]second", Said(reader.Read("second", out _)));
        Assert.Equal("third", Said(reader.Read("\x1b[0mthird", out _)));
    }

    [Theory]
    [InlineData("https://example.org/a?b=c", "https://example.org/a?b=c")]
    [InlineData("http://example.org", "http://example.org/")]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("file:///etc/passwd", null)]
    [InlineData("data:text/html,x", null)]
    [InlineData("//example.org", null)]
    [InlineData("", null)]
    public void Only_links_to_the_web_are_links(string address, string? expected)
    {
        var spans = new AnsiReader().Read($"\x1b]8;id=1;{address}\x1b\\text\x1b]8;;\x1b\\ after", out _);

        Assert.Equal(expected, spans[0].Style.Link);
        Assert.Null(spans[^1].Style.Link);
        Assert.Equal("text after", string.Concat(spans.Select(s => s.Text)));
    }

    [Fact]
    public void A_line_longer_than_can_be_shown_is_cut_and_says_how_much_is_hidden()
    {
        var spans = new AnsiReader().Read(new string('x', AnsiReader.MaxShown + 250), out var hidden);

        Assert.Equal(250, hidden);
        Assert.Equal(AnsiReader.MaxShown, spans.Sum(s => s.Text.Length));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_text()
    {
        var spans = new AnsiReader().Read("😀\rx", out _);

        Assert.Equal("x\ufffd", string.Concat(spans.Select(s => s.Text)));
    }

    [Theory]
    [InlineData(0xffff78)]
    [InlineData(0x000000)]
    [InlineData(0xffffff)]
    [InlineData(0x123456)]
    [InlineData(0x808080)]
    public void Any_colour_is_legible_in_light_and_dark(int rgb)
    {
        var css = Legible.Text(rgb);

        var parts = css["light-dark(".Length..^1].Split(',').Select(c => Convert.ToInt32(c[1..], 16)).ToArray();
        Assert.True(Legible.Contrast(parts[0], 0xffffff) >= Legible.Enough, css);
        Assert.True(Legible.Contrast(parts[1], 0x14171a) >= Legible.Enough, css);
    }

    [Fact]
    public void Nothing_that_a_program_prints_can_break_it() => Prop.ForAll(Arb.From(Rubbish()), lines =>
    {
        var reader = new AnsiReader();
        foreach (var line in lines)
        {
            foreach (var span in reader.Read(line, out var hidden))
            {
                if (hidden < 0 || span.Text.Length == 0 || span.Text.Any(c => c is '\x1b' or '\r' or '\b' or '\0') || span.Style.Link?.StartsWith("javascript", StringComparison.Ordinal) == true)
                    return false;
                AnsiCss.Class(span.Style);
                AnsiCss.Style(span.Style);
            }
        }
        return true;
    }).QuickCheckThrowOnFailure();

    private static Gen<List<string>> Rubbish()
    {
        var piece = Gen.Elements("\x1b[", "\x1b]8;;", "\x1b\\", "\x1b", "38;2;300;-1;4", "48;5;999", "m", "K", "99999999999G", "C", "\r", "\b", "text", "\a", "\ud800", "\udc00", "é", "日本", ";;;;", ":::", "javascript:x", "https://a.b/", "\x9b", "\t");
        return Gen.Select(Gen.ListOf(Gen.Select(Gen.ListOf(piece), string.Concat)), list => list.ToList());
    }

    private static string Said(IReadOnlyList<AnsiSpan> spans) =>
        spans.Count == 1 && AnsiCss.Class(spans[0].Style) is null ? spans[0].Text : string.Join('|', spans.Select(s => AnsiCss.Class(s.Style) is { } c ? $"[{c}]{s.Text}" : $"plain:{s.Text}"));
}
