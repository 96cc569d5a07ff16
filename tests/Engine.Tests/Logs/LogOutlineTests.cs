using System.Text;
using Weir.Engine.Logs;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Engine.Tests.Logs;

public sealed class LogOutlineTests
{
    [Theory]
    [InlineData("::group::Build", LogMarkKind.GroupBegin)]
    [InlineData("##[group]Build", LogMarkKind.GroupBegin)]
    [InlineData("::endgroup::", LogMarkKind.GroupEnd)]
    [InlineData("##[endgroup]", LogMarkKind.GroupEnd)]
    [InlineData("section_start:1700000000:prepare[collapsed=true]\r\x1b[0KPrepare", LogMarkKind.SectionBegin)]
    [InlineData("\x1b[0Ksection_start:1700000000:prepare\r\x1b[0KPrepare", LogMarkKind.SectionBegin)]
    [InlineData("section_end:1700000000:prepare\r\x1b[0K", LogMarkKind.SectionEnd)]
    [InlineData("section_end:1700000000:a\r\x1b[0Ksection_start:1700000000:b\r\x1b[0KB", LogMarkKind.SectionEnd, LogMarkKind.SectionBegin)]
    [InlineData("travis_fold:start:install\r\x1b[0K", LogMarkKind.SectionBegin)]
    [InlineData("travis_fold:end:install", LogMarkKind.SectionEnd)]
    [InlineData("::error file=a.c,line=3::no rivets", LogMarkKind.Error)]
    [InlineData("##[error]no rivets", LogMarkKind.Error)]
    [InlineData("::warning::thin plate", LogMarkKind.Warning)]
    [InlineData("section_start: a word about sections", LogMarkKind.None)]
    [InlineData("std::group::of", LogMarkKind.None)]
    [InlineData(" ::group::indented", LogMarkKind.None)]
    [InlineData("::grouping::", LogMarkKind.None)]
    [InlineData("", LogMarkKind.None)]
    [InlineData(":", LogMarkKind.None)]
    [InlineData("\x1b", LogMarkKind.None)]
    public void Markers_are_known_at_the_beginning_of_a_line(string line, LogMarkKind first, LogMarkKind second = 0) =>
        Assert.Equal((first, second), LogMarkers.Of(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Groups_end_where_the_next_begins_and_sections_nest()
    {
        var outliner = new LogOutliner();
        (long Line, LogMarkKind Kind)[] marks =
        [
            (0, LogMarkKind.SectionEnd), (1, LogMarkKind.SectionBegin), (2, LogMarkKind.GroupBegin), (5, LogMarkKind.Error), (8, LogMarkKind.GroupBegin), (9, LogMarkKind.GroupEnd), (10, LogMarkKind.GroupEnd),
            (11, LogMarkKind.SectionBegin), (12, LogMarkKind.Warning), (13, LogMarkKind.SectionEnd), (14, LogMarkKind.GroupBegin), (20, LogMarkKind.SectionEnd), (30, LogMarkKind.GroupBegin),
        ];
        foreach (var (line, kind) in marks)
            outliner.Add(new(line, line * 100, kind));

        var outline = outliner.Outline();

        Assert.Equal([(1, 20L, 1), (2, 7L, 1), (8, 9L, 0), (11, 13L, 0), (14, 20L, 0), (30, -1L, 0)], outline.Groups.Select(g => (g.First, g.Last ?? -1, g.Errors)));
        Assert.Equal((200, 800L), (outline.Groups[1].BeganAt, outline.Groups[1].EndedAt));
        Assert.Equal([5, 12], outline.Notes.Select(n => n.Line));
        Assert.False(outline.IsCut);
    }

    [Fact]
    public async Task The_outline_of_a_long_log_is_read_without_its_lines_and_has_an_end()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var build = await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision());
        // A group over a thousand chunks' borders, then more groups than are told.
        var log = await rows.LogOf(build, [[Rows.Line("::group::all of it", at: 3)], .. Enumerable.Range(0, 40).Select(c => Enumerable.Range(0, 50).Select(n => Rows.Line($"{c} {n}", at: 10)).ToArray()), [Rows.Line("::error::late", at: 20), Rows.Line("::endgroup::", at: 4000)]]);
        var many = await rows.LogOf(
            await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision()),
            [.. Enumerable.Range(0, 25).Select(c => Enumerable.Range(0, 1000).Select(n => Rows.Line($"::group::{c} {n}")).ToArray())]);
        var queries = new LogQueries(store.Database);

        var outline = await queries.Outline(log, CancellationToken.None);

        Assert.Equal([new(0, 2002, 3, 4000, 1)], outline.Groups);
        Assert.Equal(2001, Assert.Single(outline.Notes).Line);
        Assert.Equal(1, await StoreCalls.Of(() => queries.Outline(log, CancellationToken.None)));
        var cut = await queries.Outline(many, CancellationToken.None);
        Assert.Equal((LogOutline.Most, true), (cut.Groups.Count, cut.IsCut));
    }
}
