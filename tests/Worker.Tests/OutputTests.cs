using System.Diagnostics;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

public sealed class OutputTests(Running running) : IClassFixture<Running>
{
    private FakeEngine Engine => running.Engine;

    [Fact]
    public async Task A_command_runs_and_everything_of_it_arrives()
    {
        var command = Engine.Shell("echo hello; echo oops >&2; exit 3");
        var end = await command.End();

        Assert.Equal((EndKind.Exited, 3), (end.Kind, end.ExitCode));
        Assert.Equal("hello\n", command.Text());
        Assert.Equal("oops\n", command.Text(LogStream.Stderr));
        Assert.Contains("$ /bin/sh -c 'echo hello; echo oops >&2; exit 3'", command.Headers, StringComparison.Ordinal);
        Assert.Contains($"in {Path.Combine(running.Worker.Work, "b")}", command.Headers, StringComparison.Ordinal);
        Assert.Contains("ended with exit code 3 after ", command.Headers, StringComparison.Ordinal);
        Assert.True(command.Began!.ProcessId > 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(777_777)]
    public async Task Bytes_that_are_no_text_arrive_as_they_were_written(int size)
    {
        var rubbish = new byte[size];
        new Random(size).NextBytes(rubbish);
        var path = Path.Combine(running.Worker.Work, $"rubbish-{size}");
        await File.WriteAllBytesAsync(path, rubbish, TestContext.Current.CancellationToken);

        var command = Engine.Shell($"cat {path} & cat {path} >&2; wait");
        await command.End();

        Assert.Equal(rubbish, command.Bytes(LogStream.Stdout));
        Assert.Equal(rubbish, command.Bytes(LogStream.Stderr));
    }

    [Fact]
    public async Task A_missing_last_newline_stays_missing()
    {
        var command = Engine.Shell("printf 'one\\ntwo'");
        await command.End();

        Assert.Equal("one\ntwo", command.Text());
        Assert.Equal([LineEnd.Newline, LineEnd.EndOfStream], command.Lines.Where(l => l.Stream == LogStream.Stdout).Select(l => l.End));
    }

    [Fact]
    public async Task An_endless_line_is_cut_visibly_and_loses_nothing()
    {
        var command = Engine.Shell("head -c 200000 /dev/zero | tr '\\0' x; echo; head -c 65536 /dev/zero | tr '\\0' y; echo; echo end");
        await command.End();

        Assert.Equal(new string('x', 200_000) + "\n" + new string('y', 65_536) + "\nend\n", command.Text());
        var ends = command.Lines.Where(l => l.Stream == LogStream.Stdout).Select(l => (l.End, l.Bytes.Length)).ToList();
        Assert.Equal(
            [(LineEnd.Cut, 65_536), (LineEnd.Cut, 65_536), (LineEnd.Cut, 65_536), (LineEnd.Newline, 3_392), (LineEnd.Newline, 65_536), (LineEnd.Newline, 3)], ends);
    }

    [Fact]
    public async Task Invalid_UTF8_NULs_and_carriage_returns_survive()
    {
        var command = Engine.Shell("printf '\\377\\376 \\0 \\303\\n10%%\\r20%%\\r\\n\\n\\n\\200'");
        await command.End();

        Assert.Equal([0xff, 0xfe, (byte)' ', 0, (byte)' ', 0xc3, (byte)'\n', .. "10%\r20%\r\n\n\n"u8, 0x80], command.Bytes(LogStream.Stdout));
    }

    [Fact]
    public async Task The_streams_stay_apart_and_in_the_order_of_their_arrival()
    {
        var command = Engine.Shell("for i in 1 2 3 4 5; do echo out $i; sleep 0.03; echo err $i >&2; sleep 0.03; done");
        await command.End();

        var lines = command.Lines.Where(l => l.Stream != LogStream.Header).Select(l => l.Text);
        Assert.Equal(Enumerable.Range(1, 5).SelectMany(i => new[] { $"out {i}", $"err {i}" }), lines);
    }

    [Fact]
    public async Task Each_line_has_its_time()
    {
        var command = Engine.Shell("echo a; sleep 0.4; echo b; echo c");
        await command.End();

        var at = command.Lines.Where(l => l.Stream == LogStream.Stdout).Select(l => l.At).ToList();
        Assert.InRange(at[1] - at[0], 350, 5_000);
        Assert.InRange(at[2] - at[1], 0, 50);
        Assert.Equal(at.Order(), at);
    }

    [Fact]
    public async Task A_line_is_on_its_way_while_the_command_runs()
    {
        var seen = new TaskCompletionSource();
        var command = Engine.Order(new RunSpec { Directory = "b", Arguments = ["/bin/sh", "-c", "echo first; sleep 60"] });
        command.OnLine = line => { if (line.Text == "first") seen.TrySetResult(); };
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.Null(command.Ended);
        await Engine.Interrupt(command, "seen");
        await command.End();
    }

    [Fact]
    public async Task Fifty_megabytes_pass_in_bounded_memory_and_none_is_lost()
    {
        var command = Engine.Shell("seq -f 'line %010.0f of many, made long enough to be about eighty characters wide ..' 1 620000");
        command.Keep = false;
        long number = 0;
        long wrong = 0;
        command.OnLine = line =>
        {
            if (line.Stream == LogStream.Stdout && !line.Text.StartsWith($"line {++number:0000000000} of", StringComparison.Ordinal))
                wrong++;
        };
        await command.End();

        Assert.Equal((620_000, 0), (number, wrong));
        Assert.True(command.OutputBytes > 45_000_000);
        foreach (var process in new[] { running.Worker.Agent.Id, running.Worker.Keeper!.Value })
            Assert.InRange(Process.GetProcessById(process).PeakWorkingSet64 >> 20, 0, 220);
    }

    [Fact]
    public async Task When_all_is_acknowledged_nothing_stays_on_disk()
    {
        await Engine.Shell("echo gone").End();

        await Eventually.Holds(() => running.Worker.Kept().Count == 0, "the command's files are removed");
    }
}
