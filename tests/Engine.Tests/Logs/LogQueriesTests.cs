using System.Text;
using Weir.Engine.Logs;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Engine.Tests.Logs;

public sealed class LogQueriesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_are_numbered_timed_and_cut_from_the_chunks_they_lie_in()
    {
        await using var store = await TestStore.Create();
        var (rows, build) = await Build(store);
        var log = await rows.LogOf(
            build,
            [Rows.Line("make all", LogStream.Header, at: 0), Rows.Line("one", at: 5)],
            [Rows.Line("two", LogStream.Stderr, at: 7), Rows.Line("thr", end: LineEnd.Cut, at: 7), Rows.Line("ee", at: 9)],
            [Rows.Line("four", end: LineEnd.EndOfStream, at: 20), Rows.Line("exit 0", LogStream.Header, at: 21)]);
        await rows.LogOf(await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision()), [Rows.Line("another log")]);
        var queries = new LogQueries(store.Database);

        var all = await queries.Lines(log, 0, 100, Now);

        Assert.Equal(["make all", "one", "two", "thr", "ee", "four", "exit 0"], all.Select(l => l.Text));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], all.Select(l => l.Number));
        Assert.Equal([0, 5, 7, 7, 9, 20, 21], all.Select(l => l.At));
        Assert.Equal([LogStream.Header, LogStream.Stdout, LogStream.Stderr, LogStream.Stdout, LogStream.Stdout, LogStream.Stdout, LogStream.Header], all.Select(l => l.Stream));
        Assert.Equal([LineEnd.Newline, LineEnd.Newline, LineEnd.Newline, LineEnd.Cut, LineEnd.Newline, LineEnd.EndOfStream, LineEnd.Newline], all.Select(l => l.End));
        Assert.Equal(["two", "thr"], (await queries.Lines(log, 2, 2, Now)).Select(l => l.Text));
        Assert.Equal(["ee", "four"], (await queries.Lines(log, 4, 2, Now)).Select(l => l.Text));
        Assert.Equal(["exit 0"], (await queries.Lines(log, 6, 5, Now)).Select(l => l.Text));
        Assert.Empty(await queries.Lines(log, 7, 5, Now));
        Assert.Empty(await queries.Lines(log, long.MaxValue, 5, Now));
        Assert.Empty(await queries.Lines(log, 0, 0, Now));
        Assert.Equal("make all", (await queries.Lines(log, -5, 1, Now))[0].Text);
        Assert.Equal(["four", "exit 0"], (await queries.Tail(log, 2, Now)).Select(l => l.Text));
        Assert.Equal([4, 5, 6], (await queries.Tail(log, 3, Now)).Select(l => l.Number));
        Assert.Equal(7, (await queries.Tail(log, 100, Now)).Count);
        Assert.Empty(await queries.Tail(log, 0, Now));
        Assert.Equal("one\ntwo\nthree\nfour", await Text(queries.Raw(log, Now)));
        Assert.Equal(1, await StoreCalls.Of(() => queries.Lines(log, 2, 2, Now)));
        Assert.Equal(1, await StoreCalls.Of(() => queries.Tail(log, 2, Now)));
    }

    [Fact]
    public async Task An_empty_an_unknown_and_an_expired_log_have_no_lines()
    {
        await using var store = await TestStore.Create();
        var (rows, build) = await Build(store);
        var log = await rows.LogOf(build, [Rows.Line("old")]);
        var empty = await rows.Log(build, await rows.Step(build, 9, "x"));
        var expires = (await new LogQueries(store.Database).Find(log, Now))!.ExpiresOn;
        await store.Execute($"DO $$ DECLARE p regclass; BEGIN FOR p IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'log_chunks'::regclass LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$");
        var queries = new LogQueries(store.Database);

        foreach (var id in new[] { log, empty, empty + 100 })
        {
            Assert.Empty(await queries.Lines(id, 0, 10, Now));
            Assert.Empty(await queries.Tail(id, 10, Now));
            Assert.Equal("", await Text(queries.Raw(id, Now)));
        }
        Assert.Equal((1, expires), ((await queries.Find(log, Now))!.LineCount, (await queries.Find(log, Now))!.ExpiresOn));
        Assert.Null(await queries.Find(empty + 100, Now));
    }

    [Fact]
    public async Task Bytes_in_any_encoding_come_out_as_they_went_in()
    {
        await using var store = await TestStore.Create();
        var (rows, build) = await Build(store);
        byte[] strange = [0xff, 0x00, 0x80, 0x0d, 0xc3];
        var log = await rows.LogOf(build, [new LogLine(0, 0, LogStream.Stdout, LineEnd.Newline, strange), new LogLine(0, 0, LogStream.Stderr, LineEnd.EndOfStream, new byte[] { 0xe2 })]);
        var queries = new LogQueries(store.Database);

        Assert.Equal(strange, (await queries.Lines(log, 0, 1, Now))[0].Bytes.ToArray());
        Assert.Equal([.. strange, (byte)'\n', 0xe2], await Bytes(queries.Raw(log, Now)));
    }

    [Fact]
    public async Task Very_long_lines_end_an_answer_early_and_never_leave_it_empty()
    {
        await using var store = await TestStore.Create();
        var (rows, build) = await Build(store);
        var wide = new string('x', 64 * 1024);
        var log = await rows.LogOf(build, [.. Enumerable.Range(0, 300).Select(i => new[] { Rows.Line(wide), Rows.Line("end of " + i) })]);
        var queries = new LogQueries(store.Database);

        var lines = await queries.Lines(log, 0, 10_000, Now);
        var tail = await queries.Tail(log, 10_000, Now);

        Assert.InRange(lines.Count, 400, 520);
        Assert.InRange(tail.Count, 400, 520);
        Assert.Equal("end of 299", tail[^1].Text);
        Assert.Equal(599, tail[^1].Number);
        Assert.Equal(Enumerable.Range(0, lines.Count).Select(n => (long)n), lines.Select(l => l.Number));
        Assert.Equal(lines.Count, (await queries.Lines(log, lines.Count, 10, Now))[0].Number);
    }

    [Fact]
    public async Task A_log_that_grows_is_read_to_where_it_has_come()
    {
        await using var store = await TestStore.Create();
        var (rows, build) = await Build(store);
        var log = await rows.LogOf(build, Chunk("a", 20));
        var queries = new LogQueries(store.Database);
        Assert.Equal("a19", (await queries.Tail(log, 1, Now))[0].Text);

        await rows.Append(log, Enumerable.Range(0, 40).Select(i => Chunk("b" + i + "-", 3)));

        Assert.Equal("b39-2", (await queries.Tail(log, 1, Now))[0].Text);
        Assert.Equal(["a19", "b0-0"], (await queries.Lines(log, 19, 2, Now)).Select(l => l.Text));
        Assert.Equal(140, (await Text(queries.Raw(log, Now))).Count(c => c == '\n'));

        static LogLine[] Chunk(string text, int count) => [.. Enumerable.Range(0, count).Select(i => Rows.Line(text + i))];
    }

    private static async Task<(Rows Rows, long Build)> Build(TestStore store)
    {
        var rows = new Rows(store);
        return (rows, await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision()));
    }

    private static async Task<string> Text(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces) => Encoding.UTF8.GetString(await Bytes(pieces));

    private static async Task<byte[]> Bytes(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var all = new List<byte>();
        await foreach (var piece in pieces)
            all.AddRange(piece.ToArray());
        return [.. all];
    }
}
