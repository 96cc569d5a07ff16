using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Commands;
using Weir.Worker.Connection;
using Weir.Worker.Journal;

namespace Weir.Worker.Tests;

public sealed class PartsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-parts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class Clock : TimeProvider
    {
        private long _now = 1_000;

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => _now;

        public void Pass(long milliseconds) => _now += milliseconds;
    }

    [Fact]
    public void Lines_are_cut_the_same_however_the_bytes_arrive()
    {
        var random = new Random(42);
        for (var round = 0; round < 60; round++)
        {
            var bytes = new byte[random.Next(300_000)];
            random.NextBytes(bytes);
            // From one newline in 256 bytes to hardly any.
            if (round % 3 > 0)
            {
                for (var i = 0; i < bytes.Length; i++)
                    bytes[i] = random.Next(round % 3 == 1 ? 20 : 150_000) == 0 ? (byte)'\n' : (byte)'x';
            }
            var path = Path.Combine(_folder, $"frames-{round}");
            using (var file = FrameFile.Create(path))
            {
                var log = new CommandLog(file, TimeProvider.System, () => { });
                var cutter = new LineCutter(LogStream.Stdout);
                log.Started(1);
                for (var at = 0; at < bytes.Length;)
                {
                    var count = Math.Min(bytes.Length - at, Math.Min(cutter.Room.Length, 1 + random.Next(round % 2 == 0 ? 100_000 : 3_000)));
                    bytes.AsSpan(at, count).CopyTo(cutter.Room);
                    cutter.Took(count, log.Output);
                    at += count;
                }
                cutter.End(log.Output);
                log.Ended(new() { Kind = EndKind.Exited, ExitCode = 0 });
            }

            var frames = FrameCodec.DecodeAll(File.ReadAllBytes(path));
            var lines = frames.OfType<LinesFrame>().SelectMany(f => LogChunk.Unpack(f.Content.Span, 0, f.FirstAt)).ToList();
            Assert.Equal(bytes, lines.SelectMany(l => l.End == LineEnd.Newline ? [.. l.Bytes.Span, (byte)'\n'] : l.Bytes.ToArray()));
            Assert.All(lines, l => Assert.True(l.Bytes.Length <= WorkerProtocol.MaxLine && !l.Bytes.Span.Contains((byte)'\n')));
            Assert.All(lines.Where(l => l.End == LineEnd.Cut), l => Assert.Equal(WorkerProtocol.MaxLine, l.Bytes.Length));
            Assert.Equal(bytes.Length, frames.OfType<LinesFrame>().Sum(f => f.ByteCount));
            Assert.Equal((new FileInfo(path).Length, true), FrameFile.Measure(path, thoroughly: true));
        }
    }

    [Fact]
    public void A_torn_file_counts_up_to_its_last_whole_frame()
    {
        var path = Path.Combine(_folder, "frames");
        var ends = new List<long> { 0 };
        using (var file = FrameFile.Create(path))
        {
            var log = new CommandLog(file, TimeProvider.System, () => { });
            log.Started(1);
            ends.Add(file.Length);
            for (var i = 0; i < 3; i++)
            {
                log.Output.Line(LogStream.Stdout, LineEnd.Newline, "a line of some length"u8, i);
                log.Flush();
                ends.Add(file.Length);
            }
            log.Ended(new() { Kind = EndKind.Exited });
            ends.Add(file.Length);
        }
        var whole = File.ReadAllBytes(path);

        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Equal((ends.Last(e => e <= length), length == whole.Length), FrameFile.Measure(path, thoroughly: false));
            // The file system may have kept the length and lost the bytes.
            File.WriteAllBytes(path, [.. whole[..length], .. new byte[whole.Length - length]]);
            Assert.InRange(FrameFile.Measure(path, thoroughly: true).Length, 0, ends.Last(e => e <= length) == whole.Length ? whole.Length : ends.First(e => e >= length));
        }
    }

    [Fact]
    public void A_time_out_counts_from_the_last_output_and_stands_while_nobody_reads()
    {
        var clock = new Clock();
        var deadlines = new Deadlines(clock, timeoutMs: 1_000, maxTimeMs: 5_000);
        clock.Pass(900);
        deadlines.Output();
        clock.Pass(900);
        Assert.Null(deadlines.Expired);
        Assert.Equal(TimeSpan.FromMilliseconds(100), deadlines.Next);

        deadlines.Stand();
        clock.Pass(1_000_000);
        Assert.Null(deadlines.Expired);
        Assert.Null(deadlines.Next);
        deadlines.GoOn();
        Assert.Equal(TimeSpan.FromMilliseconds(100), deadlines.Next);
        clock.Pass(100);
        Assert.Equal(EndKind.TimedOut, deadlines.Expired!.Value.Kind);

        deadlines.Output();
        clock.Pass(999);
        deadlines.Output();
        clock.Pass(999);
        deadlines.Output();
        Assert.Null(deadlines.Expired);
        clock.Pass(999);
        deadlines.Output();
        clock.Pass(103);
        Assert.Equal((EndKind.MaxTime, "It ran for more than 5 s in all."), deadlines.Expired);
    }

    [Fact]
    public void Without_limits_nothing_runs_out()
    {
        var clock = new Clock();
        var deadlines = new Deadlines(clock, null, null);
        clock.Pass(long.MaxValue / 4);

        Assert.Null(deadlines.Expired);
        Assert.Null(deadlines.Next);
    }

    [Fact]
    public void Finished_ids_are_kept_across_restarts_and_not_for_ever()
    {
        var work = new WorkDirectory(_folder);
        work.Create();
        var path = Path.Combine(work.State, "finished");
        File.WriteAllText(path, string.Concat(Enumerable.Range(1, 30_000).Select(i => $"{i}\n")) + "3000");
        var finished = new FinishedIds(work);
        finished.Add(77_777);
        finished = new FinishedIds(work);

        Assert.True(finished.Contains(77_777) && finished.Contains(30_000) && finished.Contains(21_000));
        Assert.False(finished.Contains(3_000) || finished.Contains(1));
        finished.Clear();
        Assert.False(new FinishedIds(work).Contains(77_777));
    }

    [Fact]
    public void The_wait_between_attempts_doubles_to_fifteen_seconds_and_varies()
    {
        var backoff = new Backoff(new Random(1));
        var waits = Enumerable.Range(0, 12).Select(_ => backoff.Next().TotalSeconds).ToList();

        Assert.InRange(waits[0], 0.1, 0.2);
        Assert.All(waits[8..], w => Assert.InRange(w, 7.5, 15));
        Assert.True(waits[8..].Distinct().Count() > 1);
        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.1, 0.2);
    }

    [Fact]
    public void Addresses_are_tried_in_turn_beginning_with_the_one_that_was_good()
    {
        var addresses = new Addresses([new("http://a"), new("http://b")]);
        Assert.Equal(["a", "b", "a", "b"], Enumerable.Range(0, 4).Select(_ => addresses.Next().Host));
        Assert.Equal("a", addresses.Next().Host);
        addresses.Learn(["http://c", "nonsense", "http://a/", "file:///x"]);

        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, 3).Select(_ => addresses.Next().Host));
        addresses.Learn(["http://c", "http://a"]);
        addresses.Avoid();
        Assert.Equal("a", addresses.Next().Host);
        addresses.Learn(["http://a"]);
        addresses.Avoid();
        Assert.Equal("b", addresses.Next().Host);
    }

    [Theory]
    [InlineData("http://ci.example.org:8080", "ws://ci.example.org:8080/hubs/worker")]
    [InlineData("https://ci.example.org/weir/", "wss://ci.example.org/weir/hubs/worker")]
    [InlineData("ws://127.0.0.1:1", "ws://127.0.0.1:1/hubs/worker")]
    public void The_hub_is_below_the_masters_address(string address, string hub) =>
        Assert.Equal(new Uri(hub), Addresses.Hub(Addresses.TryRead(address)!));

    [Theory]
    [InlineData(0.4, "400 ms")]
    [InlineData(12.34, "12.3 s")]
    [InlineData(60, "1 min")]
    [InlineData(245, "4 min 5 s")]
    [InlineData(7_800, "2 h 10 min")]
    [InlineData(360_000, "100 h")]
    public void Durations_are_said_as_people_say_them(double seconds, string words) =>
        Assert.Equal(words, Durations.InWords(TimeSpan.FromSeconds(seconds)));
}
