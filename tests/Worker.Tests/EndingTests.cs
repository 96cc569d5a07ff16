using System.Globalization;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

public sealed class EndingTests(Running running) : IClassFixture<Running>
{
    private FakeEngine Engine => running.Engine;

    // The text announces the process ids that must not live any more: "pid N".
    private static IEnumerable<int> Announced(StoredCommand command) =>
        command.Lines.Where(l => l.Text.StartsWith("pid ", StringComparison.Ordinal)).Select(l => int.Parse(l.Text[4..], CultureInfo.InvariantCulture));

    private StoredCommand Shell(string text, long? timeoutMs = null, long? maxTimeMs = null, long graceMs = 300) => Engine.Order(new RunSpec
    {
        Directory = "b",
        Arguments = ["/bin/sh", "-c", text],
        TimeoutMs = timeoutMs,
        MaxTimeMs = maxTimeMs,
        KillGraceMs = graceMs,
    });

    [Theory]
    [InlineData("exit 0", 0, null)]
    [InlineData("exit 1", 1, null)]
    [InlineData("exit 255", 255, null)]
    [InlineData("kill -TERM $$", null, 15)]
    [InlineData("kill -SEGV $$", null, 11)]
    public async Task The_exit_code_or_the_signal_is_told(string text, int? code, int? signal)
    {
        var end = await Shell(text).End();

        Assert.Equal((EndKind.Exited, code, signal), (end.Kind, end.ExitCode, end.Signal));
    }

    [Fact]
    public async Task No_output_for_too_long_ends_it()
    {
        var command = Shell("echo begun; sleep 60", timeoutMs: 300);
        var end = await command.End();

        Assert.Equal((EndKind.TimedOut, 15), (end.Kind, end.Signal));
        Assert.Equal("There was no output for 300 ms.", end.Reason);
        Assert.Contains(end.Reason!, command.Headers, StringComparison.Ordinal);
        Assert.Equal("begun\n", command.Text());
    }

    [Fact]
    public async Task Output_keeps_it_alive_but_not_beyond_the_time_in_all()
    {
        var end = await Shell("while :; do echo alive; sleep 0.05; done", timeoutMs: 400, maxTimeMs: 900).End();

        Assert.Equal(EndKind.MaxTime, end.Kind);
        Assert.InRange(end.DurationMs, 900, 8_000);
    }

    [Fact]
    public async Task An_interrupted_command_may_finish_its_sentence()
    {
        var command = Shell("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done", graceMs: 10_000);
        await Eventually.Holds(() => command.Text() == "ready\n", "the command is ready");
        await Engine.Interrupt(command, "Somebody pressed stop.");
        var end = await command.End();

        Assert.Equal((EndKind.Interrupted, 7, "Somebody pressed stop."), (end.Kind, end.ExitCode, end.Reason));
        Assert.Equal("ready\nbye\n", command.Text());
    }

    [Fact]
    public async Task A_whole_tree_is_ended_also_grandchildren_that_ignore_TERM_open_sessions_or_become_daemons()
    {
        var command = Shell("""
            echo pid $$
            (trap '' TERM; sh -c 'trap "" TERM; echo pid $$; while :; do sleep 1; done' & wait) &
            setsid sh -c 'echo pid $$; exec sleep 600' &
            setsid sh -c 'trap "" TERM; (echo pid $$; exec 0<&- 1>&- 2>&-; while :; do sleep 1; done) & exit 0' &
            env -i setsid sh -c '(sh -c "echo pid \$\$; exec sleep 600" &) ; exit 0'
            echo ready
            wait; sleep 600
            """);
        await Eventually.Holds(() => command.Text().Contains("ready", StringComparison.Ordinal) && Announced(command).Count() == 5, "all processes are there");
        var processes = Announced(command).ToList();
        await Engine.Interrupt(command, "enough");
        var end = await command.End();

        Assert.Equal(EndKind.Interrupted, end.Kind);
        Assert.DoesNotContain(processes, Eventually.Lives);
        Assert.Empty(running.Worker.Marked(command.Id));
    }

