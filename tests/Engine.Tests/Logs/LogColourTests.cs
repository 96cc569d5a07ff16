using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Logs;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Engine.Tests.Logs;

/// <summary>Wherever one begins to read, the colours are those of who read from the start.</summary>
public sealed class LogColourTests
{
    private static readonly string[] Golden =
    [
        "plain", "\x1b[31mred begins", "still red", "", "\x1b[1mred and bold", "\x1b[38;2;10;200;30mtrue green, bold", "\x1b]8;;https://example.org/x\x1b\\a link", "goes on\x1b[4m underlined",
        "\x1b]8;;\x1b\\no link", "\x1b[0mnothing", "a\x1b[7mb", "turned\x1b[27m\x1b[45m", "on a ground\rover", "broken \x1b[3", "\x1b[mend",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task Colours_are_right_across_all_borders_of_chunks(int size)
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var build = await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision());
        var log = await rows.LogOf(build, [.. Golden.Select(l => Rows.Line(l)).Chunk(size)]);
        var queries = new LogQueries(store.Database);
        var reader = new AnsiReader();
        var whole = Golden.Select(l => Said(reader, l)).ToArray();

        for (var first = 0; first < Golden.Length; first++)
        {
            var part = await queries.Part(log, first, 100, CancellationToken.None);
            var own = new AnsiReader(part.Style);
            Assert.Equal(whole[first..], part.Lines.Select(l => Said(own, l.Text)));
        }
        Assert.Empty((await queries.Part(log, 100, 10, CancellationToken.None)).Lines);
        Assert.Equal(1, await StoreCalls.Of(() => queries.Part(log, 5, 3, CancellationToken.None)));
    }

    [Fact]
    public void The_style_that_a_line_leaves_on_is_the_readers_whatever_the_line_is() => Prop.ForAll(Arb.From(Rubbish()), lines =>
    {
        var (reader, style) = (new AnsiReader(), AnsiStyle.Plain);
        foreach (var line in lines)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(line);
            style = AnsiSequence.After(style, bytes);
            reader.Read(System.Text.Encoding.UTF8.GetString(bytes), out _);
            var probe = reader.Read("x", out _);
            if (probe[0].Style != style)
                return false;
            // The probe itself leaves the style as it is.
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_border_holds_the_style_and_the_marks_and_nothing_where_there_is_nothing()
    {
        var border = new LogBorder();
        border.Add(LogStream.Stdout, 0, "plain"u8);
        Assert.Empty(border.Take());
        border.Add(LogStream.Stdout, 5, "\u001b[1;31;48;5;200mred"u8);
        border.Add(LogStream.Stdout, 70, "::group::Compile"u8);
        border.Add(LogStream.Header, 0, "::group::said by Weir itself"u8);
        border.Add(LogStream.Stderr, 300, "##[error]no rivets"u8);
        var marked = border.Take();
        border.Add(LogStream.Stdout, 0, "still"u8);
        var after = border.Take();

        Assert.Equal(AnsiStyle.Plain, LogBorder.StyleOf(marked));
        Assert.Equal([new(1001, 75 + 40, LogMarkKind.GroupBegin), new(1003, 375 + 40, LogMarkKind.Error)], LogBorder.Marks(LogBorder.MarksOf(marked), 1000, 40));
        Assert.Equal((1, AnsiFlags.Bold), (LogBorder.StyleOf(after).Foreground, LogBorder.StyleOf(after).Flags));
        Assert.True(LogBorder.MarksOf(after).IsEmpty);
        Assert.Throws<FormatException>(() => LogBorder.StyleOf([0x80]));
        Assert.Throws<FormatException>(() => LogBorder.StyleOf([1, 1, 0, 50, 1]));
        Assert.Throws<FormatException>(() => LogBorder.Marks([1, 2], 0, 0));
    }

    private static Gen<List<string>> Rubbish()
    {
        var piece = Gen.Elements("\x1b[", "\x1b]8;;", "\x1b\\", "\x1b", "38;2;300;-1;4", "48;5;99", "m", "1", "31m", "0m", "K", "\r", "\b", "text", "\a", "é", "日本", ";;;;", ":::", "https://a.b/", "\x1b(B", "\x1bP", "?25l");
        return Gen.Select(Gen.ListOf(Gen.Select(Gen.ListOf(piece), string.Concat)), list => list.ToList());
    }

    private static string Said(AnsiReader reader, string line) => string.Join('|', reader.Read(line, out _).Select(s => $"{s.Style}:{s.Text}"));
}
