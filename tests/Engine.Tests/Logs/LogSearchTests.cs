using Weir.Engine.Logs;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Engine.Tests.Logs;

public sealed class LogSearchTests
{
    [Theory]
    [InlineData("rivet", false, false, "1:3+5 3:0+5 3:6+5")]
    [InlineData("rivet", false, true, "1:3+5 3:6+5")]
    [InlineData("RIVET", false, false, "1:3+5 3:0+5 3:6+5")]
    [InlineData(@"r\w+t\b", true, true, "1:3+5")]
    [InlineData("^no", true, false, "1:0+2")]
    [InlineData("x*", true, false, "")]
    [InlineData("é日", false, false, "4:4+2")]
    [InlineData("redword", false, false, "5:0+7")]
    [InlineData("\x1b[31m", false, false, "")]
    [InlineData("100 %", false, false, "6:0+5")]
    [InlineData("10 %", false, false, "")]
    [InlineData("hull", false, false, "0:5+4")]
    [InlineData("nowhere", false, false, "")]
    public async Task Hits_lie_in_the_text_that_is_shown(string text, bool isRegex, bool matchCase, string expected)
    {
        await using var store = await TestStore.Create();
        var (log, search) = await Log(store, [Rows.Line("make hull", LogStream.Header), Rows.Line("no rivet")], [Rows.Line("plate", LogStream.Stderr), Rows.Line("Rivet rivets")],
            [Rows.Line("sal é日本"), Rows.Line("\x1b[31mred\x1b[0mword"), Rows.Line("10 %\r100 %")]);

        var found = await search.Search(log, new() { Pattern = Pattern(text, isRegex, matchCase) }, CancellationToken.None);

        Assert.Equal(expected, string.Join(' ', found.Hits.Select(h => $"{h.Line}:{h.Column}+{h.Length}")));
        Assert.Equal((found.Hits.Count, null), (found.Count, found.Next));
    }

    [Fact]
    public async Task An_answer_ends_with_its_limit_and_the_next_goes_on_behind_it()
    {
        await using var store = await TestStore.Create();
        var (log, search) = await Log(store, [.. Enumerable.Range(0, 40).Select(c => Enumerable.Range(0, 25).Select(n => Rows.Line(n % 10 == 3 ? "here" : "not")).ToArray())]);
        var pattern = Pattern("here");
        var lines = new List<long>();

        for (long? next = 0; next is { } from;)
        {
            var found = await search.Search(log, new() { Pattern = pattern, From = from, Limit = 7 }, CancellationToken.None);
            Assert.InRange(found.Hits.Count, 0, 7);
            lines.AddRange(found.Hits.Select(h => h.Line));
            next = found.Next;
        }

        Assert.Equal(Enumerable.Range(0, 1000).Where(n => n % 25 % 10 == 3).Select(n => (long)n), lines);
        Assert.Equal(120, (await search.Search(log, new() { Pattern = pattern, Limit = 0 }, CancellationToken.None)).Count);
        Assert.Equal([103L, 113, 123, 128], (await search.Search(log, new() { Pattern = pattern, From = 100, To = 133 }, CancellationToken.None)).Hits.Select(h => h.Line));
    }

    [Fact]
    public async Task The_lines_around_a_hit_come_with_it_across_the_borders_of_chunks()
    {
        await using var store = await TestStore.Create();
        var (log, search) = await Log(store, [.. Enumerable.Range(0, 30).Select(n => Rows.Line("l" + n)).Chunk(3)]);

        var found = await search.Search(log, new() { Pattern = Pattern("l1[47]", true), Context = 2, Limit = 2 }, CancellationToken.None);

        Assert.Equal(["l12,l13<l14>l15,l16", "l15,l16<l17>l18,l19"], found.Hits.Select(h => $"{string.Join(',', h.Before)}<{h.Text}>{string.Join(',', h.After)}"));
        var last = await search.Search(log, new() { Pattern = Pattern("l29"), Context = 3 }, CancellationToken.None);
        Assert.Equal(["l26", "l27", "l28"], last.Hits[0].Before);
        Assert.Empty(last.Hits[0].After);
    }

    [Fact]
    public async Task Lines_with_line_breaks_of_other_makers_do_not_shift_the_numbers()
    {
        await using var store = await TestStore.Create();
        var (log, search) = await Log(store, [Rows.Line("one\ntwo"), Rows.Line("three")]);

        Assert.Equal(1, (await search.Search(log, new() { Pattern = Pattern("three") }, CancellationToken.None)).Hits[0].Line);
    }

    [Fact]
    public async Task A_long_line_is_told_around_its_hit()
    {
        await using var store = await TestStore.Create();
        var (log, search) = await Log(store, [Rows.Line(new string('x', 30_000) + "needle" + new string('y', 30_000))]);

        var hit = Assert.Single((await search.Search(log, new() { Pattern = Pattern("needle") }, CancellationToken.None)).Hits);

        Assert.Equal((30_000, 6), (hit.Column, hit.Length));
        Assert.Contains("needle", hit.Text);
        Assert.InRange(hit.Text.Length, 6, 500);
    }

    [Theory]
    [InlineData("", false, "missing")]
    [InlineData("(", true, "Not a regular expression")]
    [InlineData(@"(a)\1", true, "not understood")]
    [InlineData("(?=a)", true, "not understood")]
    [InlineData("a\nb", false, "line break")]
    public void A_pattern_that_cannot_be_used_is_a_sentence(string text, bool isRegex, string problem)
    {
        Assert.Null(LogPattern.TryCreate(text, isRegex, false, out var said));
        Assert.Contains(problem, said);
    }

    [Fact]
    public void No_expression_takes_longer_than_its_text()
    {
        var hits = new List<(int, int)>();

        Pattern("(a+)+$", true).Find(new string('a', 60_000) + "!", hits);

        Assert.Empty(hits);
    }

    private static LogPattern Pattern(string text, bool isRegex = false, bool matchCase = false) =>
        LogPattern.TryCreate(text, isRegex, matchCase, out var problem) ?? throw new InvalidOperationException(problem);

    private static async Task<(long Log, LogSearch Search)> Log(TestStore store, params IReadOnlyList<LogLine>[] chunks)
    {
        var rows = new Rows(store);
        var log = await rows.LogOf(await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision()), chunks);
        return (log, new(store.Database, TimeProvider.System));
    }
}
