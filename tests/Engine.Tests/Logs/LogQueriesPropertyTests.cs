using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Logs;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Engine.Tests.Logs;

public sealed class LogQueriesPropertyTests
{
    private static readonly Gen<LogLine> Lines =
        from bytes in Gen.Sized(size => Gen.Choose(0, 3 + size)).SelectMany(n => Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b), n))
        from stream in Gen.Elements(LogStream.Stdout, LogStream.Stdout, LogStream.Stderr, LogStream.Header)
        from end in Gen.Elements(LineEnd.Newline, LineEnd.Newline, LineEnd.Newline, LineEnd.Cut, LineEnd.EndOfStream)
        from wait in Gen.Choose(0, 300)
        select new LogLine(0, wait, stream, end, bytes);

    private static readonly Gen<(LogLine[][] Chunks, (long First, int Count)[] Questions)> Cases =
        from chunks in Gen.ArrayOf(Gen.NonEmptyListOf(Lines).Select(l => l.ToArray()))
        from questions in Gen.ArrayOf(Gen.Choose(0, 60).SelectMany(first => Gen.Choose(0, 60).Select(count => ((long)first, count))), 6)
        select (Timed(chunks), questions);

    [Fact]
    public async Task Whatever_the_chunks_lines_tail_and_raw_are_those_of_the_whole()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var build = await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision());
        var step = 0;
        var queries = new LogQueries(store.Database);

        Prop.ForAll(Cases.ToArbitrary(), c => Agrees(c.Chunks, c.Questions).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

        async Task<bool> Agrees(LogLine[][] chunks, (long First, int Count)[] questions)
        {
            var log = await rows.Log(build, await rows.Step(build, step++, "s"));
            await rows.Append(log, chunks);
            var whole = chunks.SelectMany(c => c).ToArray();
            foreach (var (first, count) in questions)
            {
                if (!Same(Numbered(whole).Skip((int)first).Take(count), await queries.Lines(log, first, count, CancellationToken.None))
                    || !Same(Numbered(whole).TakeLast(count), await queries.Tail(log, count, CancellationToken.None)))
                    return false;
            }
            var raw = new List<byte>();
            await foreach (var piece in queries.Raw(log, CancellationToken.None))
                raw.AddRange(piece.ToArray());
            return raw.SequenceEqual(whole.Where(l => l.Stream != LogStream.Header).SelectMany(l => l.End == LineEnd.Newline ? [.. l.Bytes.ToArray(), (byte)'\n'] : l.Bytes.ToArray()));
        }
    }

    // Times rise through the log, as they come from the worker.
    private static LogLine[][] Timed(LogLine[][] chunks)
    {
        var at = 0L;
        return [.. chunks.Select(c => c.Select(l => l with { At = at += l.At }).ToArray())];
    }

    private static IEnumerable<LogLine> Numbered(LogLine[] lines) => lines.Select((l, n) => l with { Number = n });

    private static bool Same(IEnumerable<LogLine> expected, IReadOnlyList<LogLine> actual) =>
        expected.Select(Key).SequenceEqual(actual.Select(Key));

    private static (long, long, LogStream, LineEnd, string) Key(LogLine line) => (line.Number, line.At, line.Stream, line.End, Convert.ToHexString(line.Bytes.Span));
}