    [Fact]
    public async Task Children_that_hold_the_output_after_the_end_are_ended_with_a_word()
    {
        var command = Shell("sh -c 'trap \"\" TERM; echo pid $$; sleep 600' & sleep 0.2; exit 4");
        var end = await command.End();

        Assert.Equal((EndKind.Exited, 4), (end.Kind, end.ExitCode));
        Assert.Contains("left behind hold its output", command.Headers, StringComparison.Ordinal);
        Assert.DoesNotContain(Announced(command), Eventually.Lives);
    }

    [Fact]
    public async Task A_daemon_that_let_go_of_the_output_does_not_delay_the_end()
    {
        var command = Shell("setsid sh -c 'echo pid $$; exec sleep 20 >/dev/null 2>&1' & sleep 0.2");
        var end = await command.End();

        Assert.InRange(end.DurationMs, 0, 1_900);
        Assert.All(Announced(command), process => Assert.True(Eventually.Lives(process)));
    }

    [Fact]
    public async Task A_process_that_closes_its_output_is_waited_for()
    {
        var end = await Shell("exec >&- 2>&-; sleep 0.5; exit 9").End();

        Assert.Equal(9, end.ExitCode);
        Assert.InRange(end.DurationMs, 480, 10_000);
    }

    [Theory]
    [InlineData("no-such-program-anywhere", "No such program: no-such-program-anywhere")]
    [InlineData("./missing", "Cannot start ./missing")]
    [InlineData("/etc/passwd", "Permission denied")]
    [InlineData("", "The command is empty")]
    [InlineData("a\0b", "NUL")]
    public async Task What_cannot_be_started_says_why(string program, string reason)
    {
        var command = Engine.Run(program);
        var end = await command.End();

        Assert.Equal(EndKind.CouldNotStart, end.Kind);
        Assert.Null(end.ExitCode);
        Assert.Contains(reason, end.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Could not start", command.Headers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../out", ".")]
    [InlineData("/tmp", ".")]
    [InlineData("", ".")]
    [InlineData(".", ".")]
    [InlineData(".weir", ".")]
    [InlineData("./.weir/commands", ".")]
    [InlineData("b", "../..")]
    [InlineData("b", "/etc")]
    [InlineData("b/../../x", ".")]
    [InlineData("b\0", ".")]
    public async Task Nothing_runs_outside_of_the_builds_directories(string directory, string workdir)
    {
        var end = await Engine.Order(new RunSpec { Directory = directory, Workdir = workdir, Arguments = ["touch", "was-here"] }).End();

        Assert.Equal(EndKind.CouldNotStart, end.Kind);
    }

    [Fact]
    public async Task Directories_are_made()
    {
        var command = Engine.Order(new RunSpec { Directory = "new one/deep", Workdir = "sub/süb", Arguments = ["pwd"] });
        await command.End();

        Assert.Equal(Path.Combine(running.Worker.Work, "new one/deep/sub/süb") + "\n", command.Text());
    }

    [Fact]
    public async Task Commands_run_beside_one_another_and_one_is_ended_alone()
    {
        var stays = Shell("echo pid $$; while [ ! -e go ]; do sleep 0.05; done; echo went");
        var goes = Shell("echo pid $$; sleep 600");
        await Eventually.Holds(() => Announced(stays).Any() && Announced(goes).Any(), "both run");
        await Engine.Interrupt(goes, "only this one");
        await goes.End();
        Assert.All(Announced(stays), process => Assert.True(Eventually.Lives(process)));
        await File.WriteAllTextAsync(Path.Combine(running.Worker.Work, "b", "go"), "", TestContext.Current.CancellationToken);
        var end = await stays.End();

        Assert.Equal(0, end.ExitCode);
        Assert.EndsWith("went\n", stays.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keeper_ends_all_honestly_when_it_is_told_to()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var command = engine.Shell("echo begun; sleep 600");
        await Eventually.Holds(() => command.Text(LogStream.Stdout) == "begun\n", "it runs");
        using (var kill = System.Diagnostics.Process.Start("kill", ["-TERM", worker.Keeper!.Value.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        var end = await command.End();

        Assert.Equal(EndKind.Interrupted, end.Kind);
        Assert.Contains("keeper was told to end", end.Reason, StringComparison.Ordinal);
        Assert.Equal(0, (await engine.Shell("true").End()).ExitCode);
    }
}
